"""Reads an archive to its end and says in what it differs from its index; the archive may be of anybody's making."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import CctvError
from .index import Entry, Index
from .store import READABLE, Object, Store

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """A picture that is ``missing``, ``changed`` or ``added``; without a ``name``, the archive as a whole."""

    finding: str
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading found: the SHA-256 of all bytes, how many pictures are whole, and what is not."""

    sha256: str
    captures: int
    differences: tuple[Difference, ...]


def is_readable(store: Store, held: Object) -> bool:
    """Say whether an archive can be read now: by its class, or because it was restored."""
    return held.storage_class in READABLE or store.head(held.key).restore == "ready"


def read_archive(store: Store, held: Object, index: Index) -> Reading:
    """Read an archive to its end, and hold each picture in it against ``index``."""
    stream = _Stream(store.stream(held.key, etag=held.etag, length=held.size))
    found, captures, wanted = list[Difference](), 0, {entry.name: entry for entry in index.captures}
    try:
        for name, sha256 in _members(stream):
            if difference := _difference(wanted.pop(name, None), name, sha256):
                found.append(difference)
            else:
                captures += 1
    except CctvError:
        raise
    # Of many kinds: whoever packed the archive chose what its headers make the library raise.
    except Exception as error:
        found.append(Difference("changed", f"it cannot be read on: {error}"))
    stream.drain()
    found += (Difference("missing", "it is not in the archive", name) for name in wanted)
    return Reading(stream.sha256.hexdigest(), captures, tuple(found))


def _members(stream: _Stream) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of each member. The old toolkit's archives are one gzip stream per member."""
    with gzip.GzipFile(fileobj=stream) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for member in tar:
            file, digest = tar.extractfile(member), hashlib.sha256()
            while file and (piece := file.read(_PIECE)):
                digest.update(piece)
            yield member.name, digest.hexdigest()


def _difference(entry: Entry | None, name: str, sha256: str) -> Difference | None:
    if entry is None:
        return Difference("added", "the manifest does not know it", name)
    return None if entry.sha256 == sha256 else Difference("changed", "its bytes are others", name)


class _Stream(io.RawIOBase):
    """An iterator of bytes as a file that can only be read on, hashed as it goes by."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes, fewer at the end."""
        while (size < 0 or len(self._left) < size) and (piece := next(self._pieces, b"")):
            self.sha256.update(piece)
            self._left += piece
        taken, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return taken

    def drain(self) -> None:
        """Read what is left behind the archive's end."""
        for piece in self._pieces:
            self.sha256.update(piece)
