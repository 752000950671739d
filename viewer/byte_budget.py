"""So many bytes in memory at once, whoever holds them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """Lets in what fits; a single thing larger than all goes in alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def take(self, count: int) -> Iterator[None]:
        """Hold ``count`` bytes, as soon as there is room for them."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + count <= self._most)
            self._held += count
        try:
            yield
        finally:
            with self._changed:
                self._held -= count
                self._changed.notify_all()
