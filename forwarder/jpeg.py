"""Whether a JPEG is whole, as far as its markers tell: a hint, asked only where no log vouches for the file."""

from __future__ import annotations

import os
from typing import BinaryIO

_START, _SCAN, _END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
TAIL = 64 * 1024
"""Cameras are known to append this much of their own behind the end marker, at most."""


def looks_whole(file: BinaryIO) -> bool:
    """Say whether an end marker follows the picture's own scan; that of a thumbnail in the headers does not count."""
    if file.read(2) != _START:
        return False
    while len(marker := file.read(2)) == 2 and marker[0] == 0xFF:
        if marker == _SCAN:
            scan = file.tell()
            file.seek(max(scan, file.seek(0, os.SEEK_END) - TAIL))
            return _END in file.read()
        if marker[1] == 0xFF:  # a filling byte
            file.seek(-1, os.SEEK_CUR)
        else:
            file.seek(max(0, int.from_bytes(file.read(2), "big") - 2), os.SEEK_CUR)
    return False
