"""The spool on disk: what cameras write, what waits for the bucket, and what was set aside.

    storage/CAM-EXT-001/...         where vsftpd writes
    storage/.queue/0/CAM-EXT-001/...    acknowledged and out of reach of cameras; 1/ holds a second file of the name,
                                        0-first/ and so on the first pictures of events
    storage/.queue/held/7~...           a second name of each file that lies where cameras write: see forwarder/hold.py
    storage/.rejected/<n>/<name>    set aside, with <n>.txt saying why

A file goes into the queue by one rename of its second name, and loses the first one after that: between the two a power
cut leaves both, and the next start removes the first. The queue's folders need not be synchronous: what a camera's
folder shows as done has brought all to disk that was done before, and a deletion that a power cut undoes is found to be
in the bucket already.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from cctv.errors import CctvError

from forwarder.folders import files
from forwarder.hold import Hold
from forwarder.priority import Waiting

QUEUE = ".queue"
REJECTED = ".rejected"
_HELD = "held"
_FIRST = "-first"


class Spool:
    """Only one process may hold a spool; within it only the intake moves files, any thread may remove."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._queue = root / QUEUE
        self._rejected = root / REJECTED
        self._lock = -1
        self.hold = Hold(root, self._queue / _HELD)
        self.unreadable: dict[str, str] = {}
        """Folders that the last look at where cameras write could not list, each with the reason."""

    def open(self) -> None:
        """Make the folders of our own and keep every other forwarder out; CctvError when one is here already."""
        try:
            for folder in (self._queue, self._rejected):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self._queue, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.hold.load()
        except BlockingIOError as error:
            raise CctvError(f"Another forwarder works on {self.root}: stop it first.") from error
        except OSError as error:
            raise CctvError(f"The spool {self.root} cannot be used: {error.strerror}: {error.filename}.") from error

    def incoming(self) -> Iterator[str]:
        """Yield the name (path below the root) of every file that lies where cameras write."""
        unreadable: dict[str, str] = {}
        yield from files(self.root, without=(QUEUE, REJECTED), unreadable=unreadable)
        self.unreadable = unreadable

    def waiting(self) -> Iterator[Waiting]:
        """Yield every picture in the queue, in no order, one after the other."""
        for below in files(self._queue, without=(_HELD,)):
            top, slash, name = below.partition("/")
            path = f"{self._queue}/{below}"
            with contextlib.suppress(FileNotFoundError):
                if slash:
                    found = os.lstat(path)
                    if found.st_nlink > 1:  # a power cut was quicker
                        self.leave(name, found.st_ino)
                    age = max(0.0, time.time() - found.st_mtime)
                    first = top.endswith(_FIRST)
                    yield Waiting(path, name, found.st_size, found.st_mtime, time.monotonic(), age=age, first=first)

    def take(self, name: str, inode: int, *, first: bool = False) -> str:
        """Move a finished file into the queue and return its path there; ``first``: of its event."""
        held = self.hold.of(inode)
        source = held.path if held else str(self.root / name)
        for generation in count():
            target = self._queue / f"{generation}{_FIRST * first}" / name
            if os.path.lexists(target):
                continue
            with contextlib.suppress(FileNotFoundError, FileExistsError):  # the folder just emptied, and was removed
                target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(source, target)
                self.hold.moved(inode)
                self.leave(name, inode)
                return str(target)
            os.lstat(source)
        raise AssertionError

    def leave(self, name: str, inode: int) -> None:
        """Remove a file from where cameras write, if the name still means it. One put there meanwhile is held."""
        with contextlib.suppress(FileNotFoundError):
            if os.lstat(self.root / name).st_ino == inode:
                os.unlink(self.root / name)

    def set_aside(self, path: str, name: str, reason: str) -> None:
        """Move a file to where people look after it, with the reason beside; the reason first."""
        self._rejected.mkdir(mode=0o700, exist_ok=True)  # somebody may have tidied it away
        number = time.time_ns()
        while True:
            with contextlib.suppress(FileExistsError):
                (self._rejected / str(number)).mkdir()
                break
            number += 1
        shown = os.fsencode(name).decode(errors="backslashreplace")
        beside = self._rejected / f"{number}.txt"
        try:
            beside.write_text(f"{shown}\n{reason}\n")
            os.rename(path, self._rejected / str(number) / os.path.basename(name))
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
                (self._rejected / str(number)).rmdir()
            raise

    def set_aside_count(self) -> int:
        """Return how many files wait for a person."""
        return sum(1 for _ in self._rejected.glob("*/*"))

    def remove(self, path: str) -> None:
        """Delete a file of the queue that is proven to be in the bucket, and the folders that held only it."""
        os.unlink(path)
        folder = os.path.dirname(path)
        with contextlib.suppress(OSError):
            while folder != str(self._queue):
                os.rmdir(folder)
                folder = os.path.dirname(folder)


def being_written(path: str) -> bool:
    """Say whether vsftpd holds its write lock on the file, that is, whether it is writing."""
    with open(path, "rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
