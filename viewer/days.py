"""Which days have pictures, and which of them come before and after one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from cctv.catalog import Archive
from cctv.errors import CctvError

from viewer.gallery import AT_ONCE, Gallery, Level

Around = tuple[date | None, date | None]


def days_of(gallery: Gallery, camera: str) -> dict[date, str]:
    """Return the days that ``camera`` has pictures of, each with where they lie."""
    return _days(gallery, gallery.level(camera).value, gallery.archives(camera))


def ask_around(gallery: Gallery, cameras: Sequence[str], day: date) -> Around:
    """Return the nearest days before and after that have pictures, as far as S3 says."""

    def ask(camera: str) -> Collection[date]:
        try:
            return days_of(gallery, camera)
        except CctvError:
            return ()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return _around({each for days in pool.map(ask, cameras) for each in days}, day)


def guess_around(gallery: Gallery, cameras: Sequence[str], day: date) -> Around:
    """Return the same without asking S3: today is among them, and what is not known is as the calendar has it."""
    last = max((gallery.today(camera) for camera in cameras), default=day)
    days = {last}
    for camera in cameras:
        level, archives = gallery.cache.peek(("level", camera)), gallery.cache.peek(("archives", camera))
        if level is None or archives is None:
            days |= {_shifted(day, -1), min(_shifted(day, 1), last)}
            break
        days |= _days(gallery, level.value, archives.value).keys()
    return _around(days, day)


def _days(gallery: Gallery, level: Level, archives: Sequence[Archive]) -> dict[date, str]:
    catalog = gallery.catalog()
    days = {archive.day: "archived" for archive in archives if archive.object}
    days |= dict.fromkeys(level.days, "sorted")
    for entry in level.loose:
        days.setdefault(catalog.reading(entry).captured_at.date(), "loose")
    return days


def _around(days: Collection[date], day: date) -> Around:
    before, after = (each for each in days if each < day), (each for each in days if each > day)
    return max(before, default=None), min(after, default=None)


def _shifted(day: date, by: int) -> date:
    try:
        return day + timedelta(days=by)
    except OverflowError:  # at the ends of the calendar
        return day
