"""What a restore would bring, by listings and indexes alone: check mode reads no picture and pays for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .catalog import Archive
from .index import Index
from .unarchived import Unarchived


@dataclass(frozen=True, slots=True)
class Outline:
    """A picture that is known but not read. ``sha256`` and ``etag`` are empty where nobody states them.

    An archive without index is one outline without a name: all that it may hold.
    """

    camera: str
    day: date
    name: str
    size: int = 0
    etag: str = ""
    sha256: str = ""


def of_bucket(wanted: Iterable[Unarchived]) -> Iterator[Outline]:
    """Yield the pictures that are in no archive."""
    for held in wanted:
        yield Outline(held.camera, held.day, held.name, held.object.size, held.object.etag)


def of_archive(archive: Archive, index: Index | None, takes: Callable[[str], bool]) -> Iterator[Outline]:
    """Yield the pictures that the ``index`` of ``archive`` names."""
    if index is None:
        yield Outline(archive.camera, archive.day, "")
        return
    for entry in index.captures:
        if takes(entry.name):
            yield Outline(archive.camera, archive.day, entry.name, entry.size, entry.etag, entry.sha256)
