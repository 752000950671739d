"""How many uploads may run at once, by what the last ones met. Pure: time and chance come from outside.

An outage is one thing, not one per picture: while the uplink is down a single probe asks, after pauses that
grow, and its success sets all others free. S3's "slow down" halves the number at once, and every success adds
a little (additive increase, multiplicative decrease).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0


class Condition(StrEnum):
    """What a person is told about the way to S3."""

    UP = "up"
    SLOW = "slow"  # S3 asked to slow down
    DOWN = "down"


def pause(attempts: int, *, longest: float, chance: float) -> float:
    """Return the seconds to wait after so many failures: doubling, and spread so that nobody marches in step."""
    return float(min(longest, FIRST_PAUSE * 2 ** min(attempts, 16)) * (0.5 + chance / 2))


@dataclass(slots=True)
class Uplink:
    """``connections`` is the most that may run at once; ``chance`` returns a number from 0 to 1."""

    connections: int
    chance: Callable[[], float]
    condition: Condition = Condition.UP
    reason: str = ""
    since: float = 0.0
    _limit: float = field(init=False)
    _closed: bool = False
    _failures: int = 0  # in a row
    _probes: int = 0
    _next_probe: float = 0.0
    _last_cut: float = float("-inf")

    def __post_init__(self) -> None:
        self._limit = float(self.connections)

    def allowed(self, now: float) -> int:
        """Return how many uploads may run now."""
        if self._closed:
            return 0
        if self.condition is Condition.DOWN:
            return int(now >= self._next_probe)
        return int(self._limit)

    def close(self) -> None:
        """Allow nothing any more."""
        self._closed = True

    def next_probe(self) -> float | None:
        """Return when the next probe is due, None unless the uplink is down."""
        return self._next_probe if self.condition is Condition.DOWN else None

    def unasked(self, now: float) -> None:
        """Note an attempt that came to nothing before S3 was asked: a probe of it comes a little later."""
        self._next_probe = max(self._next_probe, now + FIRST_PAUSE)

    def succeeded(self, now: float) -> None:
        """Note an upload that S3 confirmed."""
        was_down = self.condition is Condition.DOWN
        self._failures = self._probes = 0
        if was_down:
            self._limit = max(self._limit, self.connections / 2)
        self._limit = min(float(self.connections), self._limit + 1 / self._limit)
        if self._limit >= self.connections or was_down:
            self._become(Condition.UP, "", now)

    def failed(self, now: float, reason: str, *, slow_down: bool = False) -> None:
        """Note an upload that failed for a ``reason`` that is not the picture's own."""
        self._failures += 1
        if self.condition is Condition.DOWN and now < self._next_probe:
            return  # begun before the outage was known: not one more proof of it
        if slow_down and now - self._last_cut >= 1.0:  # one cut for the burst of replies to one burst of requests
            self._last_cut = now
            self._limit = max(1.0, self._limit / 2)
            if self.condition is Condition.UP:
                self._become(Condition.SLOW, reason, now)
        if self._failures >= max(3, int(self._limit)):
            self._next_probe = now + pause(self._probes, longest=LONGEST_PAUSE, chance=self.chance())
            self._probes += 1
            self._become(Condition.DOWN, reason, now)

    def _become(self, condition: Condition, reason: str, now: float) -> None:
        if condition is not self.condition:
            self.since = now
        self.condition, self.reason = condition, reason
