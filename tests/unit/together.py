"""Counts how many threads are in one place at once."""

from __future__ import annotations

import threading
from typing import Self


class Together:
    """Enter it for as long as a thread is there; ``most`` is the most there ever were."""

    def __init__(self) -> None:
        self._there, self.most, self._lock = 0, 0, threading.Lock()

    def __enter__(self) -> Self:
        with self._lock:
            self._there += 1
            self.most = max(self.most, self._there)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._there -= 1
