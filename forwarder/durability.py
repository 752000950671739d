"""Whether a picture in the spool outlives a power cut from the moment that its camera is told so.

vsftpd does not call fsync, so the file system has to: by the synchronous flags of the spool's folders, which new
files and folders inherit (``chattr +S +D``), or by the mount options ``sync`` and ``dirsync``.
"""

from __future__ import annotations

import array
import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

_GETFLAGS = 0x80086601 if array.array("l").itemsize == 8 else 0x80046601  # FS_IOC_GETFLAGS counts in longs
_SYNC, _DIRSYNC = 0x8, 0x10000
_BY_FLAGS = {"ext2", "ext3", "ext4", "f2fs", "btrfs"}
_VOLATILE = {"tmpfs", "ramfs", "overlay"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The file system a path lies on."""

    point: str
    kind: str
    options: frozenset[str]


def mount_of(path: Path, table: str) -> Mount:
    """Return the mount that ``path`` lies on, from the text of /proc/self/mountinfo: the last of the longest."""
    best = Mount("/", "", frozenset())
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4].encode().decode("unicode_escape")
        kind, _, superblock = [*right.split(" "), "", ""][:3]
        inside = path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best.point):
            best = Mount(point, kind, frozenset((left.split()[5] + "," + superblock).split(",")))
    return best


def verdict(mount: Mount, flags: int | None) -> str:
    """Return what is wrong, empty when a picture there is safe. ``flags``: of the folder, None where it has none."""
    has = flags or 0
    if mount.kind in _VOLATILE:
        return f"{mount.point} is {mount.kind}, which forgets everything: put the spool on a disk."
    if "sync" in mount.options:
        return ""
    if mount.kind == "xfs":  # knows +S, but makes changes of folders synchronous by mount option alone
        safe = bool(has & _SYNC and mount.options & {"dirsync", "wsync"})
        remedy = f"xfs needs chattr +S on the spool and the mount option dirsync: mount {mount.point} with it."
    elif mount.kind in _BY_FLAGS:
        safe = bool(has & _SYNC and has & _DIRSYNC)
        remedy = "the spool's folders are not synchronous: chattr -R +S +D on them."
    else:
        safe = False
        remedy = f"{mount.kind} knows no synchronous folders: mount {mount.point} with sync, or move the spool to ext4."
    return "" if safe else remedy


def check(root: Path) -> str:
    """Return one sentence on why pictures in ``root`` might not outlive a power cut, empty when they do."""
    mount = mount_of(root.resolve(), Path("/proc/self/mountinfo").read_text())
    try:
        with tempfile.NamedTemporaryFile(dir=root, prefix=".check-") as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"{root} cannot be written to: {error.strerror}."
    folders = [root, *(entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink())]
    for folder in folders:
        wrong = verdict(mount, _flags(folder))
        if wrong:
            return f"{folder}: {wrong}"
    return ""


def _flags(folder: Path) -> int | None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        reply = array.array("l", [0])
        fcntl.ioctl(handle, _GETFLAGS, reply)
        return reply[0]
    except OSError:
        return None
    finally:
        os.close(handle)
