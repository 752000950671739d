"""Writes one archive and its index: nothing believed that S3 does not confirm, nothing written over."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .catalog import Catalog
from .errors import CctvError, StoreError
from .index import BUILD, IndexWriter, is_written_as
from .packing import BadSourceError, Packer
from .store import Object, Seal, Upload

CONFLICTS = {"PreconditionFailed", "ConditionalRequestConflict"}


class RivalError(CctvError):
    """Somebody else archived this day at the same time, and was first."""


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
            except BadSourceError:
                continue

    def _attempt(self, key: str, build: str, sources: Iterable[Object], failures: dict[str, str]) -> Written:
        store, layout, index = self.catalog.store, self.catalog.layout, IndexWriter()
        with store.upload(
            key, storage_class=self.storage_class, tags="archived=yes", metadata={BUILD: build}
        ) as upload:
            Packer(self.catalog, self.camera, self.day).pack(sources, upload, index, failures)
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
