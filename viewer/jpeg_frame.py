"""What decoding a JPEG would cost, read from its markers before anything is decoded. Pure.

One whose first scan is not the whole picture, progressive or one component at a time, is kept in memory as
coefficients until its last scan, however small the picture that is made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
_SEQUENTIAL = {0xC0, 0xC1, 0xC9}
_NO_FRAMES = {0xC4, 0xC8, 0xCC}
"""Among the frames' markers: tables, and a reserved one."""
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size, the sampling factors of its components, and its scans, as far as they were counted."""

    width: int
    height: int
    sampling: tuple[tuple[int, int], ...]
    is_sequential: bool
    first_scan: int
    scans: int

    @property
    def coefficient_bytes(self) -> int:
        """Bytes that the decoder keeps of all components at once; 0 where it decodes row by row."""
        if self.is_sequential and self.first_scan >= len(self.sampling):
            return 0
        across, down = (max(each) for each in zip(*self.sampling, strict=True))
        blocks = sum(_blocks(self.width * h, across, h) * _blocks(self.height * v, down, v) for h, v in self.sampling)
        return blocks * _BLOCK * _BLOCK * 2


def read(body: bytes, *, most_scans: int) -> Frame | None:
    """Return the frame of a JPEG, its scans counted until they pass ``most_scans``; None when there is none."""
    frame: tuple[int, int, tuple[tuple[int, int], ...], bool] | None = None
    at, first_scan, scans = 0, 0, 0
    while scans <= most_scans and (found := _MARKER.search(body, at)):
        kind, at = found[1][0], found.end()
        if kind == _EOI:
            break
        if kind == _SOI:
            continue
        length = int.from_bytes(body[at : at + 2])
        segment = body[at + 2 : at + length]
        if kind == _SOS:
            scans += 1
            first_scan = first_scan or (segment[0] if segment else 0)
        elif 0xC0 <= kind <= 0xCF and kind not in _NO_FRAMES and frame is None and len(segment) >= 6:
            factors = tuple((max(1, each >> 4), max(1, each & 15)) for each in segment[7::3])
            size = int.from_bytes(segment[3:5]), int.from_bytes(segment[1:3])
            frame = *size, factors[: segment[5]], kind in _SEQUENTIAL
        at += max(length, 2)
    if frame is None or not frame[2]:
        return None
    return Frame(*frame, first_scan, scans)


def _blocks(size: int, most: int, factor: int) -> int:
    """Return the blocks of one component along one side, whole groups of ``factor``."""
    count = -(-size // (most * _BLOCK))
    return -(-count // factor) * factor
