"""Libraries that may be missing where a module runs: said in one sentence instead of a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from .process import loading

missing: list[str] = []
"""Tracebacks of the imports that failed."""


@contextmanager
def declared() -> Iterator[None]:
    """Guard the imports in the ``with`` block; ``shell.run`` reports what is missing."""
    try:
        with loading():
            yield
    except ImportError:
        missing.append(traceback.format_exc())
