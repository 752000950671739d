"""Remembers what the bucket was seen to hold: bounded, each entry for a while, one question at a time.

A listing that took long lives longer, so that looking at the bucket never becomes most of the work. When S3
does not answer, what was seen last is shown and marked as such; where nothing was, all who wait get the same failure.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from cctv.errors import StoreError

T = TypeVar("T")

PAUSE = 5.0
"""Seconds after a failure in which the same question is not asked again; fewer where it failed at once."""
SHARE = 30.0
"""A listing lives at least this many times as long as it took."""
_MOST_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What was seen, when (seconds since the epoch), and whether S3 failed to say it anew."""

    value: T
    at: float
    stale: bool = False


@dataclass(slots=True)
class _Entry:
    value: Any
    at: float
    until: float
    weight: int
    failed_until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Failure:
    error: StoreError
    at: float
    until: float


class ListingCache:
    """Holds values up to ``capacity`` of summed weight, the least recently used going first."""

    def __init__(self, *, capacity: int, clock: Callable[[], float] = time.time) -> None:
        self._capacity = capacity
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()
        self._failures: OrderedDict[Hashable, _Failure] = OrderedDict()
        self._asking: dict[Hashable, threading.Lock] = {}

    def get(
        self,
        key: Hashable,
        load: Callable[[], T],
        *,
        lifetime: float,
        weigh: Callable[[T], int] = lambda _: 1,
        after: float | None = None,
    ) -> Seen[T]:
        """Return what is known under ``key``, by asking ``load`` where that is nothing or too old.

        With ``after`` any answer is young enough that was asked for later than that, and no other is. Raises what
        ``load`` raises, unless it is a StoreError and an older answer is known.
        """
        found = self.fresh(key, after)
        if found:
            return found
        begun = self._clock()
        self._raise_failure(key, begun)
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        try:
            with asking:
                found = self.fresh(key, after)
                if found is None:
                    self._raise_failure(key, begun)
                return found or self._ask(key, load, lifetime, weigh)
        finally:
            with self._lock:
                if key not in self._entries:
                    self._asking.pop(key, None)

    def peek(self, key: Hashable) -> Seen[Any] | None:
        """Return what is known under ``key``, however old, and ask nobody."""
        with self._lock:
            entry = self._entries.get(key)
            return Seen(entry.value, entry.at) if entry else None

    def forget(self, key: Hashable) -> None:
        """Ask anew the next time; the answer known stays for when S3 does not answer."""
        with self._lock:
            if key in self._entries:
                self._entries[key].until = 0.0

    def fresh(self, key: Hashable, after: float | None = None) -> Seen[Any] | None:
        """Return what is known under ``key`` while it is believed, or is younger than ``after``, and ask nobody."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            now = self._clock()
            self._entries.move_to_end(key)
            if now < entry.until if after is None else entry.until and entry.at > after:
                return Seen(entry.value, entry.at)
            return Seen(entry.value, entry.at, stale=True) if now < entry.failed_until else None

    def _ask(self, key: Hashable, load: Callable[[], T], lifetime: float, weigh: Callable[[T], int]) -> Seen[T]:
        begun = self._clock()
        try:
            value = load()
        except StoreError as error:
            with self._lock:
                now = self._clock()
                entry = self._entries.get(key)
                if entry is None:
                    self._note(key, _Failure(copy(error), now, now + min(PAUSE, SHARE * (now - begun))))
                    raise
                entry.failed_until = now + PAUSE
                return Seen(cast("T", entry.value), entry.at, stale=True)
        now = self._clock()
        with self._lock:
            self._failures.pop(key, None)
            self._put(key, _Entry(value, begun, now + max(lifetime, SHARE * (now - begun)), weigh(value)))
        return Seen(value, begun)

    def _raise_failure(self, key: Hashable, begun: float) -> None:
        """Raise what failed since ``begun``, while this asker waited, or so shortly before that it still counts."""
        with self._lock:
            failure = self._failures.get(key)
        if failure and (failure.at > begun or begun < failure.until):
            raise copy(failure.error)

    def _note(self, key: Hashable, failure: _Failure) -> None:
        self._failures[key] = failure
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_FAILURES:
            self._failures.popitem(last=False)

    def _put(self, key: Hashable, entry: _Entry) -> None:
        old = self._entries.pop(key, None)
        self._weight += entry.weight - (old.weight if old else 0)
        self._entries[key] = entry
        while self._weight > self._capacity and len(self._entries) > 1:
            gone, dropped = self._entries.popitem(last=False)
            self._weight -= dropped.weight
            self._asking.pop(gone, None)
