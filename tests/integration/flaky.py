"""A store that fails once, at a call of one's choice, as an error or as a kill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.module_utils.cctv.errors import StoreError
from ansible.module_utils.cctv.store import Store


class Killed(BaseException):
    """The process ends here: nothing catches it, and no later call reaches S3."""


class Flaky(Store):
    """The ``nth`` call fails: before it is sent, or (``done``) when it was carried out and only the reply is lost."""

    def __init__(self, store: Store, *, nth: int, done: bool, kill: bool) -> None:
        self.__dict__.update(store.__dict__)  # the same clients
        self._nth = nth
        self._done = done
        self._kill = kill
        self._calls = 0
        self._dead = False
        self._lock = threading.Lock()

    @property
    def struck(self) -> bool:
        return self._calls >= self._nth

    @contextmanager
    def _named(self, operation: str, key: str) -> Iterator[None]:
        with self._lock:
            self._calls += 1
            strikes = self._calls == self._nth
        if self._dead:
            raise Killed
        if strikes and not self._done:
            self._fail(operation)
        with super()._named(operation, key):
            yield
        if strikes:
            self._fail(operation)

    def _fail(self, operation: str) -> None:
        self._dead = self._kill
        # No code that is tried again: what is struck here is what is left when all tries are used up.
        raise Killed if self._kill else StoreError(f"{operation} fails on request.", code="InvalidRequest")
