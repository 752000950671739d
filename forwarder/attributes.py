"""The attributes of a file that ``lsattr`` shows and ``chattr`` sets."""

from __future__ import annotations

import array
import fcntl
import os
from pathlib import Path

_LONG = array.array("l").itemsize == 8
_GET, _SET = (
    (0x80086601, 0x40086602) if _LONG else (0x80046601, 0x40046602)
)  # FS_IOC_GETFLAGS and SETFLAGS count in longs
SYNC, DIRSYNC = 0x8, 0x10000


def attributes(handle: int) -> int:
    """Return those of an open file, 0 where the file system has none."""
    reply = array.array("l", [0])
    try:
        fcntl.ioctl(handle, _GET, reply)
    except OSError:
        return 0
    return reply[0]


def make_unsynchronous(folder: Path) -> None:
    """Let what is made in ``folder`` get to disk when it may: OSError when its file system has no attributes."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(handle, _SET, array.array("l", [attributes(handle) & ~(SYNC | DIRSYNC)]))
    finally:
        os.close(handle)
