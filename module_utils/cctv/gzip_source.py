"""Gzip streams, one after the other, inflated as they are asked for, and where an inflate can begin afresh. Pure."""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any

from .errors import DamagedError

_FEED = 16 * 1024
"""Bytes inflated at once: some thousand times as many may come out."""
_FLUSH = 8
"""Bytes that a flush takes at most, between a member's last byte and the next one's first."""
ENDS = "the archive ends in the middle of a picture"


class GzipSource:
    """The bytes of gzip streams, one after the other, inflated as they are asked for.

    ``began``: where the data begins that is read now, if an inflate can begin there with nothing known before.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._data = b""
        self._start = 0  # of self._data in the archive
        self._at = 0  # what was taken of self._data
        self._inflate: Any = None
        self._crc = self._length = 0
        self._last: tuple[Any, int, int] | None = None  # before the last feed: inflater, place, bytes wanted of it
        self.began: int | None = 0

    def begins(self) -> bool:
        """Begin the next gzip stream; False when there is none."""
        if not self._fill(18):
            return False
        if len(self._data) - self._at < 18 or self._data[self._at : self._at + 3] != b"\x1f\x8b\x08":
            raise DamagedError(f"the archive is damaged: no gzip stream at byte {self._start + self._at}")
        flags = self._data[self._at + 3]
        self._at += 10
        if flags & 4:
            [extra] = struct.unpack("<H", self._take(2))
            self._take(extra)
        for flag in (8, 16):
            while flags & flag and self._take(1) != b"\0":
                pass
        self._take(2 if flags & 2 else 0)
        self._inflate, self._crc, self._length = zlib.decompressobj(-15), 0, 0
        self.began = self._start + self._at
        return True

    def read(self, size: int) -> Iterator[bytes]:
        """Yield ``size`` inflated bytes in pieces."""
        while size:
            raw = self._feed(size)
            if not raw and (self._inflate.eof or not self._fill(1)):
                raise DamagedError(ENDS)
            size -= len(raw)
            yield raw

    def block(self) -> bytes:
        """Return one block of the tar, or nothing at the end of the stream."""
        raw = b""
        while len(raw) < tarfile.BLOCKSIZE and not self._inflate.eof:
            more = self._feed(tarfile.BLOCKSIZE - len(raw))
            if not (more or self._inflate.eof or self._fill(1)):
                raise DamagedError(ENDS)
            raw += more
        if raw and len(raw) < tarfile.BLOCKSIZE:
            raise DamagedError(ENDS)
        if self._inflate.eof and not raw:
            self._check_trailer()
        return raw

    def drain(self) -> None:
        """Read on to the end of the stream, past the blocks that end a tar."""
        while not self._inflate.eof:
            if not (self._feed(_FEED) or self._inflate.eof or self._fill(1)):
                raise DamagedError(ENDS)
        self._check_trailer()

    def pass_boundary(self) -> int:
        """Return where the member ends that was just read, and begin afresh there if that can be done."""
        end = self._end_of_output()
        self._fill(4 * tarfile.BLOCKSIZE)
        for place in range(end + _FLUSH, end - 1, -1):
            piece = self._data[place - self._start : place - self._start + 3 * tarfile.BLOCKSIZE]
            if _is_start(piece):
                self._at, self._inflate, self.began = place - self._start, zlib.decompressobj(-15), place
                return place
        # It was the last of its stream, or the next one leans on it.
        more = self._inflate.copy()
        piece = self._data[self._at : self._at + _FLUSH]
        if self._inflate.eof or (not more.decompress(piece, 1) and more.eof):
            return self._start + self._at + (0 if self._inflate.eof else len(piece) - len(more.unused_data)) + 8
        self.began = None
        return end

    def _end_of_output(self) -> int:
        """Return the least place in the archive by which all output asked for had come: zlib reads on past it."""
        if self._last is None:
            return self._start + self._at
        before, place, wanted = self._last
        low, high = 0, self._start + self._at - place
        while low < high:
            middle = (low + high) // 2
            piece = self._data[place - self._start : place - self._start + middle]
            if len(before.copy().decompress(piece, wanted)) == wanted:
                high = middle
            else:
                low = middle + 1
        return place + low

    def _feed(self, size: int) -> bytes:
        self._fill(1)
        piece = self._data[self._at : self._at + _FEED]
        before = self._inflate.copy()
        raw: bytes = self._inflate.decompress(piece, size)
        if raw:
            self._last = before, self._start + self._at, len(raw)
        left = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._at += len(piece) - len(left)
        self._crc, self._length = zlib.crc32(raw, self._crc), self._length + len(raw)
        return raw

    def _check_trailer(self) -> None:
        if struct.unpack("<LL", self._take(8)) != (self._crc, self._length & 0xFFFFFFFF):
            raise DamagedError("the archive is damaged: its checksum is another")

    def _take(self, size: int) -> bytes:
        if not self._fill(size):
            raise DamagedError(ENDS)
        self._at += size
        return self._data[self._at - size : self._at]

    def _fill(self, size: int) -> bool:
        """Have ``size`` more bytes at hand, if there are; keep those of the last feed, which may be read again."""
        while len(self._data) - self._at < size and (chunk := next(self._chunks, b"")):
            gone = max(self._at - 2 * _FEED, 0)
            self._data, self._start, self._at = self._data[gone:] + chunk, self._start + gone, self._at - gone
        return len(self._data) - self._at >= min(size, 1)


def _is_start(piece: bytes) -> bool:
    """Say whether a member can be inflated from here, or the blocks that end the tar."""
    try:
        raw = zlib.decompressobj(-15).decompress(piece, 2 * tarfile.BLOCKSIZE)
        return raw == bytes(2 * tarfile.BLOCKSIZE) or bool(
            tarfile.TarInfo.frombuf(raw[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
        )
    except (zlib.error, tarfile.TarError, ValueError):
        return False
