"""Writes the index and the link of archives that have none, such as the old toolkit's, or whose index is damaged."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from .archive_outcome import Outcome
from .capture import read
from .catalog import Archive, Catalog
from .chain import Chain
from .errors import CctvError, DamagedError, noted
from .index import BUILD, Entry, IndexWriter, parse_index
from .leftovers import Leftovers
from .manifest import Manifest, as_manifest, link_manifest, require_whole
from .proof import pieces
from .scan import Member, read_members
from .store import Object, Seal
from .timeless import settled


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Gives each archive what it lacks. Check mode reads the same and puts nothing."""

    catalog: Catalog
    chain: Chain | None = None
    check_mode: bool = False

    def index(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Write what the archives of ``days`` lack; one that fails does not stop the others."""
        outcome = Outcome()
        for archive in (found for camera, day in days for found in self.catalog.archives(camera, day)):
            # One with a draft and no index is that of a run which was cut: the next one finishes it.
            if (held := archive.object) and (archive.index or not archive.drafts):
                with noted(outcome.failures, held.key):
                    document = self._readable(archive) or self._put(archive, held, outcome)
                    if self.chain:
                        self._link(self.chain, as_manifest(self.catalog, archive, held, document), archive, outcome)
        return outcome

    def _readable(self, archive: Archive) -> bytes:
        """Return the index if it can be read; one that contradicts its archive stays, for either may be false."""
        document = self.catalog.store.get(archive.index.key) if archive.index else b""
        try:
            parse_index(document, name=archive.camera)
        except DamagedError:
            return b""
        return document

    def _put(self, archive: Archive, held: Object, outcome: Outcome) -> bytes:
        document = build_index(self.catalog, archive, held)
        key = self.catalog.layout.index_key(archive.camera, archive.day, archive.number)
        if not self.check_mode:
            is_free = archive.index is None
            self.catalog.store.put(key, document, content_type="application/json", create_only=is_free)
        outcome.gone += [key] if archive.index else []
        outcome.put.append(key)
        outcome.finished += 1
        return document

    def _link(self, links: Chain, manifest: Manifest | None, archive: Archive, outcome: Outcome) -> None:
        """Give an archive its link because the owner asks for it, once it was read and is what its index says."""
        outcome.links += links.open(archive.camera, Leftovers(self.catalog).is_whole_link)
        if manifest is None or links.knows(archive.camera, manifest.key, manifest.sha256):
            return
        if not links.knows_archive(archive.camera, manifest.key, manifest.index.seal.sha256):
            require_whole(self.catalog, manifest)
        elif archive.object and manifest.sha256 != _sha256_of_index(self.catalog, archive, archive.object):
            raise CctvError(
                f"{manifest.key} is neither the one that the chain names nor what its archive gives. Bring the one"
                " that was there back (captures_undelete.yml), or remove it and run this again."
            )
        outcome.links += link_manifest(links, manifest)


def build_index(catalog: Catalog, archive: Archive, held: Object) -> bytes:
    """Read through an ``archive`` and return the index of what it holds."""
    head, whole, index = catalog.store.head(held.key), hashlib.sha256(), IndexWriter()

    def watched() -> Iterator[bytes]:
        for piece in pieces(catalog.store, held):
            whole.update(piece)
            yield piece

    build = head.metadata.get(BUILD, "")
    for member in read_members(watched()):
        index.add(_entry(catalog, archive, member, is_ours=bool(build)))
    stated = head.sums.get("SHA256", "")
    if stated and "-" not in stated and base64.b64decode(stated) != whole.digest():
        raise DamagedError("the archive is damaged: its bytes are not those that S3 states")
    seal = Seal(held.size, whole.hexdigest(), parts_sha256=stated.partition("-")[0], etag=held.etag)
    return index.document(camera=archive.camera, day=archive.day, key=held.key, build=build, seal=seal).read()


def _sha256_of_index(catalog: Catalog, archive: Archive, held: Object) -> str:
    return hashlib.sha256(build_index(catalog, archive, held)).hexdigest()


def _entry(catalog: Catalog, archive: Archive, member: Member, *, is_ours: bool) -> Entry:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for piece in member.pieces():
        sha256.update(piece)
        md5.update(piece)
    length = member.length()
    if member.offset is None:
        raise DamagedError("its pictures cannot be read one by one, so an index is of no use: restore it without")
    path, zone = f"{archive.day.isoformat()}/{member.name}", catalog.zones.of(archive.camera)
    reading = read(path, arrived_at=member.modified, zone=zone, sorted_into=archive.day)
    # Ours are dated by the capture, and by midnight where only the day was known.
    is_known = is_ours and reading.captured_at.time() != time()
    reading = settled(reading, archive.day, written=member.modified.isoformat() if is_known else "")
    return Entry(
        name=member.name,
        captured_at=reading.captured_at.isoformat(),
        time_source=reading.time_source.value,
        event=reading.event,
        size=member.size,
        sha256=sha256.hexdigest(),
        etag=md5.hexdigest(),
        offset=member.offset,
        length=length,
    )
