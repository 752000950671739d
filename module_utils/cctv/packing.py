"""Packs the pictures of a day into one stream: parallel reads, bounded memory, each picture vouched for by S3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .catalog import Catalog
from .errors import CctvError, StoreError, UnusableError
from .index import Entry, IndexWriter
from .parallel import ordered_map
from .proof import PIECE, is_vouched, pieces
from .store import Object, Upload
from .tarball import TarGz
from .timeless import ARRIVED_AT, settled

READERS = 16
AHEAD = 10 * 1024 * 1024
"""Bytes of pictures that may be read and not yet written."""
OVERHEAD = 8 * 1024
"""What one picture in flight costs besides its bytes."""
LARGE = PIECE
"""A file from this size on is streamed through in pieces instead of being read ahead."""


class BadSourceError(CctvError):
    """A large source broke off after its header was written: the archive must be begun again without it."""


@dataclass(frozen=True, slots=True)
class _Read:
    source: Object
    body: memoryview | None
    sha256: str
    refusal: str
    arrived_at: str = ""


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs pictures of one day of one camera."""

    catalog: Catalog
    camera: str
    day: date

    def pack(self, sources: Iterable[Object], upload: Upload, index: IndexWriter, failures: dict[str, str]) -> None:
        """Write ``sources`` to ``upload`` in their order and to ``index``, and into ``failures`` why one is left out.

        BadSourceError when a large one breaks off on its way: it is in ``failures`` then, for the next try.
        """
        tar = TarGz()
        upload.write(tar.begin())
        for read in self._read_ahead(entry for entry in sources if entry.key not in failures):
            if read.refusal:
                failures[read.source.key] = read.refusal
                continue
            self._add(read, tar, upload, index, failures)
        upload.write(tar.end())

    def _read_ahead(self, sources: Iterable[Object]) -> Iterator[_Read]:
        return ordered_map(
            self._read,
            sources,
            threads=READERS,
            budget=AHEAD,
            weight=lambda entry: OVERHEAD + (entry.size if entry.size < LARGE else 0),
        )

    def _read(self, source: Object) -> _Read:
        """Read one picture and have S3 vouch for it, in a thread: hashing leaves the interpreter to the others."""
        if source.size >= LARGE:
            return _Read(source, None, "", "")
        try:
            body, metadata = self.catalog.store.read(source.key, etag=source.etag)
            sha256 = hashlib.sha256(body).hexdigest()
            md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
            vouched = len(body) == source.size and is_vouched(self.catalog.store, source, md5=md5, sha256=sha256)
        except UnusableError:
            raise
        except StoreError as error:
            return _Read(source, None, "", str(error))
        refusal = "" if vouched else "the bytes read are not those that S3 vouches for"
        return _Read(source, body, sha256, refusal, metadata.get(ARRIVED_AT, ""))

    def _add(self, read: _Read, tar: TarGz, upload: Upload, index: IndexWriter, failures: dict[str, str]) -> None:
        source = read.source
        reading = settled(self.catalog.reading(source), self.day, written=read.arrived_at)
        name = source.key[len(self.catalog.layout.day_folder(self.camera, self.day)) :]
        start, sha256 = tar.size, hashlib.sha256()
        body = [read.body] if read.body is not None else self._pieces(source, sha256, failures)
        for chunk in tar.member(name, size=source.size, modified=reading.captured_at, body=body):
            upload.write(chunk)
        index.add(
            Entry(
                name=name,
                captured_at=reading.captured_at.isoformat(),
                time_source=reading.time_source.value,
                event=reading.event,
                size=source.size,
                sha256=read.sha256 or sha256.hexdigest(),
                etag=source.etag,
                offset=start,
                length=tar.size - start,
                arrived_at=source.modified.isoformat(),
            )
        )

    def _pieces(self, source: Object, sha256: hashlib._Hash, failures: dict[str, str]) -> Iterator[bytes]:
        """Yield a large file piece by piece, each on the condition of its ETag, and check it against S3 at the end."""
        md5 = hashlib.md5(usedforsecurity=False)
        try:
            for piece in pieces(self.catalog.store, source):
                md5.update(piece)
                sha256.update(piece)
                yield piece
            sound = is_vouched(self.catalog.store, source, md5=md5.hexdigest(), sha256=sha256.hexdigest())
        except UnusableError:
            raise
        except StoreError as error:
            failures[source.key] = str(error)
            raise BadSourceError(str(error)) from error
        if not sound:
            failures[source.key] = "the bytes read are not those that S3 vouches for"
            raise BadSourceError(source.key)
