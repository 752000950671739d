"""Writes one archive: parallel reads, one stream, bounded memory, nothing believed that S3 does not confirm."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .catalog import Catalog
from .errors import CctvError, StoreError, UnusableError
from .index import BUILD, Entry, Index, IndexWriter, is_written_as, parse_index
from .parallel import ordered_map
from .proof import PIECE, is_vouched, pieces
from .store import Head, Object, Seal, Upload
from .tarball import TarGz

READERS = 16
AHEAD = 10 * 1024 * 1024
"""Bytes of pictures that may be read and not yet written."""
OVERHEAD = 8 * 1024
"""What one picture in flight costs besides its bytes."""
LARGE = PIECE
"""A file from this size on is streamed through in pieces instead of being read ahead."""
CONFLICTS = {"PreconditionFailed", "ConditionalRequestConflict"}


class RivalError(CctvError):
    """Somebody else archived this day at the same time, and was first."""


class _BadSourceError(CctvError):
    """A large source broke off after its header was written: the archive must be begun again without it."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many sources are in the archive for certain, and why others are not. No ``seal``: no archive."""

    captures: int = 0
    seal: Seal | None = None
    index_sha256: str = ""
    failures: dict[str, str] = field(default_factory=dict)

    def holds(self, source: Object) -> bool:
        """Say whether one of the sources is in the archive for certain."""
        return self.seal is not None and source.key not in self.failures


@dataclass(frozen=True, slots=True)
class _Read:
    source: Object
    body: bytes | None
    sha256: str
    refusal: str


@dataclass(slots=True)
class ArchiveWriter:
    """Writes archive ``number`` of one day of one camera, and its index."""

    catalog: Catalog
    camera: str
    day: date
    number: int
    storage_class: str

    def write(self, sources: Iterable[Object]) -> Written:
        """Archive ``sources`` in their order. Raises RivalError when the archive's key was taken meanwhile."""
        layout = self.catalog.layout
        key, build = layout.archive_key(self.camera, self.day, self.number), secrets.token_hex(16)
        failures: dict[str, str] = {}
        while True:
            try:
                return self._attempt(key, build, sources, failures)
            except _BadSourceError:
                continue

    def _attempt(self, key: str, build: str, sources: Iterable[Object], failures: dict[str, str]) -> Written:
        store, layout, index = self.catalog.store, self.catalog.layout, IndexWriter()
        with store.upload(
            key, storage_class=self.storage_class, tags="archived=yes", metadata={BUILD: build}
        ) as upload:
            self._pack(sources, upload, index, failures)
            if not index.count:
                return Written(failures=failures)
            seal = upload.finish()
            document = index.document(camera=self.camera, day=self.day, key=key, build=build, seal=seal)
            draft = layout.index_key(self.camera, self.day, self.number, build=build)
            store.put(draft, document, content_type="application/json")
            self._appear(upload, key, draft, build)
        head = store.head(key)
        if not is_written_as(head, build=build, seal=seal):
            # Only what is ours for certain may go: the archive of another run may be all that is left of its sources.
            ours = head.metadata.get(BUILD) == build
            failures |= store.delete([key, draft] if ours else [draft])
            return Written(failures=failures | {key: "S3 stored other bytes than were written: run again."})
        store.put(layout.index_key(self.camera, self.day, self.number), document, content_type="application/json")
        for reason in (refused := store.delete([draft])).values():
            # The next run finds the day by its originals, and then this draft.
            failures |= refused | {source.key: reason for source in sources}
        document.seek(0)
        return Written(index.count, seal, hashlib.file_digest(document, "sha256").hexdigest(), failures)

    def gives(self, sources: Iterable[Object], index: Index, head: Head) -> bool:
        """Say whether packing ``sources`` gives the archive that ``index`` lists and S3 states, to the byte.

        Nothing is written: it proves that an archive is of these pictures even where it cannot be read.
        StoreError for a picture that is there and cannot be read now, for that says nothing of the archive.
        """
        packed, failures, seal = IndexWriter(), dict[str, str](), None
        with (
            suppress(_BadSourceError),
            Upload(_nowhere, index.key, storage_class="", tags="", metadata={}) as upload,
        ):
            self._pack(sources, upload, packed, failures)
            seal = upload.finish()
        for key in self.catalog.store.look_up(failures):
            raise StoreError(f"{key} has to be compared with its archive, and {failures[key]}")
        if seal is None or failures:
            return False
        document = packed.document(camera=self.camera, day=self.day, key=index.key, build=index.build, seal=seal)
        return (
            seal.sha256 == index.seal.sha256
            and is_written_as(head, build=index.build, seal=seal)
            and parse_index(document.read(), name=index.key).captures == index.captures
        )

    def _pack(self, sources: Iterable[Object], upload: Upload, index: IndexWriter, failures: dict[str, str]) -> None:
        tar = TarGz()
        upload.write(tar.begin())
        for read in self._read_ahead(entry for entry in sources if entry.key not in failures):
            if read.refusal:
                failures[read.source.key] = read.refusal
                continue
            self._add(read, tar, upload, index, failures)
        upload.write(tar.end())

    def _appear(self, upload: Upload, key: str, draft: str, build: str) -> None:
        store = self.catalog.store
        try:
            upload.complete()
        except StoreError as error:
            # A reply that was lost, or a try that the library repeated, is refused because of our own archive.
            if key in store.look_up([key]) and store.head(key).metadata.get(BUILD) == build:
                return
            if error.code in CONFLICTS:
                store.drop([draft])
                raise RivalError(f"{key} was written by another run meanwhile: run again.") from error
            raise

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
            body = self.catalog.store.get(source.key, etag=source.etag)
            sha256 = hashlib.sha256(body).hexdigest()
            md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
            vouched = len(body) == source.size and is_vouched(self.catalog.store, source, md5=md5, sha256=sha256)
        except UnusableError:
            raise
        except StoreError as error:
            return _Read(source, None, "", str(error))
        refusal = "" if vouched else "the bytes read are not those that S3 vouches for"
        return _Read(source, body, sha256, refusal)

    def _add(self, read: _Read, tar: TarGz, upload: Upload, index: IndexWriter, failures: dict[str, str]) -> None:
        source, reading = read.source, self.catalog.reading(read.source)
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
            raise _BadSourceError(str(error)) from error
        if not sound:
            failures[source.key] = "the bytes read are not those that S3 vouches for"
            raise _BadSourceError(source.key)


def _nowhere(operation: str, **arguments: Any) -> dict[str, Any]:
    """Answer as a store does that is like S3 and states no checksums, and keep nothing."""
    etag = hashlib.md5(arguments.get("Body", b""), usedforsecurity=False).hexdigest()
    return {"UploadId": operation, "ETag": f'"{etag}"'}
