"""vsftpd's transfer log: which uploads it acknowledged. Written before the camera gets its 226."""

from __future__ import annotations

import fcntl
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LONGEST = 256 * 1024
"""Bytes after which the log is emptied."""
_LINE = re.compile(rb".{24} \d+ \S+ (?P<size>\d+) (?P<path>/\S*) [ab] \S i .* (?P<status>[ci])")


class UploadLog:
    """Follows the log. ``usable`` is false where there is none, or none that we may read and empty.

    It is opened once: closing any descriptor of a file gives up the locks that the process has on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._offset = 0
        self._rest = b""
        self._whole: dict[int, Counter[bytes]] = {}  # the paths acknowledged, by the upload's size

    @property
    def usable(self) -> bool:
        """Whether the log is there to be asked."""
        return self._file is not None

    def refresh(self) -> None:
        """Read what was added since the last time."""
        try:
            if self._file is None or not os.path.samestat(os.fstat(self._file.fileno()), os.stat(self._path)):
                self._reopen()
            if self._file:
                self._read(self._file.fileno())
        except OSError:
            self._file = None

    def vouches(self, path: str, size: int) -> bool:
        """Say whether an upload of ``size`` bytes to ``path`` was acknowledged.

        The log has the path below the session's root, which may be any folder above the file.
        """
        return bool(self._entry(path, size))

    def knows(self, size: int) -> bool:
        """Say whether an upload of ``size`` bytes was acknowledged and not found: its camera renamed it, perhaps."""
        return size in self._whole

    def used(self, path: str, size: int, *, renamed: bool = False) -> None:
        """Forget the line that vouched for a file that was taken: it says nothing of the next one.

        ``renamed``: where no line has its name, one of its size goes.
        """
        entries = self._whole.get(size, Counter())
        entry = self._entry(path, size) or next(iter(entries if renamed else ()), b"")
        if entry:
            entries -= Counter([entry])
        if not entries:
            self._whole.pop(size, None)

    def _entry(self, path: str, size: int) -> bytes:
        shown = printable(path)
        return max((entry for entry in self._whole.get(size, ()) if shown.endswith(entry)), key=len, default=b"")

    @property
    def is_long(self) -> bool:
        """Whether it is time to empty the log."""
        return self._offset >= LONGEST

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep vsftpd from appending: it writes under the same lock, and answers the camera after that."""
        file = self._path.open("r+b") if self._file is None else self._file
        fcntl.lockf(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(file, fcntl.LOCK_UN)

    def empty(self) -> None:
        """Empty the log while it is ``held``; the caller has taken every file that it vouches for, durably."""
        if self._file:
            self._file.truncate(0)
        self._offset, self._rest = 0, b""
        self._whole.clear()

    def _reopen(self) -> None:
        self._file = self._path.open("r+b", buffering=0)
        self._offset, self._rest = 0, b""

    def _read(self, file: int) -> None:
        if os.fstat(file).st_size < self._offset:
            self._offset, self._rest = 0, b""
        while data := os.pread(file, 1 << 20, self._offset):
            self._offset += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._note(line)

    def _note(self, line: bytes) -> None:
        match = _LINE.fullmatch(line)
        if match and match["status"] == b"c":
            self._whole.setdefault(int(match["size"]), Counter())[posixpath.normpath(match["path"])] += 1


def printable(path: str) -> bytes:
    """Return ``path`` as vsftpd logs it: anything but printable ASCII as ``?``, blanks as ``_``."""
    return bytes(95 if byte == 32 else byte if 32 < byte < 127 else 63 for byte in os.fsencode(path))
