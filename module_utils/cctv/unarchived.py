"""The pictures of a camera that are in no archive: those in the folders of their days, and those still loose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from .capture import Reading, sorted_path
from .catalog import Catalog
from .store import Object

TakesDay = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Unarchived:
    """One picture. ``name`` is that within its day, whether it lies there already or not."""

    camera: str
    day: date
    name: str
    object: Object


def sorted_pictures(catalog: Catalog, camera: str, takes: TakesDay) -> Iterator[Unarchived]:
    """Yield the pictures in the folders of the days that are taken."""
    for day in filter(takes, catalog.days(camera)):
        folder = catalog.layout.day_folder(camera, day)
        yield from (Unarchived(camera, day, entry.key[len(folder) :], entry) for entry in catalog.day(camera, day))


def loose_pictures(catalog: Catalog, camera: str, takes: TakesDay) -> Iterator[Unarchived]:
    """Yield the loose pictures captured on those days; an empty one may still be written."""
    for entry in catalog.loose(camera):
        day, name = loose_name(catalog, entry, catalog.reading(entry))
        if entry.size and takes(day):
            yield Unarchived(camera, day, name, entry)


def loose_name(catalog: Catalog, entry: Object, reading: Reading) -> tuple[date, str]:
    """Return the day of a loose picture, and the name that it gets within that day."""
    day = reading.captured_at.date()
    return day, sorted_path(catalog.layout.path_of(entry.key), reading).removeprefix(f"{day.isoformat()}/")
