"""Read pictures out of days and archives, piece by piece where they are large."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from .catalog import Archive, Catalog
from .destination import LARGE, Picture
from .errors import noted
from .index import Entry, Index
from .member import member_pieces
from .parallel import ordered_map
from .proof import pieces
from .scan import read_members
from .unarchived import Unarchived

READERS = 8


def from_bucket(catalog: Catalog, wanted: Iterable[Unarchived], failures: dict[str, str]) -> Iterator[Picture]:
    """Yield the pictures that are in no archive; what cannot be read goes to ``failures``."""

    def load(held: Unarchived) -> list[Picture]:
        with noted(failures, held.object.key):
            size = held.object.size
            if size > LARGE:
                return [Picture(held.camera, held.day, held.name, size, pieces(catalog.store, held.object), "")]
            body = catalog.store.get(held.object.key, etag=held.object.etag)
            sha256 = hashlib.sha256(body).hexdigest()
            return [Picture(held.camera, held.day, held.name, size, [body], sha256)]
        return []

    for found in ordered_map(
        load, wanted, threads=READERS, budget=4 * LARGE, weight=lambda held: _weight(held.object.size)
    ):
        yield from found


def from_archive(
    catalog: Catalog, archive: Archive, index: Index | None, takes: Callable[[str], bool], failures: dict[str, str]
) -> Iterator[Picture]:
    """Yield the pictures of a readable archive: one range request for one picture, few for neighbours.

    An archive without index is read through. Its bytes are proven by the SHA-256 of the index as they are written.
    """
    held = archive.object
    if held is None:
        return
    if index is None:
        for member in read_members(pieces(catalog.store, held)):
            if takes(member.name):
                yield Picture(archive.camera, archive.day, member.name, member.size, member.pieces(), "")
        return
    wanted = [entry for entry in index.captures if takes(entry.name)]

    def load(run: Sequence[Entry]) -> list[Picture]:
        start, end = run[0].offset, run[-1].offset + run[-1].length
        pictures: list[Picture] = []
        with noted(failures, held.key):
            if end - start > LARGE and len(run) == 1:
                streamed = catalog.store.stream(held.key, etag=held.etag, start=start, length=end - start)
                return [_picture(archive, run[0], streamed)]
            block = catalog.store.view(held.key, start=start, length=end - start)
            for entry in run:
                with noted(failures, f"{held.key}: {entry.name}"):
                    piece = block[entry.offset - start :][: entry.length]
                    pictures.append(_picture(archive, entry, [piece]))
        return pictures

    runs = ordered_map(
        load,
        _runs(wanted),
        threads=READERS,
        budget=4 * LARGE,
        weight=lambda run: _weight(sum(entry.length for entry in run)),
    )
    for run in runs:
        yield from run


def _runs(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Group entries that lie side by side, each group up to LARGE bytes."""
    run: list[Entry] = []
    for entry in entries:
        if run and (
            entry.offset != run[-1].offset + run[-1].length or entry.offset + entry.length - run[0].offset > LARGE
        ):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _weight(size: int) -> int:
    """Return the bytes that something in flight holds: what is large is read as it is written."""
    return 1 + (size if size <= LARGE else 0)


def _picture(archive: Archive, entry: Entry, packed: Iterable[bytes | memoryview]) -> Picture:
    pieces = member_pieces(packed, entry.size)
    return Picture(archive.camera, archive.day, entry.name, entry.size, pieces, entry.sha256)
