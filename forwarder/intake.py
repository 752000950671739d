"""From the cameras' folders into the queue: each file looked at when the kernel tells, and all of them now and then."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from forwarder import durability
from forwarder.inspection import Inspector, shown
from forwarder.priority import Waiting
from forwarder.watch import Watch

log = logging.getLogger(__name__)

RESCAN = 30.0
ORPHANS = 1.0
"""Seconds between two looks at files that lost their name."""
RECALLED_AT_ONCE = 1000


@dataclass(slots=True, kw_only=True)
class Intake:
    """Runs in one thread."""

    inspector: Inspector
    watch: Watch
    set_aside: int = 0
    _next_scan: float = 0.0
    _next_orphans: float = 0.0
    _stale: bool = True  # the log holds lines of before the start, whose files may have gone long since
    _recalled: Iterator[Waiting] | None = None

    def step(self, seconds: float) -> None:
        """Wait at most ``seconds`` for something to do, and do it."""
        now = time.monotonic()
        due = min([self._next_scan, *self.inspector.due(now)])
        notices = list(self.watch.notices(0 if self.recalling else min(seconds, max(0.05, due - now))))
        self.inspector.uploads.refresh()
        for notice in notices:
            if notice.name:
                self.inspector.look(notice.name, renamed=notice.renamed)
            else:
                self._next_scan = 0.0
        now = time.monotonic()
        self.inspector.look_at_settled(now)
        if now >= self._next_orphans:
            self.inspector.look_at_orphans()
            self._next_orphans = time.monotonic() + ORPHANS
        self._recall_some()
        if now >= self._next_scan and not self.recalling:  # what lies in the queue is never taken again
            self.scan()
            self._next_scan = time.monotonic() + RESCAN

    def scan(self) -> None:
        """Look at every file there is, whatever the kernel told or did not tell."""
        self._look_at_all()
        self.set_aside = self.inspector.spool.set_aside_count()
        self.inspector.spool.hold.tidy()
        if self.inspector.uploads.is_long or self._stale:
            self._empty_log()

    @property
    def unsettled(self) -> int:
        """How many files are there of which it is not clear yet whether they are whole."""
        return len(self.inspector.doubts)

    def recall(self) -> None:
        """Hand over again all that lies in the queue, as after a restart: some at each step, between new ones."""
        self._recalled = self.inspector.spool.waiting()

    @property
    def recalling(self) -> bool:
        """Whether there is more to hand over again."""
        return self._recalled is not None

    def _recall_some(self) -> None:
        if self._recalled is None:
            return
        portion = list(islice(self._recalled, RECALLED_AT_ONCE))
        for picture in portion:
            self.inspector.deliver(picture)
        if len(portion) < RECALLED_AT_ONCE:
            self._recalled = None

    def _look_at_all(self) -> None:
        spool = self.inspector.spool
        known, seen = spool.unreadable, set()
        self.inspector.uploads.refresh()
        for name in list(spool.incoming()):
            seen.add(name)
            self.inspector.look(name)
        self.inspector.look_at_orphans()
        self.inspector.forget_all_but(seen)
        for folder, reason in spool.unreadable.items():
            if folder not in known:
                log.warning("%s cannot be looked into: %s", shown(folder) or "the spool", reason)

    def _empty_log(self) -> None:
        """Take what the log vouches for, make that durable, and only then forget the evidence."""
        uploads = self.inspector.uploads
        with contextlib.suppress(OSError), uploads.held():
            self._look_at_all()
            durability.sync(self.inspector.spool.root)  # not the whole host: vsftpd waits for the log
            if not any(map(uploads.knows, self.inspector.sizes())):
                uploads.empty()
                self._stale = False
