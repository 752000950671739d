"""From the cameras' folders into the queue: each file looked at when the kernel tells, and all of them now and then."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice

from cctv.capture import TimeSource

from forwarder import durability
from forwarder.arrival import SETTLE, Facts, Verdict, judge
from forwarder.jpeg import looks_whole
from forwarder.naming import Destination
from forwarder.priority import Events, Waiting, camera_of
from forwarder.spool import Spool, being_written
from forwarder.upload_log import UploadLog
from forwarder.watch import Watch

log = logging.getLogger(__name__)

RESCAN = 30.0
RECALLED_AT_ONCE = 1000


@dataclass(slots=True)
class Doubt:
    """A file that waits: its size and time when last seen, and since when they are so (monotonic)."""

    seen: tuple[int, int]
    since: float
    renamed: bool


@dataclass(slots=True, kw_only=True)
class Intake:
    """Runs in one thread. ``deliver`` is handed each picture that may go to the bucket."""

    spool: Spool
    uploads: UploadLog
    watch: Watch
    describe: Callable[[str, float], Destination]
    deliver: Callable[[Waiting], None]
    temporary: Iterable[str]
    set_aside: int = 0
    _events: Events = field(default_factory=Events)
    _doubts: dict[str, Doubt] = field(default_factory=dict)
    _stuck: dict[str, str] = field(default_factory=dict)  # files that nothing can be done with, each with the reason
    _next_scan: float = 0.0
    _recalled: Iterator[Waiting] | None = None

    def step(self, seconds: float) -> None:
        """Wait at most ``seconds`` for something to do, and do it."""
        now = time.monotonic()
        due = min([self._next_scan, *(doubt.since + SETTLE for doubt in self._unsettled(now))])
        notices = list(self.watch.notices(0 if self.recalling else min(seconds, max(0.05, due - now))))
        self.uploads.refresh()
        for notice in notices:
            if notice.name:
                self._look(notice.name, renamed=notice.renamed)
            else:
                self._next_scan = 0.0
        now = time.monotonic()
        for name in [name for name, doubt in self._doubts.items() if SETTLE <= now - doubt.since < SETTLE + 1]:
            self._look(name)
        self._recall_some()
        if now >= self._next_scan:
            self.scan()
            self._next_scan = time.monotonic() + RESCAN

    def scan(self) -> None:
        """Look at every file there is, whatever the kernel told or did not tell."""
        self.uploads.refresh()
        self._look_at_all()
        self.set_aside = self.spool.set_aside_count()
        if self.uploads.is_long:
            self._empty_log()

    @property
    def unsettled(self) -> int:
        """How many files are there of which it is not clear yet whether they are whole."""
        return len(self._doubts)

    def recall(self) -> None:
        """Hand over again all that lies in the queue, as after a restart: some at each step, between new ones."""
        self._recalled = self.spool.waiting()

    @property
    def recalling(self) -> bool:
        """Whether there is more to hand over again."""
        return self._recalled is not None

    def _recall_some(self) -> None:
        if self._recalled is None:
            return
        portion = list(islice(self._recalled, RECALLED_AT_ONCE))
        for picture in portion:
            self.deliver(picture)
        if len(portion) < RECALLED_AT_ONCE:
            self._recalled = None

    def _look_at_all(self) -> None:
        known, seen = self.spool.unreadable, set()
        for name in list(self.spool.incoming()):
            seen.add(name)
            self._look(name)
        self._doubts = {name: doubt for name, doubt in self._doubts.items() if name in seen}
        self._stuck = {name: reason for name, reason in self._stuck.items() if name in seen}
        for folder, reason in self.spool.unreadable.items():
            if folder not in known:
                log.warning("%s cannot be looked into: %s", _shown(folder) or "the spool", reason)

    def _empty_log(self) -> None:
        """Take what the log vouches for, make that durable, and only then forget the evidence."""
        with contextlib.suppress(OSError), self.uploads.held():
            self.uploads.refresh()
            self._look_at_all()
            durability.sync(self.spool.root)  # not the whole host: vsftpd waits for the log
            left = (self.uploads.knows(doubt.seen[0]) for doubt in self._doubts.values())
            if not any(left):
                self.uploads.empty()

    def _path(self, name: str) -> str:
        return str(self.spool.root / name)

    def _unsettled(self, now: float) -> list[Doubt]:
        return [doubt for doubt in self._doubts.values() if now - doubt.since < SETTLE]

    def _look(self, name: str, *, renamed: bool = False) -> None:
        """Decide on one file and carry it out; what goes wrong with it is its own affair."""
        path = self._path(name)
        try:
            found = os.lstat(path)
            facts = self._facts(name, path, found, renamed=renamed)
            verdict = judge(facts)
            if verdict is Verdict.WAIT:
                return
            self._carry_out(verdict, name, path, found, age=0.0 if facts.quiet < SETTLE else facts.quiet)
            self._doubts.pop(name, None)
        except FileNotFoundError:
            self._doubts.pop(name, None)
        except Exception as error:
            if self._stuck.get(name) != str(error):  # told once, not at every look
                log.warning("%s stays where it is: %s", _shown(name), error)
            self._stuck[name] = str(error)

    def _carry_out(self, verdict: Verdict, name: str, path: str, found: os.stat_result, *, age: float) -> None:
        match verdict:
            case Verdict.TAKE:
                first = self._is_first(name, found.st_mtime)
                taken = self.spool.take(name, first=first)
                self.uploads.used(path, found.st_size, renamed=not found.st_mode & 0o222)
                now = time.monotonic()
                self.deliver(Waiting(taken, name, found.st_size, found.st_mtime, now, age=age, first=first))
            case Verdict.REMOVE:
                os.unlink(path)
                log.info("%s removed: it held nothing", _shown(name))
            case Verdict.CUT_SHORT:
                self._reject(path, name, "its upload never finished, and was never acknowledged")
            case Verdict.ODD:
                self._reject(path, name, "it is no regular file")

    def _facts(self, name: str, path: str, found: os.stat_result, *, renamed: bool) -> Facts:
        seen, now = (found.st_size, found.st_mtime_ns), time.monotonic()
        doubt = self._doubts.get(name)
        if doubt is None or doubt.seen != seen:
            doubt = self._doubts[name] = Doubt(seen, now, renamed)
        doubt.renamed |= renamed
        regular = stat.S_ISREG(found.st_mode)
        base = os.path.basename(name)
        acknowledged = regular and found.st_size > 0 and self.uploads.vouches(path, found.st_size)
        return Facts(
            regular=regular,
            size=found.st_size,
            quiet=now - doubt.since,
            read_only=not found.st_mode & 0o222,
            acknowledged=acknowledged,
            logged=self.uploads.usable,
            locked=regular and being_written(path),
            renamed=doubt.renamed,
            temporary=any(fnmatchcase(base, pattern) for pattern in self.temporary),
            whole=regular
            and not acknowledged
            and found.st_size > 0
            and (self.uploads.knows(found.st_size) or _whole(path)),
        )

    def _is_first(self, name: str, arrived: float) -> bool:
        reading = self.describe(name, arrived).reading
        moment = reading.captured_at.timestamp() if reading.time_source is TimeSource.NAME else arrived
        return self._events.is_first(camera_of(name), reading.event, moment)

    def _reject(self, path: str, name: str, reason: str) -> None:
        self.spool.set_aside(path, name, reason)
        log.warning("%s set aside in .rejected: %s", _shown(name), reason)


def _whole(path: str) -> bool:
    with open(path, "rb") as file:
        return looks_whole(file)


def _shown(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")
