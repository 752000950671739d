"""The bucket as the pages see it: cameras, their days, the pictures of a day, each behind the cache.

A day costs one LIST per 1,000 pictures and one more: today that one looks for loose pictures, before today for
archives. Loose pictures of earlier days (late arrivals, until the next sort) come from the last look at the camera.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from operator import attrgetter

from cctv.catalog import Archive, Catalog
from cctv.clock import Zones
from cctv.errors import DamagedError
from cctv.layout import Layout, Location
from cctv.store import Object, Store

from viewer.listing_cache import ListingCache, Seen
from viewer.shots import Day, Shot, from_index, from_objects

CAPACITY = 250_000
"""Pictures whose names are kept in memory, some 100 MB of them."""
LIVE = 20.0
SETTLED = 300.0
"""Seconds for which a listing of today, and one of the past, is believed."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Level:
    """What lies directly below a camera: the days that have a folder, oldest first, and the loose pictures."""

    days: tuple[date, ...]
    loose: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Reads one bucket, many threads at once."""

    store: Store
    layout: Layout
    zones: Zones
    cache: ListingCache

    def catalog(self) -> Catalog:
        """Return the catalog as of now."""
        return Catalog(self.store, self.layout, self.zones, datetime.now(UTC))

    def today(self, camera: str) -> date:
        """Return the day it is at ``camera``."""
        return self.zones.today(camera, datetime.now(UTC))

    def cameras(self) -> list[str]:
        """Return the cameras' names, sorted."""
        return self.cache.get("cameras", lambda: self.catalog().cameras(), lifetime=LIVE * 3, weigh=len).value

    def level(self, camera: str) -> Seen[Level]:
        """Return the camera's days and loose pictures."""
        return self.cache.get(
            ("level", camera),
            lambda: self._level(camera),
            lifetime=LIVE,
            weigh=lambda level: 1 + len(level.loose),
        )

    def archives(self, camera: str) -> list[Archive]:
        """Return all archives of ``camera``."""
        return self.cache.get(
            ("archives", camera), lambda: self.catalog().archives(camera), lifetime=SETTLED, weigh=len
        ).value

    def day(self, camera: str, day: date) -> Seen[Day]:
        """Return the pictures of one day."""
        live = day >= self.today(camera)
        return self.cache.get(
            ("day", camera, day),
            lambda: self._load(camera, day, live=live),
            lifetime=LIVE if live else SETTLED,
            weigh=lambda found: 1 + len(found.shots),
        )

    def days(self, cameras: list[str], day: date) -> list[Seen[Day]]:
        """Return one day of several cameras, asked for at once."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda camera: self.day(camera, day), cameras))

    def forget(self, camera: str, day: date) -> None:
        """Look again the next time: the bucket was seen to have changed."""
        self.cache.forget(("day", camera, day))
        self.cache.forget(("level", camera))

    def _level(self, camera: str) -> Level:
        entries = list(self.catalog().top_level(camera))
        loose = tuple(entry for entry in entries if isinstance(entry, Object))
        return Level(tuple(sorted(entry for entry in entries if isinstance(entry, date))), loose)

    def _load(self, camera: str, day: date, *, live: bool) -> Day:
        catalog = self.catalog()
        seen = self.level(camera) if live else self.cache.peek(("level", camera))
        shots: list[Shot] = []
        if seen:
            shots += from_objects(catalog, camera, day, Location.LOOSE, seen.value.loose)
        # That the camera has no folder of this day is believed for a while.
        believed = seen.value.days if seen and time.time() - seen.at < SETTLED else (day,)
        if day in believed:
            shots += from_objects(catalog, camera, day, Location.SORTED, catalog.day(camera, day))
        archives: list[Archive] = []
        notes: list[str] = []
        if not live or not shots:  # a job does not archive the day it is
            archives = [archive for archive in catalog.archives(camera, day) if archive.object]
        for archive in archives:
            shots += self._contents(archive, notes)
        shots.sort(key=attrgetter("captured_at", "name"))
        return Day(camera, day, tuple(_each_once(shots)), tuple(archives), tuple(notes))

    def _contents(self, archive: Archive, notes: list[str]) -> Iterator[Shot]:
        try:
            index = self.catalog().index(archive)
        except DamagedError:
            notes.append("The index of an archive of this day is damaged: its pictures are not shown.")
            return iter(())
        if index is None:
            notes.append("An archive of this day has no index yet: playbooks/captures_archive.yml writes one.")
            return iter(())
        return from_index(index, archive, self.zones.of(archive.camera))


def _each_once(shots: list[Shot]) -> Iterator[Shot]:
    """Drop a sorted picture that is in an archive too: archiving was cut short before the source went."""
    archived = {(shot.name, shot.size, shot.etag) for shot in shots if shot.is_archived}
    if not archived:
        return iter(shots)
    return chain(shot for shot in shots if shot.is_archived or (shot.name, shot.size, shot.etag) not in archived)
