"""An archive together with the index that fits it: what a link of the chain is of, and what removes pictures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .archive_reader import is_readable, read_archive
from .catalog import Archive, Catalog
from .chain import Archived, Chain
from .errors import CctvError
from .index import Entry, Index, parse_index
from .store import Object

Mark = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """An archive and the index that fits it, with the SHA-256 of the index as it is stored."""

    archive: Archive
    held: Object
    key: str
    index: Index
    sha256: str

    def archived(self) -> Archived:
        """Return what a link says of the archive."""
        return Archived(self.held.key, self.index.seal.bytes, self.index.seal.sha256, len(self.index.captures))


def read_manifest(catalog: Catalog, archive: Archive) -> Manifest | None:
    """Return an archive's index if both are there and belong together; CctvError when the index is damaged."""
    if archive.index is None or archive.object is None:
        return None
    return as_manifest(catalog, archive, archive.object, catalog.store.get(archive.index.key))


def as_manifest(catalog: Catalog, archive: Archive, held: Object, document: bytes) -> Manifest | None:
    """Return what the ``document`` of an index says, if it fits the archive; CctvError when it is damaged."""
    key = catalog.layout.index_key(archive.camera, archive.day, archive.number)
    index = parse_index(document, name=key)
    if not index.fits(catalog.store.head(held.key)):
        return None
    return Manifest(archive, held, key, index, hashlib.sha256(document).hexdigest())


def require_whole(catalog: Catalog, manifest: Manifest) -> None:
    """Read an archive to its end; CctvError when it is not to the byte what its index says, or cannot be read now."""
    held = manifest.held
    if not is_readable(catalog.store, held):
        raise CctvError(f"{held.key} is in {held.storage_class}, and what gets a link is read first: restore it.")
    reading = read_archive(catalog.store, held, manifest.index)
    if reading.differences or reading.sha256 != manifest.index.seal.sha256:
        raise CctvError(f"{held.key} is not what its index says, and gets no link: see who put it there.")


def link_manifest(chain: Chain, manifest: Manifest) -> list[str]:
    """Append the link of an archive that was proven; return its keys."""
    archive = manifest.archive
    return chain.append(
        archive.camera, archive.day, archive=manifest.archived(), index=manifest.key, index_sha256=manifest.sha256
    )


def mark_of(name: str, entry: Object | Entry) -> Mark:
    """Return what a picture and its line in an index must have in common."""
    return name, entry.size, entry.etag
