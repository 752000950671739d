"""Which waiting picture goes next. Pure: no clock and no disk of its own."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

SAME_EVENT = 10.0
"""Seconds: pictures of one camera and one event word no further apart than this belong together."""
MOST = 20_000
"""Most waiting pictures held in memory; the others are found again on disk when these are gone."""


@dataclass(slots=True, eq=False)
class Waiting:
    """One picture in the queue. ``arrived``: seconds since 1970; ``noticed``: on the monotonic clock."""

    path: str
    name: str
    size: int
    arrived: float
    noticed: float
    age: float = 0.0  # seconds it had waited already when it was noticed
    first: bool = False  # of its event
    attempts: int = 0
    stumbles: int = 0  # attempts that this host's disk ended

    @property
    def camera(self) -> str:
        """The camera's folder, empty for a file that lies in none."""
        return camera_of(self.name)

    @property
    def rank(self) -> tuple[bool, float]:
        """First pictures of an event before all others, then the newest: what an intruder would destroy next."""
        return (not self.first, -self.arrived)


def camera_of(name: str) -> str:
    """Return the folder that ``name`` lies in, empty for a file that lies in none."""
    return name.partition("/")[0] if "/" in name else ""


class Events:
    """Says of each picture, in the order of arrival, whether it is the first of its event."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], float] = {}

    def is_first(self, camera: str, event: str, at: float) -> bool:
        """Say whether no picture of this camera and event was seen within SAME_EVENT seconds of ``at``."""
        last = self._last.get((camera, event))
        self._last[camera, event] = at
        return last is None or abs(at - last) > SAME_EVENT


@dataclass(slots=True)
class Tally:
    """What of one camera waits on disk alone. ``oldest``: no picture of it arrived before."""

    pictures: int = 0
    bytes: int = 0
    oldest: float = float("inf")

    def add(self, picture: Waiting) -> None:
        """Count one that memory lets go."""
        self.pictures += 1
        self.bytes += picture.size
        self.oldest = min(self.oldest, picture.arrived)

    def drop(self, picture: Waiting) -> None:
        """Count one off that is deleted; those deleted are the oldest."""
        self.pictures -= 1
        self.bytes -= picture.size
        self.oldest = max(self.oldest, picture.arrived)


@dataclass(slots=True)
class Backlog:
    """The waiting pictures: those that may go, by rank, and those that wait for their next attempt.

    What memory has no room for is ``beyond``, counted by camera, until all that waits is recalled from disk.
    """

    _ready: list[tuple[tuple[bool, float], int, Waiting]] = field(default_factory=list)
    _later: list[tuple[float, int, Waiting]] = field(default_factory=list)
    _held: set[str] = field(default_factory=set)  # paths here or being delivered
    _number: Iterator[int] = field(default_factory=count)
    beyond: dict[str, Tally] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._ready) + len(self._later)

    @property
    def ready(self) -> int:
        """How many may go now."""
        return len(self._ready)

    def __iter__(self) -> Iterator[Waiting]:
        yield from (entry[2] for entry in self._ready)
        yield from (entry[2] for entry in self._later)

    def add(self, picture: Waiting) -> bool:
        """Take in ``picture``, unless it is known already."""
        if picture.path in self._held:
            return False
        self._held.add(picture.path)
        heapq.heappush(self._ready, (picture.rank, next(self._number), picture))
        if len(self._ready) > MOST:
            self._shed()
        return True

    def take(self, now: float, *, early: bool = False) -> Waiting | None:
        """Return what goes next; with ``early``, rather one whose pause is not over than none."""
        while self._later and self._later[0][0] <= now:
            self._push_ready(heapq.heappop(self._later)[2])
        if self._ready:
            return heapq.heappop(self._ready)[2]
        if early and self._later:
            return heapq.heappop(self._later)[2]
        return None

    def postpone(self, picture: Waiting, until: float) -> None:
        """Put back a picture that was taken, for another attempt."""
        heapq.heappush(self._later, (until, next(self._number), picture))

    def wake(self) -> None:
        """End every pause: the way is free again."""
        for _, _, picture in self._later:
            self._push_ready(picture)
        self._later.clear()

    def done(self, picture: Waiting) -> None:
        """Forget a picture that was taken."""
        self._held.discard(picture.path)

    def next_due(self) -> float | None:
        """Return when the first pause ends, None when nobody pauses."""
        return self._later[0][0] if self._later else None

    def discard(self, pictures: Iterable[Waiting]) -> list[Waiting]:
        """Forget these for good; return them, but for those that are being delivered."""
        wanted = {picture.path: picture for picture in pictures}
        here = {picture.path for picture in self} & wanted.keys()
        self._held -= here
        self._ready = [entry for entry in self._ready if entry[2].path not in here]
        self._later = [entry for entry in self._later if entry[2].path not in here]
        heapq.heapify(self._ready)
        heapq.heapify(self._later)
        for path in wanted.keys() - here - self._held:
            if tally := self.beyond.get(wanted[path].camera):
                tally.drop(wanted[path])
                if tally.pictures <= 0:
                    del self.beyond[wanted[path].camera]
        return [picture for path, picture in wanted.items() if path not in self._held]

    def _push_ready(self, picture: Waiting) -> None:
        heapq.heappush(self._ready, (picture.rank, next(self._number), picture))

    def _shed(self) -> None:
        ranked = sorted(self._ready)
        for _, _, picture in ranked[MOST // 2 :]:
            self._held.discard(picture.path)
            self.beyond.setdefault(picture.camera, Tally()).add(picture)
        self._ready = ranked[: MOST // 2]  # sorted, hence a heap
