"""One picture out of an archive piece by piece, however large: the bytes of ``tarball`` in bounded memory. Pure."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterable, Iterator

from .errors import CctvError

_MOST = 1024 * 1024
"""Bytes of the longest piece that is yielded, however well it was compressed."""
_EXTRA = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
"""What stands before a member to say more of it than its header can."""


def member_pieces(pieces: Iterable[bytes | memoryview], size: int) -> Iterator[bytes]:
    """Yield the ``size`` bytes of the picture in ``pieces``, which its index entry cut out of the archive."""
    raw = _Raw(pieces)
    try:
        while (header := tarfile.TarInfo.frombuf(raw.take(tarfile.BLOCKSIZE), "utf-8", "replace")).type in _EXTRA:
            raw.take(header.size + -header.size % tarfile.BLOCKSIZE)
        yield from raw.pieces(size)
    except (zlib.error, tarfile.TarError, ValueError) as error:
        raise CctvError(f"this part of the archive cannot be read ({error}): its index does not fit it.") from error


class _Raw:
    """The inflated bytes, taken from the front."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._inflated = _inflate(pieces)
        self._left = b""

    def take(self, count: int) -> bytes:
        if count > _MOST:
            raise ValueError("its header is too long")
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[bytes]:
        while count:
            piece = self._left or next(self._inflated, b"")
            if not piece:
                raise ValueError("it ends too early")
            taken, self._left = piece[:count], piece[count:]
            count -= len(taken)
            yield taken


def _inflate(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-15)
    for piece in pieces:
        left: bytes | memoryview = piece
        while left:
            if inflated := inflate.decompress(left, _MOST):
                yield inflated
            left = inflate.unconsumed_tail
