"""Bring pictures out of days and archives to a folder or an S3 prefix, each checked against its SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from .catalog import Archive, Catalog
from .errors import CctvError, StoreError, noted
from .forecast import Outline
from .index import Entry, Index
from .layout import distinct_name
from .members import read_members
from .parallel import ordered_map
from .reindexing import pieces
from .store import Store
from .tarball import read_member
from .unarchived import Unarchived

RUN = 8 * 1024 * 1024
"""Neighbours in an archive are read with one request up to this many bytes."""
READERS = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with its bytes, proven against the index's SHA-256 where there is one."""

    camera: str
    day: date
    name: str
    body: bytes
    sha256: str


class Destination(Protocol):
    """Where pictures are brought."""

    def write(self, picture: Picture) -> tuple[str, bool]:
        """Put ``picture`` there; return where it is now and whether that is new."""
        ...

    def check(self) -> None:
        """CctvError when nothing can be written there."""
        ...

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return where a picture would be, and whether that is new."""
        ...

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object is one that was brought here."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A local folder: ``FOLDER/CAM/DATE/name``, each file complete or absent."""

    root: Path

    def write(self, picture: Picture) -> tuple[str, bool]:
        """Write one file; one of the same name with other bytes stays, and this one gets a distinct name."""
        inner = "/".join(_harmless(part) for part in picture.name.split("/"))
        place = self.root / _harmless(picture.camera) / picture.day.isoformat()
        path = place / inner
        if path.exists() and _digest(path, "sha256") != picture.sha256:
            path = place / distinct_name(inner, picture.sha256)
        if path.exists():
            return str(path), False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.part"[-255:])
            unfinished.write_bytes(picture.body)
            os.replace(unfinished, path)
        except OSError as error:
            raise CctvError(f"{path} cannot be written ({error.strerror}): free space or choose another.") from error
        return str(path), True

    def check(self) -> None:
        """CctvError when the folder is none, or cannot be made or written."""
        above = next(place for place in (self.root.absolute(), *self.root.absolute().parents) if place.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise CctvError(f"destination: {above} is no folder that can be written: choose another.")

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return the file that would be written, and whether it is not there yet with these bytes."""
        path = self.root / _harmless(outline.camera) / outline.day.isoformat()
        path = path.joinpath(*(_harmless(part) for part in outline.name.split("/") if outline.name))
        if not outline.name or not path.is_file():
            return str(path), not path.exists()
        if outline.sha256:
            return str(path), _digest(path, "sha256") != outline.sha256
        same = path.stat().st_size == outline.size and ("-" in outline.etag or _digest(path, "md5") == outline.etag)
        return str(path), not same

    def holds(self, _bucket: str, _key: str, /) -> bool:
        """No object is a file."""
        return False


@dataclass(frozen=True, slots=True)
class Prefix:
    """An S3 prefix: ``PREFIX/CAM/DATE/name``."""

    store: Store
    prefix: str

    def write(self, picture: Picture) -> tuple[str, bool]:
        """Write one object create-only; one of the same name with other bytes stays."""
        key = f"{self.prefix}{picture.camera}/{picture.day.isoformat()}/{picture.name}"
        for candidate in (key, distinct_name(key, picture.sha256)):
            try:
                is_new = self.store.put(candidate, picture.body, content_type="image/jpeg")
            except StoreError as error:
                if error.code != "PreconditionFailed":
                    raise
            else:
                return f"s3://{self.store.bucket}/{candidate}", is_new
        raise CctvError(f"{key} holds other pictures already: choose another destination.")

    def check(self) -> None:
        """StoreError when the bucket does not exist or may not be listed."""
        next(self.store.list_level(self.prefix), None)

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return the object that would be written, and whether it is not there yet."""
        key = f"{self.prefix}{outline.camera}/{outline.day.isoformat()}/{outline.name}"
        address = f"s3://{self.store.bucket}/{key}"
        if not outline.name:
            return address, next(self.store.list_level(key), None) is None
        return address, key not in self.store.look_up([key])

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object lies below the prefix."""
        return bucket == self.store.bucket and key.startswith(self.prefix)


def from_bucket(catalog: Catalog, wanted: Iterable[Unarchived], failures: dict[str, str]) -> Iterator[Picture]:
    """Yield the pictures that are in no archive; what cannot be read goes to ``failures``."""

    def load(held: Unarchived) -> list[Picture]:
        with noted(failures, held.object.key):
            body = catalog.store.get(held.object.key, etag=held.object.etag)
            return [Picture(held.camera, held.day, held.name, body, hashlib.sha256(body).hexdigest())]
        return []

    for found in ordered_map(load, wanted, threads=READERS, budget=4 * RUN, weight=lambda held: held.object.size + 1):
        yield from found


def from_archive(
    catalog: Catalog, archive: Archive, index: Index | None, takes: Callable[[str], bool], failures: dict[str, str]
) -> Iterator[Picture]:
    """Yield the pictures of a readable archive: one range request for one picture, few for neighbours.

    An archive without index is read through. Pictures whose bytes are not those of the index go to ``failures``.
    """
    held = archive.object
    if held is None:
        return
    if index is None:
        for member in read_members(pieces(catalog.store, held)):
            if takes(member.name.rpartition("/")[2]):
                body = b"".join(member.pieces())
                yield Picture(archive.camera, archive.day, member.name, body, hashlib.sha256(body).hexdigest())
        return
    wanted = [entry for entry in index.captures if takes(entry.name.rpartition("/")[2])]

    def load(run: Sequence[Entry]) -> list[Picture]:
        start, end = run[0].offset, run[-1].offset + run[-1].length
        pictures: list[Picture] = []
        with noted(failures, held.key):
            block = catalog.store.view(held.key, start=start, length=end - start)
            for entry in run:
                with noted(failures, f"{held.key}: {entry.name}"):
                    pictures.append(_picture(archive, entry, block[entry.offset - start :][: entry.length]))
        return pictures

    runs = ordered_map(
        load, _runs(wanted), threads=READERS, budget=4 * RUN, weight=lambda run: sum(entry.size for entry in run) + 1
    )
    for run in runs:
        yield from run


def _runs(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Group entries that lie side by side, each group up to RUN bytes."""
    run: list[Entry] = []
    for entry in entries:
        if run and (entry.offset != run[-1].offset + run[-1].length or entry.offset - run[0].offset >= RUN):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _picture(archive: Archive, entry: Entry, piece: memoryview) -> Picture:
    body = read_member(piece)
    if hashlib.sha256(body).hexdigest() != entry.sha256:
        raise CctvError(f"{entry.name} of {archive.camera} is damaged: its SHA-256 is not that of the index.")
    return Picture(archive.camera, archive.day, entry.name, body, entry.sha256)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _harmless(segment: str) -> str:
    """Return one path segment that cannot leave its folder."""
    return "_" if segment in ("", ".", "..") else segment.replace("\0", "_")
