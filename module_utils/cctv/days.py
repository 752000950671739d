"""The days that a job is about: chosen by date, range, pattern or age, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - `date` is the option's name

from .catalog import Catalog
from .errors import CctvError
from .selection import DayRule, parse_date
from .share import EVERYTHING, Share


@dataclass(frozen=True, slots=True)
class Chosen:
    """(camera, day) pairs by what the day has, the oldest first. A day may be in both."""

    sorted: list[tuple[str, Date]]
    archived: list[tuple[str, Date]]


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


def chosen_days(catalog: Catalog, cameras: Sequence[str], rule: DayRule, share: Share = EVERYTHING) -> Chosen:
    """Return the days of ``cameras`` that ``rule`` takes, as far as they are in the ``share``.

    Raises CctvError when a date or pattern takes no day at all, archived ones included.
    """
    chosen = Chosen([], [])
    for camera in cameras:
        today = catalog.zones.today(camera, catalog.now)
        chosen.sorted.extend((camera, day) for day in catalog.days(camera) if rule.takes(camera, day, today=today))
        archived = dict.fromkeys(archive.day for archive in catalog.archives(camera) if archive.object)
        chosen.archived.extend((camera, day) for day in archived if rule.takes(camera, day, today=today))
    asked = " to ".join(dict.fromkeys(str(day) for day in (rule.first, rule.last) if day)) or rule.pattern
    if asked and cameras and not chosen.sorted and not chosen.archived:
        raise CctvError(
            f"No day of {', '.join(cameras[:5])} matches {asked}: list them with playbooks/captures_list.yml."
        )
    for pairs in (chosen.sorted, chosen.archived):
        pairs[:] = sorted((pair for pair in pairs if share.takes(*pair)), key=lambda pair: (pair[1], pair[0]))
    return chosen
