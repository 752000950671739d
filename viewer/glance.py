"""One camera at a glance: its latest picture and how many there were, counted as the listing passes by.

Nothing of a listing is kept but numbers, so that sixty cameras of 5,000 pictures a day fit into the memory of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import islice

from cctv.layout import Location

from viewer.gallery import LIVE, SETTLED, Gallery, Level
from viewer.listing_cache import ListingCache
from viewer.pictures import is_image
from viewer.shots import Shot, from_objects

QUARTER = timedelta(minutes=15)
LOOKED_BACK = 3
"""Earlier days that are looked at for a picture where today and yesterday have none: empty files may be all of one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A day in numbers: its files, the latest picture, the newest of all, and how many in each quarter of an hour."""

    count: int
    latest: Shot | None
    newest: Shot | None
    quarters: Counter[datetime]


@dataclass(frozen=True, slots=True)
class Glance:
    """What the overview shows of a camera. ``latest_day`` is the last day that it has anything of.

    ``latest`` is a picture where there is one: a camera may send clips alone, and is not silent then (``newest_at``).
    """

    camera: str
    today: date
    latest: Shot | None
    newest_at: datetime | None
    latest_day: date | None
    count_today: int
    quarters: Counter[datetime]
    is_stale: bool


def tally(shots: Iterable[Shot]) -> Tally:
    """Count ``shots``, in whatever order they come."""
    count, quarters = 0, Counter[datetime]()
    latest: Shot | None = None
    newest: Shot | None = None
    for shot in shots:
        count += 1
        at = shot.captured_at
        if MINYEAR < at.year < MAXYEAR:  # the ends of the calendar may have no name in UTC
            quarters[at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0).astimezone(UTC)] += 1
        if shot.size and (newest is None or _order(shot) > _order(newest)):
            newest = shot
        if shot.size and is_image(shot.name) and (latest is None or _order(shot) > _order(latest)):
            latest = shot
    return Tally(count, latest, newest, quarters)


def look(gallery: Gallery, numbers: ListingCache, camera: str) -> Glance:
    """Look at ``camera``; ``numbers`` remembers the tallies of its days."""
    today = gallery.today(camera)
    level = gallery.level(camera)

    def of(day: date) -> Tally:
        live = day >= today
        seen = numbers.get(
            ("tally", camera, day),
            lambda: tally(_pass_by(gallery, camera, day, level.value, live=live)),
            lifetime=LIVE / 2 if live else SETTLED,
        )
        stale.append(seen.stale)
        return seen.value

    stale = [level.stale]
    recent = [today, today - timedelta(days=1)]
    days = [of(day) for day in recent]
    latest_day = None
    if not any(each.newest for each in days):
        others = _days(gallery, camera, level.value)
        latest_day = max(others, default=None)
        for day in islice(sorted(others.difference(recent), reverse=True), LOOKED_BACK):
            days.append(of(day))
            if days[-1].newest:
                break
    newest = next((each.newest for each in days if each.newest), None)
    latest = next((each.latest for each in days if each.latest), newest)
    return Glance(
        camera=camera,
        today=today,
        latest=latest,
        newest_at=newest.captured_at if newest else None,
        latest_day=latest.day if latest else latest_day,
        count_today=days[0].count,
        quarters=days[0].quarters + days[1].quarters,
        is_stale=any(stale),
    )


def _pass_by(gallery: Gallery, camera: str, day: date, level: Level, *, live: bool) -> Iterator[Shot]:
    """Yield the pictures of a day without remembering them; the job archives no day before it has ended."""
    catalog = gallery.catalog()
    if not live and any(archive.object for archive in catalog.archives(camera, day)):
        yield from gallery.day(camera, day).value.shots
        return
    yield from from_objects(catalog, (camera, day), Location.LOOSE, level.loose)
    if day in level.days:
        yield from from_objects(catalog, (camera, day), Location.SORTED, catalog.day(camera, day))


def _days(gallery: Gallery, camera: str, level: Level) -> set[date]:
    """Return the days that lie in a folder, loose or in an archive: a forgotten folder may be older than archives."""
    catalog = gallery.catalog()
    archives = gallery.archives(camera) if level.has_archives else []
    loose = (catalog.reading(entry).captured_at.date() for entry in level.loose)
    return {*level.days, *loose, *(archive.day for archive in archives if archive.object)}


def _order(shot: Shot) -> tuple[datetime, str]:
    return shot.captured_at, shot.name
