"""Restore: what is asked of S3, at which price, and what is brought where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from itertools import chain

from .catalog import Archive, Catalog
from .destination import Destination, Picture
from .errors import CctvError, DamagedError, noted
from .extraction import from_archive, from_bucket
from .forecast import Outline, of_archive, of_bucket
from .index import Index
from .quote import Part, Quote, quote, sums
from .restore_outcome import Outcome
from .scan import EMPTY
from .selection import DayRule, name_filter
from .store import Object
from .thawing import Thaw
from .unarchived import Unarchived, loose_pictures, sorted_pictures

POLL_SECONDS = 30.0
INDEXES = 16
"""Indexes kept at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorer:
    """Restores pictures of a catalog. ``wait_seconds`` None does not wait for S3 at all."""

    catalog: Catalog
    days: DayRule
    names: Sequence[str]
    tier: str
    keep_days: int
    destination: Destination | None
    wait_seconds: float | None = None
    check_mode: bool = False
    poll_seconds: float = POLL_SECONDS
    takes: Callable[[str], bool] = field(init=False)
    _index: Callable[[Archive], Index | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "takes", name_filter(self.names))
        # What says which archives hold a name also says where in them: each index is read once.
        object.__setattr__(self, "_index", lru_cache(maxsize=INDEXES)(self._read_index))

    def restore(self, cameras: Sequence[str]) -> Outcome:
        """Ask for what is cold, wait if told to, and bring out what is readable."""
        outcome = Outcome()
        thaw = Thaw(
            store=self.catalog.store,
            tier=self.tier,
            keep_days=self.keep_days,
            wait_seconds=self.wait_seconds,
            poll_seconds=self.poll_seconds,
        )
        meant = {archive: read for camera in cameras for archive, read in self._archives(camera, outcome.failures)}
        cold = thaw.file(meant, outcome)
        outcome.quote = self._quote(cameras, meant, cold, outcome)
        if self.check_mode:
            outcome.requested = cold
            if self.destination:
                self._forecast(cameras, outcome)
            return outcome
        thaw.request(cold, outcome)
        thaw.wait(outcome)
        if self.destination:
            for camera in cameras:
                self._bring(camera, outcome)
        return outcome

    def _archives(self, camera: str, failures: dict[str, str]) -> list[tuple[Archive, int]]:
        """Return the archives of the days meant that hold a picture meant, with how much of each is read for them."""
        meant: list[tuple[Archive, int]] = []
        with noted(failures, self.catalog.layout.camera_folder(camera)):
            for archive in self.catalog.archives(camera):
                if (held := archive.object) and self._takes_day(camera, archive.day):
                    with noted(failures, held.key):
                        if not held.size:
                            raise DamagedError(EMPTY)
                        read = held.size if "*" in self.names else self._bytes_read(archive, held)
                        meant += [(archive, read)] if read else []
        return meant

    def _read_index(self, archive: Archive) -> Index | None:
        """Return the index of an archive; None, too, for one that is damaged: the archive is then read through."""
        try:
            return self.catalog.index(archive)
        except DamagedError:
            return None

    def _bytes_read(self, archive: Archive, held: Object) -> int:
        """Return how much of an archive is read for the pictures meant; nothing where it holds none of them."""
        index = self._index(archive)
        return sum(entry.length for entry in index.captures if self.takes(entry.name)) if index else held.size

    def _quote(
        self, cameras: Sequence[str], meant: Mapping[Archive, int], cold: Sequence[Archive], outcome: Outcome
    ) -> Quote:
        """Return the price of asking for ``cold``, and of what is brought of that and of all else."""
        asked, pending = _objects(cold), _objects(outcome.pending)
        if not self.destination:
            return quote(asked, tier=self.tier, pending=pending)
        readable = [*outcome.pending, *outcome.ready]
        brought = [Part(meant[archive], archive.object.storage_class) for archive in readable if archive.object]
        for camera in cameras:
            with noted(outcome.failures, self.catalog.layout.camera_folder(camera)):
                brought += sums(held.object for held in self._unarchived(camera))
        of_cold = sum(meant[archive] for archive in cold)
        return quote(asked, tier=self.tier, pending=pending, brought=brought, brought_of_cold=of_cold)

    def _unarchived(self, camera: str) -> Iterator[Unarchived]:
        """Yield what no archive holds, loose pictures of the days meant as well: a burglary is not yet sorted.

        What was brought to a prefix of this very bucket looks loose, too, and is not brought once more.
        """
        takes_day, bucket = partial(self._takes_day, camera), self.catalog.store.bucket
        loose = (
            held
            for held in loose_pictures(self.catalog, camera, takes_day)
            if not (self.destination and self.destination.holds(bucket, held.object.key))
        )
        for held in chain(sorted_pictures(self.catalog, camera, takes_day), loose):
            if self.takes(held.name):
                yield held

    def _takes_day(self, camera: str, day: date) -> bool:
        return self.days.takes(camera, day, today=self.catalog.zones.today(camera, self.catalog.now))

    def _bring(self, camera: str, outcome: Outcome) -> None:
        pictures = from_bucket(self.catalog, self._unarchived(camera), outcome.failures)
        self._write_all(self.catalog.layout.camera_folder(camera), pictures, outcome)
        for archive in outcome.ready:
            if archive.camera == camera and archive.object:
                key = archive.object.key
                self._write_all(key, self._pictures(archive, outcome), outcome)

    def _forecast(self, cameras: Sequence[str], outcome: Outcome) -> None:
        """Note what would be written of what is readable."""
        for camera in cameras:
            self._place(self.catalog.layout.camera_folder(camera), of_bucket(self._unarchived(camera)), outcome)
        for archive in outcome.ready:
            if archive.object:
                self._place(archive.object.key, self._outlines(archive), outcome)

    def _pictures(self, archive: Archive, outcome: Outcome) -> Iterator[Picture]:
        yield from from_archive(self.catalog, archive, self._index(archive), self.takes, outcome.failures)

    def _outlines(self, archive: Archive) -> Iterator[Outline]:
        yield from of_archive(archive, self._index(archive), self.takes)

    def _place(self, label: str, outlines: Iterable[Outline], outcome: Outcome) -> None:
        try:
            places = [self.destination.place(outline) for outline in outlines if self.destination]
        except CctvError as error:
            outcome.failures[label] = str(error)
        else:
            outcome.matched += len(places)
            outcome.written += [path for path, is_new in places if is_new]

    def _write_all(self, label: str, pictures: Iterable[Picture], outcome: Outcome) -> None:
        with noted(outcome.failures, label):
            for picture in pictures:
                with noted(outcome.failures, f"{label}: {picture.name}"):
                    self._write(picture, outcome)

    def _write(self, picture: Picture, outcome: Outcome) -> None:
        if self.destination is None:
            return
        if not outcome.restored:
            self.destination.open()
        path, is_new, sha256 = self.destination.write(picture)
        outcome.matched += 1
        outcome.written += [path] * is_new
        outcome.restored.append(
            {
                "camera": picture.camera,
                "date": picture.day.isoformat(),
                "name": picture.name,
                "path": path,
                "bytes": picture.size,
                "sha256": sha256,
            }
        )


def _objects(archives: Iterable[Archive]) -> list[Object]:
    return [archive.object for archive in archives if archive.object]
