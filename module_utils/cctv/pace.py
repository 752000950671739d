"""How many requests may be under way at once: more while the store answers, fewer when it asks to slow down.

As TCP does with packets: a slow start that doubles every round trip, half as many at the first refusal, then
slowly more again. Slowly by the clock, not by round trips: S3 scales a prefix up when the load on it rises
steadily for minutes, and answers 503 SlowDown until it has. The limit grows only while it is in use and while more at
once brings more answers: each is a thread.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import StoreError

T = TypeVar("T")

START = 32
MOST = 256
CUT = 0.5
GROWTH = 0.1
"""Growth of the limit in a second, once it was cut: doubled in seven."""
BUSY = 0.5
"""A limit of which on average so much is in use is doubled. Where all answers come in one burst, it is half."""
GAIN = 1.15
"""A doubling that does not bring so many times the answers a second is taken back: requests wait for one another."""
HOLD = 2.0
"""Seconds until it is tried again."""
FIRST_WAIT = 0.1
LONGEST_WAIT = 10.0
ATTEMPTS = 6
"""Tries of a request that breaks; one that is only asked to wait is tried for PATIENCE seconds without any answer."""
PATIENCE = 900.0
SLOW = frozenset({"SlowDown", "503", "ServiceUnavailable", "429", "TooManyRequests", "RequestLimitExceeded"})
BROKEN = frozenset({"InternalError", "500", "502", "504", "RequestTimeout", "Unreachable"})


@dataclass(slots=True)
class _Round:
    """Answers of one kind, as many as the limit: how many ran meanwhile, and took how many seconds, in sum."""

    answers: int = 0
    running: int = 0
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second (by Little's law: what runs at once, by how long each takes)."""
        return self.running / self.took if self.took else math.inf


@dataclass(frozen=True, slots=True)
class _Trial:
    """A doubling by requests of one ``kind``: what the limit was, and their rate."""

    kind: str
    limit: float
    rate: float


class Pace:
    """The arithmetic: ``limit`` requests at once. Knows no clock but what it is told. Pure."""

    def __init__(self, *, start: int = START, most: int = MOST) -> None:
        self.limit = float(start)
        self._most = most
        self._cut_at: float | None = None
        self._grown_at = 0.0
        self._cuts = 0
        self._rounds: defaultdict[str, _Round] = defaultdict(_Round)
        self._trial: _Trial | None = None
        self._held_until = 0.0

    def answered(self, *, now: float, running: int = MOST, took: float = 1.0, kind: str = "") -> None:
        """Take note that one of ``running`` requests, one of a ``kind``, was answered within ``took`` seconds."""
        self._cuts = 0
        if self._cut_at is None:
            self._count(kind, now=now, running=running, took=took)
        else:
            self.limit = min(self._most, self.limit * (1 + GROWTH * (now - self._grown_at)))
        self._grown_at = now

    def _count(self, kind: str, *, now: float, running: int, took: float) -> None:
        """After a round, double the limit if it was in use, or take back a doubling that was of no use."""
        its = self._rounds[kind]
        its.answers, its.running, its.took = its.answers + 1, its.running + running, its.took + took
        if its.answers < self.limit:
            return
        if its.running > BUSY * self.limit * its.answers:  # a limit that is not in use shows nothing
            self._judge(kind, its.rate, now)
        self._rounds[kind] = _Round()

    def _judge(self, kind: str, rate: float, now: float) -> None:
        if self._trial and self._trial.kind == kind:
            if rate < GAIN * self._trial.rate:
                self.limit, self._held_until = self._trial.limit, now + HOLD
            self._trial = None
        if now >= self._held_until and not self._trial and self.limit < self._most:
            self._trial = _Trial(kind, self.limit, rate)
            self.limit = min(self._most, self.limit * 2)

    def refused(self, *, sent: float, now: float) -> float:
        """Take note of a SlowDown; return the seconds to wait at most.

        Requests sent before the last cut say nothing new: a burst of refusals cuts once.
        """
        if self._cut_at is None or sent >= self._cut_at:
            self.limit = max(1.0, self.limit * CUT)
            self._cut_at = self._grown_at = now
            self._cuts += 1
        return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** max(0, self._cuts - 1))


class Turns:
    """Gives threads their turn by a Pace, and tries again what the store did not refuse for good."""

    def __init__(
        self,
        pace: Pace | None = None,
        *,
        attempts: int = ATTEMPTS,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._pace = pace or Pace()
        self._attempts = attempts
        self._patience = patience
        self._sleep = sleep
        self._chance = chance
        self._running = 0
        self._free = threading.Condition()
        self._answered_at = time.monotonic()
        self._closed_until = 0.0

    @property
    def room(self) -> int:
        """How many requests may be under way now."""
        return int(self._pace.limit)

    def take(self, work: Callable[[], T], *, kind: str = "", attempts: int | None = None) -> T:
        """Return ``work()``, a request of a ``kind``, done in its turn; StoreError when trying again is no use."""
        attempt = 0
        while True:
            attempt += 1
            sent = self._begin()
            try:
                result = work()
            except StoreError as error:
                wait = self._failed(error, sent=sent, kind=kind, left=(attempts or self._attempts) - attempt)
                if wait is None:
                    raise
            except BaseException:
                self._end()
                raise
            else:
                self._end(kind, since=sent)
                return result
            self._sleep(wait)

    def _begin(self) -> float:
        while True:
            with self._free:
                while self._running >= self.room:
                    self._free.wait()
                now = time.monotonic()
                if now >= self._closed_until:
                    self._running += 1
                    return now
            self._sleep(self._closed_until - now)

    def _end(self, kind: str = "", *, since: float | None = None) -> None:
        """Give the turn back; ``since`` when the request had been sent, if it was answered."""
        with self._free:
            if since is not None:
                self._answered_at = now = time.monotonic()
                self._pace.answered(now=now, running=self._running, took=now - since, kind=kind)
            self._running -= 1
            self._free.notify(max(0, self.room - self._running))

    def _failed(self, error: StoreError, *, sent: float, kind: str, left: int) -> float | None:
        """Return the seconds to wait before the next attempt, None for no attempt.

        A SlowDown is meant for all: none begins until the wait is over.
        """
        slow = error.code in SLOW
        self._end(kind, since=None if slow or error.code in BROKEN else sent)
        now = time.monotonic()
        if slow:
            with self._free:
                wait = self._pace.refused(sent=sent, now=now)
                self._closed_until = now + wait * (1 + self._chance()) / 2  # not in step with other hosts
                return 0.0 if now - self._answered_at < self._patience else None
        if error.code in BROKEN and left > 0:
            return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (ATTEMPTS - left))
        return None
