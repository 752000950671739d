"""A picture and a day of pictures, wherever they lie: loose, sorted or in an archive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cctv.capture import TimeSource, sorted_path
from cctv.catalog import Archive, Catalog
from cctv.index import Index
from cctv.layout import Location
from cctv.store import Object

from viewer import precision
from viewer.precision import Precision

Identity = tuple[str, int, str]
"""Name below the day, size and ETag: two of a day that agree in these are one picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where in an archive a picture lies, and the SHA-256 that it was proven with."""

    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. ``place`` is ``loose``, ``sorted`` or the archive's number; ``name`` its key below that place.

    ``storage_class`` is that of the object, of the archive where it lies in one.
    """

    camera: str
    day: date
    place: str
    name: str
    captured_at: datetime
    time_source: str
    event: str
    size: int
    etag: str
    clock_suspect: bool = False
    part: Part | None = None
    storage_class: str = "STANDARD"
    precision: Precision = Precision.EXACT

    @property
    def is_ambiguous(self) -> bool:
        """Say whether its local time came twice, at the end of summer time: then it may be an hour later."""
        again = self.captured_at.replace(fold=1)
        if self.time_source == TimeSource.ARRIVAL or self.captured_at.utcoffset() == again.utcoffset():
            return False
        return self.captured_at.timestamp() < again.timestamp()

    @property
    def is_archived(self) -> bool:
        """Say whether the picture lies in an archive."""
        return self.part is not None

    @property
    def identity(self) -> Identity:
        """What tells it from others of its day, once it is sorted."""
        return self.name, self.size, self.etag


@dataclass(frozen=True, slots=True)
class Day:
    """The pictures of one camera on one day, by time of capture, and the archives that hold some of them."""

    camera: str
    day: date
    shots: tuple[Shot, ...]
    archives: tuple[Archive, ...] = ()
    notes: tuple[str, ...] = ()

    def find(self, place: str, name: str) -> Shot | None:
        """Return the picture of that name in that place."""
        return next((shot for shot in self.shots if shot.name == name and shot.place == place), None)

    def moved(self, name: str) -> Shot | None:
        """Return the picture that was ``name`` in another place: the only one of that name, or else file name."""
        file_name = name.rpartition("/")[2]
        for same in (
            [shot for shot in self.shots if shot.name == name],
            [shot for shot in self.shots if shot.name.rpartition("/")[2] == file_name],
        ):
            if same:
                return same[0] if len(same) == 1 else None
        return None

    def archive_of(self, shot: Shot) -> Archive | None:
        """Return the archive that holds ``shot``."""
        return next((archive for archive in self.archives if str(archive.number) == shot.place), None)

    def select(self, takes: Callable[[Shot], bool]) -> list[Shot]:
        """Return the pictures that ``takes`` takes."""
        return [shot for shot in self.shots if takes(shot)]


def from_objects(
    catalog: Catalog,
    about: tuple[str, date],
    place: Location,
    entries: Iterable[Object],
    *,
    known: Collection[Identity] = frozenset(),
) -> Iterator[Shot]:
    """Yield what lies loose or sorted, without the loose ones of other days and those ``known`` under the day."""
    camera, day = about
    folder = catalog.layout.camera_folder(camera)
    if place is Location.SORTED:
        folder = catalog.layout.day_folder(camera, day)
    for entry in entries:
        reading = catalog.reading(entry)
        if place is Location.LOOSE:
            if reading.captured_at.date() != day:
                continue
            its_name = sorted_path(catalog.layout.path_of(entry.key), reading).partition("/")[2]
            if (its_name, entry.size, entry.etag) in known:
                continue
        yield Shot(
            camera=camera,
            day=day,
            place=place.value,
            name=entry.key[len(folder) :],
            captured_at=reading.captured_at,
            time_source=reading.time_source.value,
            event=sys.intern(reading.event),
            size=entry.size,
            etag=entry.etag,
            clock_suspect=reading.clock_suspect,
            storage_class=entry.storage_class,
            precision=precision.of_reading(reading),
        )


def from_index(index: Index, archive: Archive, zone: ZoneInfo) -> Iterator[Shot]:
    """Yield the pictures that the index of ``archive`` names, their times in the camera's ``zone``."""
    place = str(archive.number)
    for entry in index.captures:
        at = datetime.fromisoformat(entry.captured_at).astimezone(zone)
        yield Shot(
            camera=archive.camera,
            day=archive.day,
            place=place,
            name=entry.name,
            captured_at=at,
            time_source=sys.intern(entry.time_source),
            event=sys.intern(entry.event),
            size=entry.size,
            etag=entry.etag,
            part=Part(entry.offset, entry.length, entry.sha256),
            storage_class=archive.object.storage_class if archive.object else "STANDARD",
            precision=precision.of_entry(entry, at, archive.day, zone),
        )
