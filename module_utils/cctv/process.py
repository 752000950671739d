"""How a process treats memory: quick to start and to end, and no larger with a large bucket than with a small one."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ARENA_MAX = -8
"""mallopt's M_ARENA_MAX, from glibc's malloc.h."""


@contextmanager
def loading() -> Iterator[None]:
    """Load libraries and service models in the ``with`` block: no collection ever looks at what stays to the end.

    Only the first time: what lives when a process has worked for a while, garbage included, must not stay.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def share_heap() -> None:
    """Let all threads share one heap: glibc keeps one for each, and what was freed in one serves no other."""
    with suppress(AttributeError, OSError):  # of the C libraries only glibc has this
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
