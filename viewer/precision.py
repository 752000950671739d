"""How exactly the time of a picture is known: of some, name and folders say only the day or the hour. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cctv.capture import Reading, TimeSource, read
from cctv.index import Entry
from cctv.vendors import CONVENTIONS

_WITHOUT_MINUTE = {each.vendor for each in CONVENTIONS if "minute" not in each.pattern.groupindex}
_LATER_THAN_ALL = datetime(9999, 12, 30, tzinfo=UTC)


class Precision(StrEnum):
    """What is known of a time; one that is not exact is the beginning of its hour or day."""

    EXACT = ""
    HOUR = "hour"
    DAY = "day"

    @property
    def span(self) -> timedelta:
        """How much later than its beginning the picture may have been taken."""
        return _SPANS[self]


_SPANS = {
    Precision.EXACT: timedelta(),
    Precision.HOUR: timedelta(hours=1) - timedelta.resolution,
    Precision.DAY: timedelta(days=1) - timedelta.resolution,
}


def of_reading(reading: Reading) -> Precision:
    """Return how exactly a key tells the time."""
    if reading.time_source is not TimeSource.PATH:
        return Precision.EXACT
    if not reading.vendor or reading.clock_suspect:  # the day's folder alone
        return Precision.DAY
    return Precision.HOUR if reading.vendor in _WITHOUT_MINUTE else Precision.EXACT


def of_entry(entry: Entry, at: datetime, day: date, zone: ZoneInfo) -> Precision:
    """Return how exactly the time ``at`` of an archived picture of ``day`` is known, which its index does not say."""
    if entry.time_source != TimeSource.PATH or at.minute or at.second or at.microsecond:
        return Precision.EXACT
    again = read(f"{day}/{entry.name}", arrived_at=_LATER_THAN_ALL, zone=zone, sorted_into=day)
    return of_reading(again) if again.captured_at == at else Precision.DAY
