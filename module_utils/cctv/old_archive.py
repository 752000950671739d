"""Archives made by the old toolkit: one gzip stream per member, no end blocks, no index.

They are readable as they are; this reads through one once and writes down where each picture lies, after which
it is like any other.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .capture import read
from .catalog import Archive, Catalog
from .errors import CctvError
from .index import Entry, IndexWriter
from .proof import PIECE
from .store import Object, Seal, Store

_GZIP = 31


@dataclass(frozen=True, slots=True)
class Member:
    """One picture of an old archive: ``offset`` of its raw deflate data, ``length`` to the end of its stream."""

    name: str
    modified: datetime
    body: bytes
    offset: int
    length: int


def read_members(chunks: Iterator[bytes]) -> Iterator[Member]:
    """Yield the pictures of an archive of one gzip stream per member; CctvError for one that is not so, or damaged."""
    try:
        yield from _members(chunks)
    except (zlib.error, tarfile.TarError, IndexError, KeyError, OverflowError, ValueError) as error:
        raise CctvError(f"the archive is damaged ({error})") from error


def _members(chunks: Iterator[bytes]) -> Iterator[Member]:
    start, buffer = 0, b""
    while buffer := buffer or next(chunks, b""):
        inflate, raw, taken = zlib.decompressobj(_GZIP), bytearray(), 0
        piece = buffer
        while True:
            raw += inflate.decompress(piece)
            taken += len(piece) - len(inflate.unused_data)
            if inflate.eof:
                break
            piece = next(chunks, b"")
            if not piece:
                raise CctvError("the archive ends in the middle of a picture")
        header = _gzip_header_length(buffer)
        buffer = inflate.unused_data
        with tarfile.open(fileobj=io.BytesIO(bytes(raw) + bytes(2 * tarfile.BLOCKSIZE))) as tar:
            infos = [info for info in tar.getmembers() if info.isfile()]
            if len(infos) > 1:
                raise CctvError("the archive holds several pictures in one gzip stream: restore it whole")
            for info in infos:
                file = tar.extractfile(info)
                body = file.read() if file else b""
                modified = datetime.fromtimestamp(info.mtime, UTC)
                yield Member(info.name, modified, body, start + header, taken - header)
        start += taken


def _gzip_header_length(stream: bytes) -> int:
    """Return the length of a gzip header: ten bytes, and a name where the flag says so (RFC 1952)."""
    return 10 + (stream.index(b"\0", 10) - 9 if stream[3] & 8 else 0)


def pieces(store: Store, entry: Object) -> Iterator[bytes]:
    """Yield an object in pieces, each only if it is still the one listed."""
    for start in range(0, entry.size, PIECE):
        yield store.get(entry.key, etag=entry.etag, start=start, length=min(PIECE, entry.size - start))


def write_index(catalog: Catalog, archive: Archive) -> int:
    """Read through an ``archive`` without index and put one beside it; return how many pictures it holds."""
    held = archive.object
    if held is None:
        return 0
    whole, index = hashlib.sha256(), IndexWriter()

    def watched() -> Iterator[bytes]:
        for piece in pieces(catalog.store, held):
            whole.update(piece)
            yield piece

    for member in read_members(watched()):
        index.add(_entry(catalog, archive, member))
    seal = Seal(bytes=held.size, sha256=whole.hexdigest(), parts_sha256="", etag=held.etag)
    document = index.document(camera=archive.camera, day=archive.day, key=held.key, build="", seal=seal)
    key = catalog.layout.index_key(archive.camera, archive.day, archive.number)
    catalog.store.put(key, document, content_type="application/json")
    return index.count


def _entry(catalog: Catalog, archive: Archive, member: Member) -> Entry:
    path = f"{archive.day.isoformat()}/{member.name}"
    reading = read(path, arrived_at=member.modified, zone=catalog.zones.of(archive.camera))
    return Entry(
        name=member.name,
        captured_at=reading.captured_at.isoformat(),
        time_source=reading.time_source.value,
        event=reading.event,
        size=len(member.body),
        sha256=hashlib.sha256(member.body).hexdigest(),
        etag=hashlib.md5(member.body, usedforsecurity=False).hexdigest(),
        offset=member.offset,
        length=member.length,
    )
