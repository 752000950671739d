"""A span of time of some cameras as evidence: what there is, what cannot be had, and what nobody can tell."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cctv.errors import StoreError
from cctv.parallel import ordered_map
from cctv.store import READABLE

from viewer import pictures
from viewer.gallery import AT_ONCE, LIVE, Gallery
from viewer.listing_cache import Seen
from viewer.shots import Day, Shot

MOST_DAYS = 31
MOST_ASKED = 1_000
"""Cold pictures of which S3 is asked, one by one, whether they are restored."""
NEIGHBOUR_UNKNOWN = "S3 did not say whether pictures of the day beside it lie in its folder."
MOST_PICTURES = 50_000
"""Pictures of one export: what is known of each stays in memory until the zip's end."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first minute to the last, by the cameras' wall clocks; the last minute belongs to it."""

    first: datetime
    last: datetime

    @classmethod
    def parse(cls, first: str, last: str) -> Span | str | None:
        """Return the span of a form's two fields, a sentence on what is wrong, or None when both are empty."""
        if not first and not last:
            return None
        try:
            moments = [datetime.fromisoformat(text).replace(tzinfo=None, second=0) for text in (first, last)]
        except ValueError:
            return "Give both times, as a date and a time."
        span = cls(*moments)
        if span.first > span.last:
            return "The span ends before it begins: swap the two times."
        if span.last - span.first > timedelta(days=MOST_DAYS):
            return f"That is more than {MOST_DAYS} days: export them in parts."
        if not 2000 <= span.first.year <= span.last.year <= datetime.now(UTC).year + 1:
            return "There cannot be pictures of that year."
        return span

    def takes(self, moment: datetime, within: timedelta = timedelta()) -> bool:
        """Say whether ``moment``, or one up to ``within`` later, lies in the span."""
        begin = moment.replace(tzinfo=None)
        return self.first <= begin + within and begin < self.last + timedelta(minutes=1)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the zip will hold, what lies in cold storage and will be named only, and what is not known at all."""

    span: Span
    cameras: tuple[str, ...]
    shots: tuple[Shot, ...]
    cold: tuple[Shot, ...]
    gaps: tuple[str, ...] = ()
    unasked: int = 0
    """Cold pictures of which it was not asked whether they are restored: too many."""

    @property
    def bytes(self) -> int:
        """Bytes of the pictures."""
        return sum(shot.size for shot in self.shots)


def plan(gallery: Gallery, cameras: Sequence[str], span: Span, *, afresh: bool = False) -> Plan | str:
    """Look up what there is, ``afresh`` or as it is remembered; a sentence where it is too much for one zip."""
    shots: list[Shot] = []
    cold: list[Shot] = []
    gaps: list[str] = []
    asked = unasked = 0
    for seen in _days(gallery, cameras, span, after=time.time() - LIVE if afresh else None):
        day = seen.value
        taken = day.select(lambda shot: span.takes(shot.captured_at, shot.precision.span))
        doubtful = [shot for shot in taken if not shot.part and shot.storage_class not in READABLE]
        asked += len(doubtful)
        if asked <= MOST_ASKED:
            with ThreadPoolExecutor(AT_ONCE) as pool:  # each costs a request; what it says is remembered
                list(pool.map(lambda shot: pictures.is_open(gallery, shot), doubtful))
        else:  # a preview calls them cold; of a zip, the reading says it
            unasked += len(doubtful)
            (shots if afresh else cold).extend(doubtful)
            taken = [shot for shot in taken if shot.part or shot.storage_class in READABLE]
        for shot in taken:
            (shots if pictures.is_readable(gallery, day, shot) else cold).append(shot)
        gaps += [f"{day.camera} {day.day}: {note}" for note in day.notes]
        if seen.stale:
            gaps.append(
                f"{day.camera} {day.day}: S3 did not answer; this is what it held at"
                f" {datetime.fromtimestamp(seen.at, UTC):%Y-%m-%d %H:%M:%S} UTC."
            )
        if (count := len(shots) + len(cold)) > MOST_PICTURES:
            return (
                f"One zip holds up to {MOST_PICTURES:,} pictures, and by {day.day} there are {count:,}:"
                " export a shorter time, or fewer cameras at once."
            )
    for some in (shots, cold):
        some.sort(key=lambda shot: (shot.camera, shot.captured_at, shot.name))
    return Plan(span, tuple(cameras), tuple(shots), tuple(cold), tuple(gaps), unasked)


def _days(gallery: Gallery, cameras: Sequence[str], span: Span, *, after: float | None) -> Iterator[Seen[Day]]:
    """Yield each day of each camera, a few ahead: never all of a fleet's days in memory.

    One more on either side: a picture of before midnight may lie in the next day's folder.
    """
    first, last = span.first.date() - timedelta(days=1), span.last.date() + timedelta(days=1)
    wanted = ((camera, first + timedelta(days=n)) for n in range((last - first).days + 1) for camera in cameras)

    def look(each: tuple[str, date]) -> Seen[Day]:
        try:
            return gallery.day(*each, after=after)
        except StoreError:
            if span.first.date() <= each[1] <= span.last.date():
                raise
            return Seen(Day(*each, (), notes=(NEIGHBOUR_UNKNOWN,)), time.time())

    return ordered_map(look, wanted, threads=AT_ONCE, budget=AT_ONCE)
