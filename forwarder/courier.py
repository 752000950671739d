"""Empties the backlog into the bucket: as many at once as the uplink bears, and for ever."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from cctv.errors import StoreError
from cctv.pace import SLOW

from forwarder.delivery import Delivery
from forwarder.latency import Latencies
from forwarder.naming import Destination
from forwarder.priority import Backlog, Tally, Waiting
from forwarder.spool import Spool
from forwarder.uplink import Condition, Uplink, pause

log = logging.getLogger(__name__)

_HOPELESS = {"KeyTooLongError", "EntityTooLarge", "MetadataTooLarge", "InvalidURI", "NameTaken"}
"""What S3 says when it will never take this one file."""
LONGEST_PAUSE = 60.0
STUMBLES = 8
"""Times that this host may fail to read a file, over some minutes, before a person has to look at it."""


@dataclass(slots=True, kw_only=True)
class Courier:
    """``step`` is called by one thread; ``add`` by any."""

    spool: Spool
    delivery: Delivery
    uplink: Uplink
    latencies: Latencies
    describe: Callable[[str, float], Destination]
    backlog: Backlog = field(default_factory=Backlog)
    sent: int = 0
    failed: int = 0
    _pool: ThreadPoolExecutor = field(init=False)
    _running: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.uplink.connections, thread_name_prefix="upload")

    def add(self, picture: Waiting) -> None:
        """Take on one more picture."""
        with self._changed:
            if self.backlog.add(picture):
                self._changed.notify()

    def step(self, seconds: float) -> None:
        """Start what may be started now, then wait for a change, at most ``seconds``."""
        with self._changed:
            now = time.monotonic()
            while picture := self._next(now):
                self._pool.submit(self._work, picture)
            waits = [self.backlog.next_due(), self.uplink.next_probe()] if self.backlog else []
            due = min((wait for wait in waits if wait is not None and wait > now), default=now + seconds)
            self._changed.wait(max(0.01, min(seconds, due - now)))

    def close(self) -> None:
        """Let the uploads that run come to their end, and no other begin."""
        with self._changed:
            self.uplink.close()
        self._pool.shutdown(cancel_futures=True)

    def waiting(self) -> list[Waiting]:
        """Return the pictures that wait, in no order."""
        with self._changed:
            return list(self.backlog)

    def beyond(self) -> dict[str, Tally]:
        """Return what waits on disk alone, by camera."""
        with self._changed:
            return {camera: replace(tally) for camera, tally in self.backlog.beyond.items()}

    def drop(self, pictures: Iterable[Waiting]) -> int:
        """Delete pictures that wait, for good, and return how many; what is on its way already goes on."""
        with self._changed:
            dropped = self.backlog.discard(pictures)
        for picture in dropped:
            with contextlib.suppress(FileNotFoundError):
                self.spool.remove(picture.path)
        return len(dropped)

    def overflowed(self) -> bool:
        """Say, once, that the backlog held more than memory should and has now room for the rest on disk."""
        with self._changed:
            room = bool(self.backlog.beyond) and not self.backlog.ready
            if room:
                self.backlog.beyond = {}  # all of it is counted anew
            return room

    def _next(self, now: float) -> Waiting | None:
        """Return the picture that may go now, counted as running; the caller holds the lock."""
        if self._running >= self.uplink.allowed(now):
            return None
        picture = self.backlog.take(now, early=self.uplink.condition is Condition.DOWN)
        self._running += picture is not None
        return picture

    def _work(self, first: Waiting) -> None:
        """Deliver one picture after the other, without going back to sleep in between."""
        picture: Waiting | None = first
        while picture:
            try:
                self._carry(picture)
            finally:  # a place that is not given back is lost until the next start
                with self._changed:
                    self._running -= 1
                    picture = self._next(time.monotonic())
                    self._changed.notify()

    def _carry(self, picture: Waiting) -> None:
        """Deliver one picture; nothing that happens to it may end the thread unnoticed."""
        try:
            key = self.delivery.deliver(picture.path, self.describe(picture.name, picture.arrived))
            self.spool.remove(picture.path)
        except FileNotFoundError:
            self._settle(picture)
        except StoreError as error:
            self._missed(picture, error.code, str(error))
        except Exception as error:
            self._stumbled(picture, f"{type(error).__name__}: {error}")
        else:
            log.debug("%s is at %s", picture.name, key)
            self._settle(picture, sent=True)

    def _settle(self, picture: Waiting, *, sent: bool = False) -> None:
        with self._changed:
            self.backlog.done(picture)
            if sent:
                now = time.monotonic()
                self.sent += 1
                self.latencies.note(picture.camera, picture.arrived, picture.age + now - picture.noticed)
                self._report(lambda: self.uplink.succeeded(now))

    def _missed(self, picture: Waiting, code: str, sentence: str) -> None:
        if code in _HOPELESS:
            self._set_aside(picture, sentence)
            return
        with self._changed:
            now = self._postpone(picture)
            self._report(lambda: self.uplink.failed(now, sentence, slow_down=code in SLOW))

    def _stumbled(self, picture: Waiting, sentence: str) -> None:
        """Put back a file that this host cannot read, which says nothing of the uplink; after some tries, aside."""
        picture.stumbles += 1
        if picture.stumbles >= STUMBLES:
            self._set_aside(picture, sentence)
            return
        with self._changed:
            self.uplink.unasked(self._postpone(picture))

    def _set_aside(self, picture: Waiting, sentence: str) -> None:
        try:
            self.spool.set_aside(picture.path, picture.name, sentence)
        except FileNotFoundError:
            log.warning("%r vanished before it could be set aside: %s", picture.name, sentence)
        except OSError as error:
            log.warning("%r cannot be set aside (%s), and waits: %s", picture.name, error.strerror, sentence)
            with self._changed:
                self.uplink.unasked(self._postpone(picture))
            return
        else:
            log.warning("%r set aside in .rejected: %s", picture.name, sentence)
        self._settle(picture)

    def _postpone(self, picture: Waiting) -> float:
        """Let ``picture`` wait for its next attempt, and return the time; the caller holds the lock."""
        now = time.monotonic()
        self.failed += 1
        wait = pause(picture.attempts, longest=LONGEST_PAUSE, chance=self.uplink.chance())
        picture.attempts += 1
        self.backlog.postpone(picture, now + wait)
        return now

    def _report(self, change: Callable[[], object]) -> None:
        """Make a ``change`` to the uplink; one line in the journal if its condition is another one then."""
        before = self.uplink.condition
        change()
        if before is Condition.DOWN and self.uplink.condition is not before:
            self.backlog.wake()
        if self.uplink.condition is not before:
            reason = f": {self.uplink.reason}" if self.uplink.reason else ""
            log.warning("uplink %s, %d waiting%s", self.uplink.condition, len(self.backlog), reason)
