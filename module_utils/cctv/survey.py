"""One camera at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from .catalog import Catalog
from .store import Object


@dataclass(slots=True)
class Survey:
    """What a listing of a camera's top level and of its archives tells."""

    camera: str
    days: list[date] = field(default_factory=list)
    archived_days: list[date] = field(default_factory=list)
    loose: int = 0
    loose_bytes: int = 0
    archive_bytes: int = 0
    first: datetime | None = None
    last: datetime | None = None


def survey(catalog: Catalog, camera: str) -> Survey:
    """Count what ``camera`` has, without a look into its days: but for the first and the last, which date it."""
    found = Survey(camera)
    times: list[datetime] = []
    for entry in catalog.top_level(camera):
        if isinstance(entry, Object):
            found.loose += 1
            found.loose_bytes += entry.size
            times = _span([*times, catalog.reading(entry).captured_at])
        else:
            found.days.append(entry)
    found.days.sort()
    for archive in catalog.archives(camera):
        found.archive_bytes += archive.object.size if archive.object else 0
        if archive.object and archive.day not in found.archived_days[-1:]:
            found.archived_days.append(archive.day)
    for day in {*found.days[:1], *found.days[-1:]}:
        for picture in catalog.day(camera, day):
            times = _span([*times, catalog.reading(picture).captured_at])
    zone = catalog.zones.of(camera)
    ends = {*found.archived_days[:1], *found.archived_days[-1:]} - set(found.days)
    times = _span([*times, *(datetime(day.year, day.month, day.day, tzinfo=zone) for day in ends)])
    if times:
        found.first, found.last = times[0], times[-1]
    return found


def _span(times: list[datetime]) -> list[datetime]:
    return [min(times), max(times)] if times else []
