"""Several cameras on one axis of time, whatever zones their clocks show, and whichever of them cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from cctv.clock import Zones
from cctv.errors import CctvError

from viewer.gallery import AT_ONCE, Gallery
from viewer.listing_cache import Seen
from viewer.shots import Day, Shot

MOST = 16
"""Cameras on one page: more are neither seen at a glance nor cheap to ask for."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One day from midnight to midnight in ``zone``; ``is_mixed`` where the cameras' clocks show several zones."""

    day: date
    zone: ZoneInfo
    is_mixed: bool

    @classmethod
    def of(cls, zones: Zones, cameras: Sequence[str], day: date) -> Axis:
        """Return the axis of the zone that all ``cameras`` share, else of the owner's."""
        shown = {zones.of(camera) for camera in cameras}
        return cls(day, shown.pop() if len(shown) == 1 else zones.default, len(shown) > 1)

    def at(self, shot: Shot) -> datetime:
        """Return when ``shot`` was captured, by the clock of the axis."""
        if not self.is_mixed:
            return shot.captured_at
        try:
            return shot.captured_at.astimezone(self.zone)
        except OverflowError:  # at the ends of the calendar
            return shot.captured_at

    def days(self, zone: ZoneInfo) -> list[date]:
        """Return the days of a clock in ``zone`` that lie on the axis."""
        if not self.is_mixed:
            return [self.day]
        try:
            ends = [datetime.combine(self.day, end, self.zone).astimezone(zone) for end in (time.min, time.max)]
        except OverflowError:
            return [self.day]
        return sorted({end.date() for end in ends})


@dataclass(frozen=True, slots=True)
class Row:
    """One camera on the axis: the days that it was read from, and those of their pictures that lie on the axis."""

    camera: str
    seen: tuple[Seen[Day], ...] = ()
    shots: tuple[Shot, ...] = ()
    error: CctvError | None = None


def load(gallery: Gallery, cameras: Sequence[str], axis: Axis) -> list[Row]:
    """Return a row of each camera; CctvError when none of them can be read."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda camera: _row(gallery, camera, axis), cameras))
    if rows and all(row.error for row in rows):
        raise next(row.error for row in rows if row.error)
    return rows


def _row(gallery: Gallery, camera: str, axis: Axis) -> Row:
    try:
        seen = tuple(gallery.day(camera, day) for day in axis.days(gallery.zones.of(camera)))
    except CctvError as error:
        return Row(camera, error=error)
    shots = tuple(shot for each in seen for shot in each.value.shots)
    if axis.is_mixed:
        shots = tuple(shot for shot in shots if axis.at(shot).date() == axis.day)
    return Row(camera, seen, shots)
