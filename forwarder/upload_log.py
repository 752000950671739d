"""vsftpd's transfer log: which uploads it acknowledged. Written before the camera gets its 226."""

from __future__ import annotations

import fcntl
import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LONGEST = 256 * 1024
"""Bytes after which the log is emptied."""
_LINE = re.compile(rb".{24} \d+ \S+ (?P<size>\d+) (?P<path>/\S*) [ab] \S i .* (?P<status>[ci])")


class UploadLog:
    """Follows the log. ``usable`` is false where there is none, or none that we may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self._whole: defaultdict[tuple[bytes, int], set[bytes]] = defaultdict(set)
        self.usable = False

    def refresh(self) -> None:
        """Read what was added since the last time."""
        try:
            with self._path.open("rb") as file:
                self._read(file.fileno())
            self.usable = True
        except OSError:
            self.usable = False

    def vouches(self, path: str, size: int) -> bool:
        """Say whether an upload of ``size`` bytes to ``path`` was acknowledged.

        The log has the path below the session's root, which may be any folder above the file.
        """
        shown = printable(path)
        return any(shown.endswith(entry) for entry in self._whole.get((posixpath.basename(shown), size), ()))

    @property
    def is_long(self) -> bool:
        """Whether it is time to empty the log."""
        return self._offset >= LONGEST

    @contextmanager
    def held(self) -> Iterator[BinaryIO]:
        """Keep vsftpd from appending: it writes under the same lock, and answers the camera after that."""
        with self._path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            yield file

    def empty(self, file: BinaryIO) -> None:
        """Empty the ``held`` log; the caller has taken every file that it vouches for, durably."""
        file.truncate(0)
        self._offset, self._rest = 0, b""
        self._whole.clear()

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
            path = posixpath.normpath(match["path"])
            self._whole[posixpath.basename(path), int(match["size"])].add(path)


def printable(path: str) -> bytes:
    """Return ``path`` as vsftpd logs it: anything but printable ASCII as ``?``, blanks as ``_``."""
    return bytes(95 if byte == 32 else byte if 32 < byte < 127 else 63 for byte in os.fsencode(path))
