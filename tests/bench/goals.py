"""What a contest is to show: a figure of its samples and the bound it has to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .measure import Sample, middle

Sides = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Goal:
    """``figure`` of the sides, ours first, is to be at least, or at most, ``bound``."""

    text: str
    figure: Callable[[Sides], float]
    bound: float
    at_least: bool = False

    def row(self, sides: Sides) -> str:
        """Return the cells "goal", "measured" and "met" of a table."""
        measured = self.figure(sides)
        met = measured >= self.bound if self.at_least else measured <= self.bound
        return f"{self.text} | {measured:.3g} | {'yes' if met else 'no'}"


def rate(side: str, times: float) -> Goal:
    """Ours does at least ``times`` as many a second as ``side``."""
    return Goal(f"{times} times the rate of {side}", lambda sides: _ratio(sides, side, "wall"), times, at_least=True)


def thrift(side: str, times: float) -> Goal:
    """Ours does at least ``times`` as many per CPU second as ``side``."""
    return Goal(f"{times} times {side} per CPU second", lambda sides: _ratio(sides, side, "cpu"), times, at_least=True)


def within(side: str, times: float, name: str = "wall") -> Goal:
    """Ours takes at most ``times`` as long, or as much of ``name``, as ``side``."""
    what = {"cpu": "CPU", "peak": "memory"}.get(name, "time")
    return Goal(f"within {times} of the {what} of {side}", lambda sides: 1 / _ratio(sides, side, name), times)


def requests(each: float, items: int, *, kind: str = "") -> Goal:
    """Ours makes at most ``each`` requests, of one kind or of all, per item."""

    def counted(sides: Sides) -> float:
        made = sides["ours"][0].requests
        return (made.get(kind, 0) if kind else sum(made.values())) / items

    return Goal(f"at most {each:g} {kind or 'requests'} per item", counted, each)


def memory(megabytes: float) -> Goal:
    """Ours never takes more memory."""
    return Goal(f"at most {megabytes:g} MB", lambda sides: max(sample.peak for sample in sides["ours"]), megabytes)


def own_time(seconds: float) -> Goal:
    """The work itself takes at most so many CPU seconds."""
    return Goal(f"at most {seconds:g} CPU s of our own", lambda sides: middle(sides["ours"], "own"), seconds)


def _ratio(sides: Sides, side: str, name: str) -> float:
    return middle(sides[side], name) / middle(sides["ours"], name)
