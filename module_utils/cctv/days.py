"""The days that a job is about: chosen by date, range, pattern or age, the oldest first."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .catalog import Catalog
from .errors import CctvError, noted
from .quota import CameraDay
from .selection import DayRule, parse_date
from .share import EVERYTHING, Share
from .unarchived import loose_pictures


@dataclass(frozen=True, slots=True)
class Chosen:
    """(camera, day) pairs by what the day has, the oldest first. A day may be in both. ``failures``: by camera."""

    sorted: list[CameraDay]
    archived: list[CameraDay]
    failures: dict[str, str] = field(default_factory=dict)


def day_rule(
    *, date: str = "", first: str = "", last: str = "", pattern: str = "", older_than_days: int | None = None
) -> DayRule:
    """Return the rule that the options mean; CctvError for none, a date that is none or a range that is empty."""
    if older_than_days is None and not (date or first or last or pattern):
        raise CctvError("Say which days are meant: give a date, for example.")
    if date and (first or last):
        raise CctvError("Give either date or a range of from and to.")
    one = parse_date(date) if date else None
    begin = one or (parse_date(first, option="from") if first else None)
    end = one or (parse_date(last, option="to") if last else None)
    if begin and end and begin > end:
        raise CctvError(f"from {begin} is after to {end}: swap them.")
    if older_than_days is not None and older_than_days < 0:
        raise CctvError(f"older_than_days: {older_than_days} lies in the future: give 0 or more.")
    return DayRule(first=begin, last=end, pattern=pattern, older_than_days=older_than_days)


def days_asked(params: Mapping[str, Any]) -> DayRule:
    """Return the rule of a module's ``date``, ``from`` and ``to``, where none of them means every day."""
    asked = {"date": params["date"], "first": params["from"], "last": params["to"]}
    return day_rule(**asked) if any(asked.values()) else DayRule()


def chosen_days(
    catalog: Catalog, cameras: Sequence[str], rule: DayRule, share: Share = EVERYTHING, *, or_loose: bool = False
) -> Chosen:
    """Return the days of ``cameras`` that ``rule`` takes, as far as they are in the ``share``.

    Raises CctvError when a date or pattern takes no day at all, archived ones included, nor a loose picture
    where those are meant, too.
    """
    chosen, there = Chosen([], []), set[datetime.date]()
    for camera in cameras:
        today = catalog.zones.today(camera, catalog.now)
        with noted(chosen.failures, catalog.layout.camera_folder(camera)):
            archived = dict.fromkeys(archive.day for archive in catalog.archives(camera) if archive.object)
            for days, taken in ((catalog.days(camera), chosen.sorted), (archived, chosen.archived)):
                there.update(days)
                taken.extend((camera, day) for day in days if rule.takes(camera, day, today=today))
    nothing = asked(rule) and cameras and not (chosen.sorted or chosen.archived or chosen.failures)
    if nothing and not (or_loose and any(_has_loose(catalog, camera, rule) for camera in cameras)):
        raise CctvError(no_such_day(cameras, rule, there))
    for pairs in (chosen.sorted, chosen.archived):
        pairs[:] = sorted((pair for pair in pairs if share.takes(*pair)), key=lambda pair: (pair[1], pair[0]))
    return chosen


def _has_loose(catalog: Catalog, camera: str, rule: DayRule) -> bool:
    today = catalog.zones.today(camera, catalog.now)
    return any(loose_pictures(catalog, camera, lambda day: rule.takes(camera, day, today=today)))


def asked(rule: DayRule) -> str:
    """Return the days that ``rule`` names, as a sentence does; empty when it names none."""
    return " to ".join(dict.fromkeys(str(day) for day in (rule.first, rule.last) if day)) or rule.pattern


def no_such_day(cameras: Sequence[str], rule: DayRule, there: Collection[datetime.date]) -> str:
    """Return the sentence for days that are not there, with those that are."""
    hint = (
        f"the first day there is {min(there)}, the last {max(there)}" if there else "no day is sorted or archived yet"
    )
    return f"No day of {', '.join(cameras[:5])} matches {asked(rule)}: {hint}."
