"""Writes the index of an archive that has none, such as the old toolkit's, or whose index is damaged."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from gzip import GzipFile

from .capture import read
from .catalog import Archive, Catalog
from .errors import DamagedError
from .index import BUILD, Entry, IndexWriter
from .proof import PIECE, pieces
from .scan import Member, read_members
from .store import Object, Seal


def write_index(catalog: Catalog, archive: Archive) -> int:
    """Read through an ``archive`` and put an index beside it; return how many pictures it holds."""
    if archive.object is None:
        return 0
    document, count = _index_of(catalog, archive, archive.object)
    key = catalog.layout.index_key(archive.camera, archive.day, archive.number)
    catalog.store.put(key, document, content_type="application/json", create_only=archive.index is None)
    return count


def index_sha256(catalog: Catalog, archive: Archive) -> str:
    """Read through an ``archive``, and return the SHA-256 of the index that ``write_index`` puts beside it."""
    if archive.object is None:
        return ""
    document, digest = _index_of(catalog, archive, archive.object)[0], hashlib.sha256()
    while piece := document.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _index_of(catalog: Catalog, archive: Archive, held: Object) -> tuple[GzipFile, int]:
    head, whole, index = catalog.store.head(held.key), hashlib.sha256(), IndexWriter()

    def watched() -> Iterator[bytes]:
        for piece in pieces(catalog.store, held):
            whole.update(piece)
            yield piece

    for member in read_members(watched()):
        index.add(_entry(catalog, archive, member))
    stated = head.sums.get("SHA256", "")
    if stated and "-" not in stated and base64.b64decode(stated) != whole.digest():
        raise DamagedError("the archive is damaged: its bytes are not those that S3 states")
    seal = Seal(held.size, whole.hexdigest(), parts_sha256=stated.partition("-")[0], etag=held.etag)
    build = head.metadata.get(BUILD, "")
    return index.document(camera=archive.camera, day=archive.day, key=held.key, build=build, seal=seal), index.count


def _entry(catalog: Catalog, archive: Archive, member: Member) -> Entry:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for piece in member.pieces():
        sha256.update(piece)
        md5.update(piece)
    length = member.length()
    if member.offset is None:
        raise DamagedError("its pictures cannot be read one by one, so an index is of no use: restore it without")
    path, zone = f"{archive.day.isoformat()}/{member.name}", catalog.zones.of(archive.camera)
    reading = read(path, arrived_at=member.modified, zone=zone, sorted_into=archive.day)
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
