"""What the names of pictures that just came say of their cameras' clocks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .capture import EARLIEST_YEAR, Reading, TimeSource
from .wording import amount

LONG_PAST = timedelta(days=180)
"""A picture that is by its name so much older than its arrival may come of a clock that was reset."""


@dataclass(slots=True)
class Doubts:
    """Pictures by camera: ``suspect`` by names that were not believed, ``long_past`` by names that were."""

    suspect: Counter[str] = field(default_factory=Counter)
    long_past: Counter[str] = field(default_factory=Counter)

    def note(self, camera: str, reading: Reading, arrived_at: datetime) -> None:
        """Count one picture."""
        self.suspect[camera] += reading.clock_suspect
        self.long_past[camera] += is_long_past(reading, arrived_at)

    def add(self, part: Doubts) -> None:
        """Take the counts of a part of the work into those of the whole."""
        self.suspect += part.suspect
        self.long_past += part.long_past

    def sentences(self) -> Iterator[str]:
        """Yield one sentence for each camera and kind, however many its pictures."""
        for camera, count in sorted(self.suspect.items()):
            if count:
                yield (
                    f"{camera}: the times in the names of {amount(count, 'picture')} lie after the arrival, or before"
                    f" {EARLIEST_YEAR}, and were not believed: check cctv_timezone and the camera's clock."
                )
        for camera, count in sorted(self.long_past.items()):
            if count:
                yield f"{camera}: {amount(count, 'picture')} {told_of_long_past(count)}"


def is_long_past(reading: Reading, arrived_at: datetime) -> bool:
    """Say whether a picture's own time is believed, and so long before its arrival that somebody should look."""
    return reading.time_source is not TimeSource.ARRIVAL and arrived_at - reading.captured_at > LONG_PAST


def told_of_long_past(count: int) -> str:
    """Return what to know of so many pictures."""
    which = "is by its name" if count == 1 else "are by their names"
    return (
        f"{which} more than {LONG_PAST.days} days older than the arrival, and purge goes by the names:"
        " unless it is a backlog, set the camera's clock, and copy to safety what purge must not delete."
    )
