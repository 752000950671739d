"""What the key of a picture tells: when it was captured, how we know, and of which event.

A believable time in the name wins, then one that needs the folders, then the day folder that sorting made,
then the arrival. Cameras write their wall clock and no zone, so the zone is the caller's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from .vendors import CONVENTIONS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from .vendors import Convention

EARLIEST_YEAR = 2005  # before that it is a clock that lost its battery, not a network camera
AHEAD = timedelta(minutes=5)  # a camera's clock may run this far ahead of the arrival

_BY_NAME = tuple(convention for convention in CONVENTIONS if not convention.needs_path)
_BY_PATH = tuple(convention for convention in CONVENTIONS if convention.needs_path)
_MARK = re.compile(r"~[0-9A-Za-z]{8}(?=(?:\.[0-9A-Za-z]{1,5})?\Z)", re.ASCII)  # what layout.distinct_name adds
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class TimeSource(StrEnum):
    """Where the captured-at comes from, the best first."""

    NAME = "name"
    PATH = "path"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a key tells about a picture."""

    captured_at: datetime  # aware, in the camera's zone
    time_source: TimeSource
    event: str  # upper-cased event word, "" when the name has none (an open set)
    vendor: str  # which entry of the table matched, "" when none
    raw_time: str  # the text that was (or was not) believed, "" when none
    clock_suspect: bool  # the key held a time that was rejected (reset clock, future)
    ambiguous: bool  # the local time occurs twice (end of summer time): the first was taken


def read(path: str, *, arrived_at: datetime, zone: ZoneInfo, sorted_into: date | None = None) -> Reading:
    """Read the key below the camera's folder of a picture that arrived at an (aware) time.

    Of one ``sorted_into`` a day, ``arrived_at`` may be when it was copied there: a time that sorting disbelieved,
    because it lay ahead of the arrival, must not become believable by that. None is later than the day, be it that
    of the zone or that of UTC, by which the old toolkit sorted.
    """
    found = _find(path, zone)
    if found is None:
        return _without_time(path, arrived_at, zone)
    convention, fields, moment = found
    word = fields.get("event") or ""
    event, raw_time = convention.words.get(word, word).upper(), fields["stamp"]
    if not _believable(moment, arrived_at) or (sorted_into and _earliest_day(moment) > sorted_into):
        return _without_time(path, arrived_at, zone, event=event, vendor=convention.vendor, rejected=raw_time)
    return Reading(
        captured_at=moment,
        time_source=TimeSource.PATH if convention.needs_path else TimeSource.NAME,
        event=event,
        vendor=convention.vendor,
        raw_time=raw_time,
        clock_suspect=False,
        ambiguous=_ambiguous(moment),
    )


def sorted_path(path: str, reading: Reading, *, keeps_folders: bool = False) -> str:
    """Return the key below the camera after sorting: the day captured, then what keeps the name unique.

    A name that holds its whole time is unique alone, or with ``keeps_folders`` where it is not. Otherwise the folders
    are part of the name and stay, but for the day itself, which moves to the front. Where other days are in the path
    too the day also stays where it is: moved away it would leave the nearest date to the time another one.
    """
    day = reading.captured_at.date().isoformat()
    folders, _, name = path.rpartition("/")
    if reading.time_source is TimeSource.NAME and not keeps_folders:
        return f"{day}/{name}"
    if path.startswith(f"{day}/"):
        return path
    segments = folders.split("/")
    if [segment for segment in segments if _ISO_DAY.fullmatch(segment)] == [day]:
        segments.remove(day)
        return "/".join([day, *segments, name])
    return f"{day}/{path}"


def _find(path: str, zone: ZoneInfo) -> tuple[Convention, dict[str, str], datetime] | None:
    """Return the first convention of the table whose text is a time that the calendar has."""
    path = _MARK.sub("", path)
    name = path.rpartition("/")[2]
    for conventions, text in ((_BY_NAME, name), (_BY_PATH, path)):
        for convention in conventions:
            match = convention.pattern.fullmatch(text)
            if match is None:
                continue
            fields = match.groupdict()
            moment = _moment(fields, zone)
            if moment is not None:
                return convention, fields, moment
    return None


def _moment(fields: dict[str, str], zone: ZoneInfo) -> datetime | None:
    """Return the wall-clock time in the zone, None when the calendar has no such day.

    A local time that occurs twice is the first; one that the clocks skipped is kept as written. Second 60
    becomes the last microsecond of its minute, so that it stays on its day.
    """
    year = int(fields["year"])
    if len(fields["year"]) == 2:
        year += 2000
    month, day = int(fields["month"]), int(fields["day"])
    hour, minute = int(fields.get("hour", 0)), int(fields.get("minute", 0))
    second, fraction = int(fields.get("second", 0)), fields.get("fraction")
    microsecond = int(fraction.ljust(6, "0")) if fraction else 0
    if second == 60:
        second, microsecond = 59, 999_999
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:
        return None


def _believable(moment: datetime, arrived_at: datetime) -> bool:
    return moment.year >= EARLIEST_YEAR and moment <= arrived_at + AHEAD


def _earliest_day(moment: datetime) -> date:
    return min(moment.date(), moment.astimezone(UTC).date())


def _ambiguous(moment: datetime) -> bool:
    again = moment.replace(fold=1)
    return moment.utcoffset() != again.utcoffset() and moment.timestamp() < again.timestamp()


def _without_time(
    path: str, arrived_at: datetime, zone: ZoneInfo, *, event: str = "", vendor: str = "", rejected: str = ""
) -> Reading:
    """Return the reading of a key without a believable time: by the day folder it lies in, or by arrival."""
    captured_at, time_source, raw_time = arrived_at.astimezone(zone), TimeSource.ARRIVAL, rejected
    midnight = _folder_day(path, zone)
    if midnight and midnight.date() != captured_at.date():
        raw_time = rejected or midnight.date().isoformat()
        if _believable(midnight, arrived_at):
            captured_at, time_source = midnight, TimeSource.PATH
        else:
            rejected = raw_time
    return Reading(
        captured_at=captured_at,
        time_source=time_source,
        event=event,
        vendor=vendor,
        raw_time=raw_time,
        clock_suspect=bool(rejected),
        ambiguous=False,
    )


def _folder_day(path: str, zone: ZoneInfo) -> datetime | None:
    """Return the beginning of the day that the first folder names."""
    first, slash, _ = path.partition("/")
    if not slash or not _ISO_DAY.fullmatch(first):
        return None
    try:
        return datetime.combine(date.fromisoformat(first), time(), zone)
    except ValueError:
        return None
