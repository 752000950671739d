"""One standard gzip stream over one standard tar, of which any member can be read alone. Pure.

Each member (header, bytes, padding) is compressed by a fresh raw deflate that ends in a full flush, so that
the stream is whole for ``tar xzf`` and for every streaming reader, and any member begins on a byte at which a
raw inflate can start with nothing known before. RFC 1951 and RFC 1952; POSIX.1-2001 pax.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from isal import isal_zlib

from .errors import CctvError

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"
_LEVEL = 1
_PACKED = (".jpg", ".jpeg", ".png", ".mp4", ".mkv", ".dav", ".avi", ".mov", ".webp", ".heic")
"""Formats that compress by themselves: stored in deflate's own stored blocks, at memory speed."""


class TarGz:
    """Turns members into the bytes of the archive and knows how long it is by now (``size``, in bytes)."""

    def __init__(self) -> None:
        self._crc = 0
        self._length = 0
        self.size = 0

    def begin(self) -> bytes:
        """Return the gzip header."""
        return self._counted(_GZIP_HEADER)

    def member(self, name: str, *, size: int, modified: datetime, body: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the bytes of one member; ``body`` must hold ``size`` bytes in all, or CctvError is raised."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, int(modified.timestamp()), 0o644
        deflate = _deflate(name)
        header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        yield self._squeezed(deflate, header)
        got = 0
        for chunk in body:
            got += len(chunk)
            yield self._squeezed(deflate, chunk)
        if got != size:
            raise CctvError(f"{name} has {got} bytes where {size} were listed.")
        yield self._squeezed(deflate, bytes(-size % tarfile.BLOCKSIZE)) + self._counted(
            deflate.flush(isal_zlib.Z_FULL_FLUSH)
        )

    def end(self) -> bytes:
        """Return the two end blocks, the last deflate block and the gzip trailer."""
        deflate = _deflate()
        blocks = self._squeezed(deflate, bytes(2 * tarfile.BLOCKSIZE))
        flushed = self._counted(deflate.flush(isal_zlib.Z_FULL_FLUSH))
        trailer = struct.pack("<LL", self._crc, self._length & 0xFFFFFFFF)
        return blocks + flushed + self._counted(_LAST_BLOCK + trailer)

    def _squeezed(self, deflate: Any, data: bytes) -> bytes:
        self._crc = isal_zlib.crc32(data, self._crc)
        self._length += len(data)
        return self._counted(deflate.compress(data))

    def _counted(self, data: bytes) -> bytes:
        self.size += len(data)
        return data


def _deflate(name: str = "") -> Any:
    if name.casefold().endswith(_PACKED):
        return zlib.compressobj(0, zlib.DEFLATED, -15)
    return isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15)


def read_member(piece: bytes) -> bytes:
    """Return the picture in ``piece``, the bytes of one member cut out of the archive by its index entry."""
    try:
        raw = zlib.decompressobj(-15).decompress(piece)
        with tarfile.open(fileobj=io.BytesIO(raw + bytes(2 * tarfile.BLOCKSIZE))) as tar:
            file = tar.extractfile(tar.next() or "")
            return file.read() if file else b""
    except (zlib.error, tarfile.TarError, KeyError, ValueError) as error:
        raise CctvError(f"this part of the archive cannot be read ({error}): its index does not fit it.") from error
