"""The bucket as the pages see it: cameras, their days, the pictures of a day, each behind the cache.

A day is what lies loose, sorted and archived of it. It costs one LIST per 1,000 pictures, one for its archives where
the camera has any, and the look at the camera's top level, which all its days share for some minutes. No LIST can be
spared: the level is looked at before the day, the archives after it, and S3 lists the two folders apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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
AT_ONCE = 8
"""Requests that one page has under way."""
LIVE = 20.0
SETTLED = 300.0
"""Seconds for which a listing of today, and one of the past, is believed."""
NO_INDEX = "An archive of this day has no index yet: playbooks/captures_archive.yml -e cctv_index_only=true writes one."
CUT_SHORT = "The archiving of this day was cut short: playbooks/captures_archive.yml ends it."
DAMAGED_INDEX = (
    "The index of an archive of this day is damaged, its pictures are not shown:"
    " playbooks/captures_archive.yml -e cctv_index_only=true writes it anew."
)
LOST_ARCHIVE = "An index of this day is there without its archive: playbooks/captures_undelete.yml may bring it back."
STALE_LEVEL = "S3 did not say what is not sorted yet: pictures that came just now may be missing."


@dataclass(frozen=True, slots=True)
class Level:
    """What lies directly below a camera: the days that have a folder, oldest first, loose pictures, any archives."""

    days: tuple[date, ...]
    loose: tuple[Object, ...]
    has_archives: bool


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

    def level(self, camera: str, *, after: float | None = None) -> Seen[Level]:
        """Return the camera's days and loose pictures; with ``after``, as they were at some later time."""
        return self.cache.get(
            ("level", camera),
            lambda: self._level(camera),
            lifetime=LIVE,
            weigh=lambda level: 1 + len(level.loose),
            after=after,
        )

    def archives(self, camera: str) -> list[Archive]:
        """Return all archives of ``camera``."""
        return self.cache.get(
            ("archives", camera), lambda: self.catalog().archives(camera), lifetime=SETTLED, weigh=len
        ).value

    def day(self, camera: str, day: date, *, after: float | None = None) -> Seen[Day]:
        """Return the pictures of one day; with ``after``, as they were at some later time."""
        live = day >= self.today(camera)
        return self.cache.get(
            ("day", camera, day),
            lambda: self._load(camera, day, live=live, after=after),
            lifetime=LIVE if live else SETTLED,
            weigh=lambda found: 1 + len(found.shots),
            after=after,
        )

    def forget(self, camera: str, day: date) -> None:
        """Look again the next time: the bucket was seen to have changed."""
        self.cache.forget(("day", camera, day))
        self.cache.forget(("level", camera))

    def _level(self, camera: str) -> Level:
        entries = list(self.catalog().level(camera))
        loose = tuple(entry for entry in entries if isinstance(entry, Object))
        days = tuple(sorted(entry for entry in entries if isinstance(entry, date)))
        return Level(days, loose, has_archives=any(isinstance(entry, str) for entry in entries))

    def _load(self, camera: str, day: date, *, live: bool, after: float | None) -> Day:
        """Look where pictures come from before where they go to, so that none slips by while a job moves it."""
        catalog, now = self.catalog(), time.time()
        known = self.level(camera, after=after if live or after else now - SETTLED)
        # That the camera has no folder of this day is believed for a moment, that it has no archive at all only now.
        has_folder = known.at < now - LIVE or day in known.value.days
        has_archives = known.at < now or known.value.has_archives
        shots: list[Shot] = []
        archives: list[Archive] = []
        notes = [STALE_LEVEL] if known.stale else []
        if has_folder:
            shots += from_objects(catalog, (camera, day), Location.SORTED, catalog.day(camera, day))
        # A job does not archive the day it is; an export (``after``) takes nobody's word for it.
        if has_archives and not (live and after is None and shots):
            archives = catalog.archives(camera, day)
        for archive in archives:
            shots += self._contents(archive, notes)
        shots = list(_each_once(shots))
        sorted_too = {shot.identity for shot in shots} if known.value.loose else set()
        shots += from_objects(catalog, (camera, day), Location.LOOSE, known.value.loose, known=sorted_too)
        shots.sort(key=attrgetter("captured_at", "name"))
        held = tuple(archive for archive in archives if archive.object)
        return Day(camera, day, tuple(shots), held, tuple(notes))

    def _contents(self, archive: Archive, notes: list[str]) -> Iterator[Shot]:
        if archive.object is None:
            if archive.index:
                notes.append(LOST_ARCHIVE)
            return iter(())
        try:
            index = self.catalog().index(archive)
        except DamagedError:
            notes.append(DAMAGED_INDEX)
            return iter(())
        if index is None:
            notes.append(CUT_SHORT if archive.drafts else NO_INDEX)
            return iter(())
        return from_index(index, archive, self.zones.of(archive.camera))


def _each_once(shots: list[Shot]) -> Iterator[Shot]:
    """Drop a sorted picture that is in an archive too: archiving was cut short before the source went."""
    archived = {shot.identity for shot in shots if shot.is_archived}
    if not archived:
        return iter(shots)
    return chain(shot for shot in shots if shot.is_archived or shot.identity not in archived)
