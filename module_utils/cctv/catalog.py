"""What the bucket holds, read through the layout: cameras, their loose pictures, their days, their archives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, groupby

from .capture import EARLIEST_YEAR, Reading, read
from .clock import Zones
from .errors import DamagedError
from .index import Index, parse_index
from .layout import Layout, parse_archive_name, parse_day
from .scan import EMPTY
from .store import Object, Store

Judge = Callable[[list[str]], None]
NAMELESS = "ends in / and yet holds something, which no job can name: copy it to another key, then delete it"


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive of a day, by what lies below ``CAM/archive/``: each part may be missing.

    ``drafts`` are indexes of runs that were cut short before they could put theirs in place.
    """

    camera: str
    day: date
    number: int
    object: Object | None
    index: Object | None
    drafts: tuple[Object, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """Reads one bucket. Every method lists anew; nothing is cached and nothing is written."""

    store: Store
    layout: Layout
    zones: Zones
    now: datetime

    def cameras(self) -> list[str]:
        """Return the cameras' names, sorted: one LIST per 1,000 of them. What a restore brought is no camera."""
        prefix, names, marked = self.layout.prefix, list[str](), set[str]()
        for entry in self.store.list_level(prefix):
            if isinstance(entry, Object):
                marked.add(entry.key)
            elif entry != f"{prefix}/":
                names.append(entry[len(prefix) : -1])
        return sorted(
            name for name in names if self.layout.restored_key(name) not in marked or self.has_own_pictures(name)
        )

    def has_own_pictures(self, camera: str) -> bool:
        """Say whether pictures, days or archives lie directly below: no marker makes such a camera disappear."""
        folder = self.layout.camera_folder(camera)
        return any(
            isinstance(entry, Object)
            or entry == self.layout.archive_folder(camera)
            or parse_day(entry[len(folder) : -1]) is not None
            for entry in self.store.list_level(folder)
        )

    def reading(self, entry: Object) -> Reading:
        """Return what the key of ``entry`` says of the picture."""
        camera, path = self.layout.camera_of(entry.key), self.layout.path_of(entry.key)
        first, slash, _ = path.partition("/")
        day = self._day(camera, first) if slash else None
        return read(path, arrived_at=entry.modified, zone=self.zones.of(camera), sorted_into=day)

    def top_level(self, camera: str) -> Iterator[Object | date]:
        """Yield the loose pictures of ``camera``, those in a vendor's own folders included, and the days it has."""
        return (entry for entry in self.level(camera) if not isinstance(entry, str))

    def level(
        self, camera: str, *, nameless: bool = False, judge: Judge = lambda _: None
    ) -> Iterator[Object | date | str]:
        """Yield what ``top_level`` does, and the folder of archives where there is one.

        An object whose key ends in a slash is a folder's marker; ``nameless`` yields those that hold something.
        ``judge`` is told of a vendor's own folders before anything that lies beside or in them is yielded.
        """

        def is_meant(entry: Object) -> bool:
            return not entry.key.endswith("/") or (nameless and entry.size > 0)

        folder = self.layout.camera_folder(camera)
        inner: list[str] = []
        for entry in chain(self.store.list_level(folder), [None]):
            if inner and not isinstance(entry, str):  # a page of a listing names its folders first
                judge(inner)
                for place in inner:
                    yield from filter(is_meant, self.store.list_all(place))
                inner.clear()
            if isinstance(entry, Object):
                if is_meant(entry):
                    yield entry
            elif entry and (day := self._day(camera, entry[len(folder) : -1])):
                yield day
            elif entry == self.layout.archive_folder(camera):
                yield entry
            elif entry:
                inner.append(entry)

    def loose(self, camera: str, *, nameless: bool = False, judge: Judge = lambda _: None) -> Iterator[Object]:
        """Yield the pictures of ``camera`` outside its days and archives; ``judge`` as in ``level``."""
        level = self.level(camera, nameless=nameless, judge=judge)
        return (entry for entry in level if isinstance(entry, Object))

    def days(self, camera: str) -> list[date]:
        """Return the days that ``camera`` has a folder of, oldest first."""
        folder = self.layout.camera_folder(camera)
        level = (entry for entry in self.store.list_level(folder) if isinstance(entry, str))
        return sorted(day for entry in level if (day := self._day(camera, entry[len(folder) : -1])))

    def _day(self, camera: str, folder: str) -> date | None:
        """Return the day that a folder of ``camera`` is of.

        A day that no picture can be of is what a camera with a reset clock calls its own folder: no day was sorted
        into it, and its age says nothing of the pictures, which are loose.
        """
        day = parse_day(folder)
        if day is None or day.year < EARLIEST_YEAR:
            return None
        return day if day <= self.zones.today(camera, self.now) + timedelta(days=1) else None

    def day(self, camera: str, day: date) -> Iterator[Object]:
        """Yield the pictures sorted into one day."""
        folder = self.layout.day_folder(camera, day)
        return (entry for entry in self.store.list_all(folder) if not entry.key.endswith("/"))

    def span(self, camera: str, days: Collection[date]) -> Iterator[Object]:
        """Yield what lies in the folders of ``days``, folder markers too: one LIST per 1,000, however many days."""
        if not days:
            return
        first, last = (self.layout.day_folder(camera, day) for day in (min(days), max(days)))
        folder = self.layout.camera_folder(camera)
        for entry in self.store.list_all(folder, start_after=first[:-1]):
            if entry.key > last and not entry.key.startswith(last):
                return
            if "/" in (rest := entry.key[len(folder) :]) and parse_day(rest.partition("/")[0]) in days:
                yield entry

    def archives(self, camera: str, day: date | None = None) -> list[Archive]:
        """Return the archives of ``camera``, of one day or of all, oldest first and supplements after."""
        folder = self.layout.archive_folder(camera)
        entries = self.store.list_all(folder + (day.isoformat() if day else ""))
        named = [(name, entry) for entry in entries if (name := parse_archive_name(entry.key[len(folder) :]))]
        named.sort(key=lambda pair: (pair[0].day, pair[0].number))
        archives = []
        for (its_day, number), group in groupby(named, key=lambda pair: (pair[0].day, pair[0].number)):
            parts = list(group)
            archive = next((entry for name, entry in parts if not name.is_index), None)
            index = next((entry for name, entry in parts if name.is_index and not name.build), None)
            drafts = tuple(entry for name, entry in parts if name.build)
            archives.append(Archive(camera, its_day, number, archive, index, drafts))
        return archives

    def index(self, archive: Archive) -> Index | None:
        """Return the index of ``archive``, if it has one; DamagedError when it cannot be read as one."""
        if archive.index is None:
            return None
        return parse_index(self.store.get(archive.index.key), name=archive.index.key)

    def proven_index(self, archive: Archive, held: Object) -> Index:
        """Return the index that says all of what an archive holds; DamagedError for one that does not say so of it."""
        if not held.size:
            raise DamagedError(EMPTY)
        anew = "captures_archive.yml -e cctv_index_only=true writes one"
        try:
            index = self.index(archive)
        except DamagedError as error:
            raise DamagedError(f"{error} {anew}.") from error
        if index is None:
            raise DamagedError(f"its index is missing: what it holds is not known; {anew}.")
        doubt = f"see who changed one of them; once the index is deleted, {anew} of what is there."
        if not (index.is_of(archive.camera, archive.day, held.key) and index.fits(self.store.head(held.key))):
            raise DamagedError(f"its index is of another archive, {index.key} of {index.seal.bytes} bytes: {doubt}")
        if not index.is_complete():
            raise DamagedError(f"its index does not name all that is in it: {doubt}")
        return index
