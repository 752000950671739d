"""The members of an archive without index, found by reading it once from its beginning. Pure.

It may be ours, one of the old toolkit's (a gzip stream for each member, no end blocks) or any other tar.gz. Where a
member begins afresh, its place is known, too: from there it can be read alone.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import CctvError, DamagedError

_FEED = 16 * 1024
"""Bytes inflated at once: some thousand times as many may come out."""
_FLUSH = 8
"""Bytes that a flush takes at most, between a member's last byte and the next one's first."""
_EXTENSIONS = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
_LONGEST_EXTENSION = 64 * 1024
_ENDS = "the archive ends in the middle of a picture"


@dataclass(slots=True)
class Member:
    """One picture. ``offset`` is of the deflate data that it begins with; None where it cannot be read alone."""

    name: str
    modified: datetime
    size: int
    offset: int | None
    _source: _Source
    _pieces: Iterator[bytes] = field(init=False)
    _length: int | None = None

    def __post_init__(self) -> None:
        self._pieces = self._source.read(self.size)

    def pieces(self) -> Iterator[bytes]:
        """Yield the picture's bytes, once."""
        with _told():
            yield from self._pieces

    def length(self) -> int:
        """Return how long its place in the archive is; reads on to its end."""
        with _told():
            if self._length is None:
                for _ in self._pieces:
                    pass
                for _ in self._source.read(-self.size % tarfile.BLOCKSIZE):
                    pass
                self._length = self._source.pass_boundary() - (self.offset or 0)
        return self._length


def read_members(chunks: Iterable[bytes]) -> Iterator[Member]:
    """Yield the pictures of an archive; DamagedError where it cannot be read on."""
    with _told():
        source = _Source(iter(chunks))
        while source.begins():
            while (info := _header(source)) is not None:
                offset = source.began
                member = Member(_readable(info.name), _time(info), info.size if info.isreg() else 0, offset, source)
                if info.isreg():
                    yield member
                member.length()


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the libraries raise for bytes that somebody else chose."""
    try:
        yield
    except CctvError:
        raise
    except (zlib.error, tarfile.TarError, struct.error, ArithmeticError, LookupError, ValueError, OSError) as error:
        raise DamagedError(f"the archive is damaged ({error})") from error


def _header(source: _Source) -> tarfile.TarInfo | None:
    """Return the next member's header with what extends it, or None at the end of the stream."""
    blocks = b""
    while block := source.block():
        if not any(block):
            source.drain()
            return None
        kind = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        blocks += block
        if kind.type not in _EXTENSIONS:
            with tarfile.open(fileobj=io.BytesIO(blocks), mode="r:") as tar:
                info = next(iter(tar))
            if info.size < 0:
                raise DamagedError(f"{info.name!r} has less than no bytes")
            return info
        if not 0 <= kind.size <= _LONGEST_EXTENSION:
            raise DamagedError("a picture's name is too long")
        blocks += b"".join(source.read(kind.size + -kind.size % tarfile.BLOCKSIZE))
    if blocks:
        raise DamagedError(_ENDS)
    return None


def _readable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _time(info: tarfile.TarInfo) -> datetime:
    return datetime.fromtimestamp(info.mtime, UTC)


class _Source:
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
                raise DamagedError(_ENDS)
            size -= len(raw)
            yield raw

    def block(self) -> bytes:
        """Return one block of the tar, or nothing at the end of the stream."""
        raw = b""
        while len(raw) < tarfile.BLOCKSIZE and not self._inflate.eof:
            more = self._feed(tarfile.BLOCKSIZE - len(raw))
            if not (more or self._inflate.eof or self._fill(1)):
                raise DamagedError(_ENDS)
            raw += more
        if raw and len(raw) < tarfile.BLOCKSIZE:
            raise DamagedError(_ENDS)
        if self._inflate.eof and not raw:
            self._check_trailer()
        return raw

    def drain(self) -> None:
        """Read on to the end of the stream, past the blocks that end a tar."""
        while not self._inflate.eof:
            if not (self._feed(_FEED) or self._inflate.eof or self._fill(1)):
                raise DamagedError(_ENDS)
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
            raise DamagedError(_ENDS)
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
