"""Read pictures out of days and archives, each checked against its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from .catalog import Archive, Catalog
from .destination import Picture
from .errors import CctvError, noted
from .index import Entry, Index
from .parallel import ordered_map
from .proof import pieces
from .scan import read_members
from .tarball import read_member
from .unarchived import Unarchived

RUN = 8 * 1024 * 1024
"""Neighbours in an archive are read with one request up to this many bytes."""
READERS = 8


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
