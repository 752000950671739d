"""How a process treats memory."""

from __future__ import annotations

import gc
import weakref

from cctv.process import loading


class Circle:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


def test_collections_go_on_after_loading() -> None:
    gc.unfreeze()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_loaded_later_keeps_no_garbage() -> None:
    with loading():
        pass
    assert gc.get_freeze_count()
    assert gc.isenabled()
    circle = Circle()
    seen = weakref.ref(circle)
    del circle
    with loading():
        pass
    gc.collect()
    assert seen() is None
