"""Restore: what must be asked of S3, what it costs, and when it can be read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from .quote import Quote, quote
from .selection import DayRule, name_filter
from .store import READABLE, Object
from .unarchived import Unarchived, loose_pictures, sorted_pictures

POLL_SECONDS = 30.0
INDEXES = 16
"""Indexes kept at hand."""


@dataclass(slots=True)
class Outcome:
    """What a restore did. Archives by state; ``restored`` where each picture is now; ``written`` which are new.

    In check mode nothing is restored, and ``written`` is what would be. ``matched`` counts the pictures meant.
    """

    requested: list[Archive] = field(default_factory=list)
    pending: list[Archive] = field(default_factory=list)
    ready: list[Archive] = field(default_factory=list)
    restored: list[dict[str, object]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    matched: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    quote: Quote = field(default_factory=Quote)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorer:
    """Restores pictures of a catalog. ``wait_seconds`` 0 does not wait for S3 at all."""

    catalog: Catalog
    days: DayRule
    names: Sequence[str]
    tier: str
    keep_days: int
    destination: Destination | None
    wait_seconds: float = 0.0
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
        chosen = [archive for camera in cameras for archive in self._archives(camera)]
        cold = self._sort_by_state(chosen, outcome)
        readable = [*outcome.pending, *outcome.ready]
        outcome.quote = quote(
            _objects(cold), _objects(readable), tier=self.tier, is_brought=self.destination is not None
        )
        if self.check_mode:
            outcome.requested = cold
            if self.destination:
                self._forecast(cameras, outcome)
            return outcome
        for archive in cold:
            self._request(archive, outcome)
        self._wait(outcome)
        if self.destination:
            for camera in cameras:
                self._bring(camera, outcome)
        return outcome

    def _archives(self, camera: str) -> list[Archive]:
        """Return the archives of the days meant: where only some names are, those that hold one of them."""
        archives = [archive for archive in self.catalog.archives(camera) if archive.object]
        meant = [archive for archive in archives if self._takes_day(camera, archive.day)]
        return (
            meant if "*" in self.names or not self.names else [archive for archive in meant if self._holds_any(archive)]
        )

    def _read_index(self, archive: Archive) -> Index | None:
        """Return the index of an archive; None, too, for one that is damaged: the archive is then read through."""
        try:
            return self.catalog.index(archive)
        except DamagedError:
            return None

    def _holds_any(self, archive: Archive) -> bool:
        return any(of_archive(archive, self._index(archive), self.takes))

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

    def _sort_by_state(self, archives: Sequence[Archive], outcome: Outcome) -> list[Archive]:
        """File each archive under ready or pending; return those that S3 must be asked for."""
        cold: list[Archive] = []
        for archive in archives:
            state = self._state(archive)
            (outcome.ready if state == "ready" else outcome.pending if state == "ongoing" else cold).append(archive)
        return cold

    def _state(self, archive: Archive) -> str | None:
        held = archive.object
        if held is None or held.storage_class in READABLE:
            return "ready"
        return self.catalog.store.head(held.key).restore

    def _request(self, archive: Archive, outcome: Outcome) -> None:
        held = archive.object
        if held is None:
            return
        with noted(outcome.failures, held.key):
            self.catalog.store.restore(held.key, tier=self.tier, days=self.keep_days)
            outcome.requested.append(archive)

    def _wait(self, outcome: Outcome) -> None:
        """Move what S3 has made readable from pending to ready; poll until all is, or the time is up."""
        waiting = [*outcome.pending, *outcome.requested]
        deadline = time.monotonic() + self.wait_seconds
        while waiting:
            done = [archive for archive in waiting if self._state(archive) == "ready"]
            outcome.ready += done
            waiting = [archive for archive in waiting if archive not in done]
            left = deadline - time.monotonic()
            if not waiting or left <= 0:
                break
            time.sleep(min(self.poll_seconds, left))
        outcome.pending = waiting

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
