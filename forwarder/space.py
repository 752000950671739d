"""A full disk is not the end: a floor of free space below which cameras are refused, and a warning before that.

The gate is the group's search permission on the spool's root, which is the forwarder's: closed, a camera's CWD gets
``550 Failed to change directory`` and an upload by path ``553 Could not create file``. A session that is inside
already goes on until the file system itself is full: then ``451 Failure writing to local file``, and vsftpd removes
the half file. Either way nothing is accepted and dropped.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DOOR = stat.S_IXGRP
_REOPEN = 1.25
_WARN = 2.0


class Room(StrEnum):
    """How much there is."""

    ENOUGH = "enough"
    LOW = "low"
    FULL = "full"


def assess(free: int, floor: int, before: Room) -> Room:
    """Return the state for ``free`` bytes; a gate once closed opens only when a quarter more than the floor is free."""
    if free < floor * (_REOPEN if before is Room.FULL else 1.0):
        return Room.FULL
    return Room.LOW if free < floor * _WARN else Room.ENOUGH


@dataclass(slots=True)
class Gate:
    """The door of the spool."""

    root: Path
    floor: int
    room: Room = Room.ENOUGH

    def check(self) -> Room:
        """Measure the room, open or close the door accordingly, and return it."""
        mode = stat.S_IMODE(os.stat(self.root).st_mode)
        if not mode & DOOR:
            self.room = Room.FULL  # closed by a forwarder before this one, perhaps
        self.room = assess(self.free(), self.floor, self.room)
        wanted = mode & ~DOOR if self.room is Room.FULL else mode | DOOR
        if mode != wanted:
            os.chmod(self.root, wanted)
        return self.room

    def free(self) -> int:
        """Return the bytes that a camera may still write."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize
