"""A chain of hashes for each camera: one link for each archive, with its hash, that of its index and of the last link.

An index names every picture of its day with size, SHA-256, time of capture and of arrival; its link makes it the day's
manifest. Links are numbered and create-only: of two runs that append at once, one is refused and takes the next number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from .catalog import Archive, Catalog
from .errors import CctvError, StoreError
from .index import parse_index

FORMAT = "cctv-chain/1"
SIGNATURE = ".minisig"
TYPE = "application/json"

STAMP = ".tsr"

Sign = Callable[[bytes], bytes]
Stamp = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One archive's place in its camera's chain. ``previous``: SHA-256 of the link before, empty for the first."""

    camera: str
    number: int
    date: date
    archive: str
    archive_bytes: int
    archive_sha256: str
    index: str
    index_sha256: str
    captures: int
    previous: str
    written_at: str

    def document(self) -> bytes:
        """Return what is stored, and hashed: JSON with sorted keys."""
        fields = {"format": FORMAT, **asdict(self), "date": self.date.isoformat()}
        return json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def parse_link(document: bytes, *, name: str) -> Link:
    """Read a link; CctvError when it is damaged."""
    try:
        fields: dict[str, Any] = json.loads(document)
        if fields.pop("format") != FORMAT:
            raise ValueError("of another format")
        link = Link(**fields | {"date": date.fromisoformat(fields["date"])})
        texts = (link.camera, link.archive, link.archive_sha256, link.index, link.index_sha256, link.previous)
        numbers = (link.number, link.archive_bytes, link.captures)
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(number, int) for number in numbers):
            raise ValueError("a field is of the wrong kind")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CctvError(f"{name} is damaged ({error}).") from error
    return link


@dataclass(frozen=True, slots=True)
class Chain:
    """Appends to the chains of a catalog's cameras; ``sign`` signs each link, ``stamp`` gets it a time stamp."""

    catalog: Catalog
    sign: Sign | None = None
    stamp: Stamp | None = None
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def append(self, camera: str, day: date, *, archive: Archived, index: str, index_sha256: str) -> None:
        """Append the link of an archive that is in place, index and all."""
        store, layout = self.catalog.store, self.catalog.layout
        while True:
            number, previous = self._head(camera)
            link = Link(
                camera=camera,
                number=number + 1,
                date=day,
                archive=archive.key,
                archive_bytes=archive.bytes,
                archive_sha256=archive.sha256,
                index=index,
                index_sha256=index_sha256,
                captures=archive.captures,
                previous=previous,
                written_at=self.catalog.now.isoformat(),
            )
            document, key = link.document(), layout.link_key(camera, link.number)
            try:
                store.put(key, document, content_type=TYPE)
            except StoreError as error:
                if error.code not in ("PreconditionFailed", "ConditionalRequestConflict"):
                    raise
                continue  # somebody else's link has this number
            if self.sign:
                store.put(key + SIGNATURE, self.sign(document), content_type="text/plain")
            if self.stamp:
                store.put(key + STAMP, self.stamp(document), content_type="application/timestamp-reply")
            return

    def cover(self, archive: Archive) -> None:
        """Append the link of an archive if a run was cut short before it could."""
        if archive.object is None or archive.index is None or archive.index.key in self._covered(archive.camera):
            return
        document = self.catalog.store.get(archive.index.key)
        index = parse_index(document, name=archive.index.key)
        held = Archived(archive.object.key, index.seal.bytes, index.seal.sha256, len(index.captures))
        digest = hashlib.sha256(document).hexdigest()
        self.append(archive.camera, archive.day, archive=held, index=archive.index.key, index_sha256=digest)

    def _head(self, camera: str) -> tuple[int, str]:
        """Return the number of the last link and its hash."""
        last = max((key for key, _ in link_keys(self.catalog, camera)), default="")
        if not last:
            return 0, ""
        document = self.catalog.store.get(last)
        return parse_link(document, name=last).number, hashlib.sha256(document).hexdigest()

    def _covered(self, camera: str) -> frozenset[str]:
        """Return the indexes that have a link: read once for each camera where archives may have none."""
        if camera not in self._known:
            links = link_keys(self.catalog, camera)
            known = frozenset(parse_link(self.catalog.store.get(key), name=key).index for key, _ in links)
            self._known[camera] = known
        return self._known[camera]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a link says of its archive."""

    key: str
    bytes: int
    sha256: str
    captures: int


def link_keys(catalog: Catalog, camera: str) -> Iterator[tuple[str, int]]:
    """Yield the keys of a camera's links with their numbers, the first one first."""
    folder = catalog.layout.chain_folder(camera)
    for entry in catalog.store.list_all(folder):
        name = entry.key[len(folder) :]
        if name.endswith(".json") and name[:-5].isdecimal():
            yield entry.key, int(name[:-5])
