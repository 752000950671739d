"""One file that a camera left: what is known of it, what is decided, and that carried out."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cctv.capture import TimeSource

from forwarder.arrival import SETTLE, Facts, Verdict, judge
from forwarder.hold import Held
from forwarder.jpeg import looks_whole
from forwarder.naming import Destination
from forwarder.priority import Events, Waiting, camera_of
from forwarder.spool import Spool, being_written
from forwarder.upload_log import UploadLog

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Doubt:
    """A file that waits: its size and time when last seen, and since when they are so (monotonic)."""

    seen: tuple[int, int]
    since: float
    renamed: bool


@dataclass(slots=True, kw_only=True)
class Inspector:
    """``deliver`` is handed each picture that may go to the bucket."""

    spool: Spool
    uploads: UploadLog
    describe: Callable[[str, float], Destination]
    deliver: Callable[[Waiting], None]
    temporary: Iterable[str]
    doubts: dict[str, Doubt] = field(default_factory=dict)
    _events: Events = field(default_factory=Events)
    _stuck: dict[str, str] = field(default_factory=dict)  # files that nothing can be done with, each with the reason

    def look(self, name: str, *, renamed: bool = False) -> None:
        """Decide on one file and carry it out; what goes wrong with it is its own affair."""
        try:
            held = self.spool.hold.keep(name)
            path = held.path if held else self._path(name)  # by its second name no other file can take its place
            found = os.lstat(path)
            line = self._line(held, name, found)
            facts = self._facts(name, path, found, renamed=renamed, acknowledged=bool(line))
            verdict = judge(facts)
            if verdict is Verdict.WAIT:
                return
            if verdict is Verdict.TAKE:
                age = 0.0 if facts.quiet < SETTLE else facts.quiet
                self._take(name, found, line or self._path(name), age=age)
            else:
                self._put_away(verdict, name, path, found.st_ino)
            self.doubts.pop(name, None)
        except FileNotFoundError:
            self.doubts.pop(name, None)
        except Exception as error:
            if self._stuck.get(name) != str(error):  # told once, not at every look
                log.warning("%s stays where it is: %s", shown(name), error)
            self._stuck[name] = str(error)

    def look_at_settled(self, now: float) -> None:
        """Look again at what had ten seconds without a change just now."""
        for name in [name for name, doubt in self.doubts.items() if SETTLE <= now - doubt.since < SETTLE + 1]:
            self.look(name)

    def look_at_orphans(self) -> None:
        """Decide on what lost its first name: renamed over if it was acknowledged, and otherwise removed by vsftpd."""
        for held, found in self.spool.hold.orphans():
            if not self.uploads.usable or being_written(held.path):
                continue
            self.uploads.refresh()
            line = self._line(held, held.name, found)
            if line or self.uploads.knows(found.st_size):
                self._take(held.name, found, line or self._path(held.name))
            else:
                self.spool.hold.drop(found.st_ino)

    def due(self, now: float) -> Iterator[float]:
        """Yield when each file in doubt may have settled (monotonic)."""
        yield from (doubt.since + SETTLE for doubt in self.doubts.values() if now - doubt.since < SETTLE)

    def sizes(self) -> Iterator[int]:
        """Yield the size of each file that is still to be decided on."""
        yield from (doubt.seen[0] for doubt in self.doubts.values())
        yield from self.spool.hold.sizes()

    def forget_all_but(self, names: Collection[str]) -> None:
        """Forget what was in doubt or stuck and is there no more."""
        self.doubts = {name: doubt for name, doubt in self.doubts.items() if name in names}
        self._stuck = {name: reason for name, reason in self._stuck.items() if name in names}

    def _path(self, name: str) -> str:
        return str(self.spool.root / name)

    def _line(self, held: Held | None, name: str, found: os.stat_result) -> str:
        """Return the path under which the log has this upload as acknowledged, empty when it has not."""
        if not stat.S_ISREG(found.st_mode) or not found.st_size:
            return ""
        names = [self._path(each) for each in ([held.uploaded_as, name] if held else [name])]
        return next((path for path in names if self.uploads.vouches(path, found.st_size)), "")

    def _facts(self, name: str, path: str, found: os.stat_result, *, renamed: bool, acknowledged: bool) -> Facts:
        seen, now = (found.st_size, found.st_mtime_ns), time.monotonic()
        doubt = self.doubts.get(name)
        if doubt is None or doubt.seen != seen:
            doubt = self.doubts[name] = Doubt(seen, now, renamed)
        doubt.renamed |= renamed
        regular = stat.S_ISREG(found.st_mode)
        base = os.path.basename(name)
        return Facts(
            regular=regular,
            size=found.st_size,
            quiet=now - doubt.since,
            read_only=_of_vsftpd(found),
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

    def _take(self, name: str, found: os.stat_result, line: str, *, age: float = 0.0) -> None:
        first = self._is_first(name, found.st_mtime)
        taken = self.spool.take(name, found.st_ino, first=first)
        self.uploads.used(line, found.st_size, renamed=_of_vsftpd(found))
        now = time.monotonic()
        self.deliver(Waiting(taken, name, found.st_size, found.st_mtime, now, age=age, first=first))

    def _put_away(self, verdict: Verdict, name: str, path: str, inode: int) -> None:
        match verdict:
            case Verdict.REMOVE:
                log.info("%s removed: it held nothing", shown(name))
            case Verdict.CUT_SHORT:
                self._reject(path, name, "its upload never finished, and was never acknowledged")
            case Verdict.ODD:
                self._reject(path, name, "it is no regular file")
        self.spool.leave(name, inode)
        self.spool.hold.drop(inode)

    def _is_first(self, name: str, arrived: float) -> bool:
        reading = self.describe(name, arrived).reading
        moment = reading.captured_at.timestamp() if reading.time_source is TimeSource.NAME else arrived
        return self._events.is_first(camera_of(name), reading.event, moment)

    def _reject(self, path: str, name: str, reason: str) -> None:
        self.spool.set_aside(path, name, reason)
        log.warning("%s set aside in .rejected: %s", shown(name), reason)


def _of_vsftpd(found: os.stat_result) -> bool:
    """Say whether its owner cannot write to it, as vsftpd makes it and hardly anybody who copies a file here."""
    return not found.st_mode & stat.S_IWUSR


def _whole(path: str) -> bool:
    with open(path, "rb") as file:
        return looks_whole(file)


def shown(name: str) -> str:
    """Return ``name`` as it can be written to the journal."""
    return os.fsencode(name).decode(errors="backslashreplace")
