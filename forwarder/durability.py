"""Whether a picture in the spool outlives a power cut from the moment that its camera is told so.

vsftpd does not call fsync, so the file system has to: by the synchronous flags of the spool's folders, which new
files and folders inherit (``chattr +S +D``), or by the mount option ``sync``. Measured by power cuts in tests/chaos.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from forwarder.attributes import DIRSYNC, SYNC, attributes
from forwarder.spool import QUEUE, REJECTED

_FOLDER_FLAGS = {"ext2": SYNC | DIRSYNC, "ext3": SYNC | DIRSYNC, "ext4": SYNC | DIRSYNC, "f2fs": SYNC | DIRSYNC}
_FOLDER_FLAGS["xfs"] = SYNC  # has no other; its log is in order, so that a file on disk has its name there too
_VOLATILE = {"tmpfs", "ramfs", "overlay"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The file system a path lies on."""

    point: str
    kind: str
    options: frozenset[str]


_libc = ctypes.CDLL(None, use_errno=True)


def sync(folder: Path) -> None:
    """Bring all of the file system that ``folder`` lies on from memory to disk; OSError when it does not get there."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _libc.syncfs(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


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


def verdict(mount: Mount, folders: int, born: int) -> str:
    """Return what is wrong, empty when a picture there is safe.

    ``folders``: the flags that all folders have; ``born``: those of a file just made in one.
    """
    wanted = _FOLDER_FLAGS.get(mount.kind, 0)
    if mount.kind in _VOLATILE:
        return f"{mount.point} is {mount.kind}, which forgets everything: put the spool on a disk."
    if "sync" in mount.options:
        return ""
    if wanted and folders & wanted != wanted:
        letters = "+S +D" if wanted & DIRSYNC else "+S"
        return f"not all of the spool's folders are synchronous: chattr -R {letters} on them."
    if not wanted or not born & SYNC:  # btrfs takes the flag, and does not hand it down
        return (
            f"new files on {mount.kind} are not synchronous: mount {mount.point} with sync, or move the spool to ext4."
        )
    return ""


def check(root: Path) -> str:
    """Return one sentence on why pictures in ``root`` might not outlive a power cut, empty when they do."""
    mount = mount_of(root.resolve(), Path("/proc/self/mountinfo").read_text())
    try:
        # A file without a name, which is gone however the process ends.
        with tempfile.TemporaryFile(dir=root / QUEUE if (root / QUEUE).is_dir() else root) as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
            born = attributes(file.fileno())
        cameras = [entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError as error:
        return f"{root} cannot be written to: {error.strerror}."
    folders = SYNC | DIRSYNC
    for folder in (root, *cameras):
        if folder.name not in (QUEUE, REJECTED):  # what is in there was acknowledged, and is on disk, already
            folders &= _flags(folder)
    wrong = verdict(mount, folders, born)
    log = root / QUEUE / "uploads.log"  # it may be older than the flag of its folder
    if not wrong and "sync" not in mount.options and log.exists() and not _flags(log) & SYNC:
        return f"the log of uploads is not synchronous: chattr +S {log}."
    return wrong


def _flags(path: Path) -> int:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return 0
    try:
        return attributes(handle)
    finally:
        os.close(handle)
