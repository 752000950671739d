"""One standard gzip stream over one standard tar, of which any member can be read alone. Pure.

Each member (header, bytes, padding) is a fresh raw deflate that ends on a byte, so that the stream is whole for
``tar xzf`` and for every streaming reader, and a raw inflate can start at any member with nothing known before.
RFC 1951 and RFC 1952; POSIX.1-2001 pax.
"""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from isal import isal_zlib

from .errors import CctvError

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"
LONGEST_END = 64
"""More bytes than follow the last member of an archive, and fewer than any member has."""
LONGEST_GAP = 10 + 256
"""Bytes of the header of a gzip stream, with a file's name in it."""
_DEFLATE = (1, isal_zlib.DEFLATED, -15)
_PACKED = (".jpg", ".jpeg", ".png", ".mp4", ".mkv", ".dav", ".avi", ".mov", ".webp", ".heic")
"""Formats that compress by themselves: kept in deflate's stored blocks, at memory speed."""
_STORED = 0xFFFF
"""Most bytes of a stored block (RFC 1951, 3.2.4)."""

Bytes = bytes | memoryview


class TarGz:
    """Turns members into the bytes of the archive and knows how long it is by now (``size``, in bytes)."""

    def __init__(self) -> None:
        self._crc = 0
        self._length = 0
        self.size = 0

    def begin(self) -> bytes:
        """Return the gzip header."""
        return self._counted(GZIP_HEADER)

    def member(self, name: str, *, size: int, modified: datetime, body: Iterable[Bytes]) -> Iterator[Bytes]:
        """Yield the bytes of one member; ``body`` must hold ``size`` bytes in all, or CctvError is raised."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, int(modified.timestamp()), 0o644
        squeeze = _Stored() if name.casefold().endswith(_PACKED) else _Squeezed()
        yield from self._into(squeeze, info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        got = 0
        for chunk in body:
            got += len(chunk)
            yield from self._into(squeeze, chunk)
        if got != size:
            raise CctvError(f"{name} has {got} bytes where {size} were listed.")
        if padding := -size % tarfile.BLOCKSIZE:
            yield from self._into(squeeze, bytes(padding))
        yield self._counted(squeeze.end())

    def end(self) -> bytes:
        """Return the two end blocks, the last deflate block and the gzip trailer."""
        squeeze = _Squeezed()
        blocks = b"".join(self._into(squeeze, bytes(2 * tarfile.BLOCKSIZE))) + self._counted(squeeze.end())
        trailer = struct.pack("<LL", self._crc, self._length & 0xFFFFFFFF)
        return blocks + self._counted(_LAST_BLOCK + trailer)

    def _into(self, squeeze: _Stored | _Squeezed, data: Bytes) -> Iterator[Bytes]:
        self._crc = isal_zlib.crc32(data, self._crc)
        self._length += len(data)
        for block in squeeze.blocks(data):
            self.size += len(block)
            yield block

    def _counted(self, data: bytes) -> bytes:
        self.size += len(data)
        return data


class _Squeezed:
    """Deflate that compresses."""

    def __init__(self) -> None:
        self._deflate = isal_zlib.compressobj(*_DEFLATE)

    def blocks(self, data: Bytes) -> Iterator[Bytes]:
        """Yield what is ready of ``data`` and of what came before."""
        yield self._deflate.compress(data)

    def end(self) -> bytes:
        """Return the rest, to a whole byte."""
        return self._deflate.flush(isal_zlib.Z_FULL_FLUSH)


class _Stored:
    """Deflate that compresses nothing, by its stored blocks; they begin and end on a byte."""

    def blocks(self, data: Bytes) -> Iterator[Bytes]:
        """Yield ``data`` in stored blocks."""
        view = memoryview(data)
        for start in range(0, len(data), _STORED):
            piece = view[start : start + _STORED]
            yield b"".join((struct.pack("<BHH", 0, len(piece), len(piece) ^ _STORED), piece))

    def end(self) -> bytes:
        """Return nothing: nothing is ever held back."""
        return b""
