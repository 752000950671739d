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

from .errors import CctvError, DamagedError
from .gzip_source import ENDS, GzipSource

_EXTENSIONS = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
_LONGEST_EXTENSION = 64 * 1024
EMPTY = "the archive is empty: what it held was lost before it was written"


@dataclass(slots=True)
class Member:
    """One picture. ``offset`` is of the deflate data that it begins with; None where it cannot be read alone."""

    name: str
    modified: datetime
    size: int
    offset: int | None
    _source: GzipSource
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
    """Yield the pictures of an archive; DamagedError where it cannot be read on, or nothing is in it."""
    with _told():
        source, is_empty = GzipSource(iter(chunks)), True
        while source.begins():
            while (info := _header(source)) is not None:
                is_empty = False
                offset = source.began
                member = Member(_readable(info.name), _time(info), info.size if info.isreg() else 0, offset, source)
                if info.isreg():
                    yield member
                member.length()
        if is_empty:
            raise DamagedError(EMPTY)


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the libraries raise for bytes that somebody else chose."""
    try:
        yield
    except CctvError:
        raise
    except (zlib.error, tarfile.TarError, struct.error, ArithmeticError, LookupError, ValueError, OSError) as error:
        raise DamagedError(f"the archive is damaged ({error})") from error


def _header(source: GzipSource) -> tarfile.TarInfo | None:
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
        raise DamagedError(ENDS)
    return None


def _readable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _time(info: tarfile.TarInfo) -> datetime:
    return datetime.fromtimestamp(info.mtime, UTC)
