"""So many long answers of one kind at once: each holds a thread of the server for as long as its client reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from werkzeug.exceptions import TooManyRequests

T = TypeVar("T")


class Slots:
    """Gives out ``most`` slots; who finds none free is told so instead of waiting."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def hold(self, make: Callable[[], Iterable[T]]) -> Held[T]:
        """Return the pieces that ``make`` makes, holding a slot until they are closed; 429 when none is free."""
        if not self._free.acquire(blocking=False):
            raise TooManyRequests
        try:
            return Held(make(), self._free.release)
        except BaseException:
            self._free.release()
            raise


class Held(Generic[T]):
    """The pieces of an answer that holds a slot. A generator would not free it where nothing is read of it."""

    def __init__(self, pieces: Iterable[T], free: Callable[[], None]) -> None:
        self._pieces = iter(pieces)
        self._free: Callable[[], None] | None = free

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return next(self._pieces)

    def close(self) -> None:
        """Free the slot, once."""
        free, self._free = self._free, None
        try:
            close = getattr(self._pieces, "close", None)
            if close:
                close()
        finally:
            if free:
                free()
