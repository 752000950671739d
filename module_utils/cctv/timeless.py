"""When a sorted picture came whose name and folders hold no time. Pure.

S3 dates what lies in a day's folder by when it was put there. For the forwarder that is the arrival, more or less, and
it writes the arrival down; for a sort it is when the sort was. Where nothing is written the day is all that is known.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from .capture import Reading, TimeSource

ARRIVED_AT = "arrived-at"
"""The metadata entry with the arrival, as the forwarder writes it."""


def settled(reading: Reading, day: date, *, written: str) -> Reading:
    """Return what is known of a picture of the ``day`` beside which that arrival is ``written``, if any."""
    if reading.time_source is not TimeSource.ARRIVAL:
        return reading
    zone = reading.captured_at.tzinfo
    try:
        arrived = datetime.fromisoformat(written)
        if arrived.tzinfo and arrived.astimezone(zone).date() == day:
            return replace(reading, captured_at=arrived.astimezone(zone))
    except (ValueError, OverflowError):
        pass
    midnight = datetime.combine(day, time(), zone)
    raw_time = reading.raw_time or day.isoformat()
    return replace(reading, captured_at=midnight, time_source=TimeSource.PATH, raw_time=raw_time)
