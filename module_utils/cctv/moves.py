"""Where each loose picture goes: never over other bytes, never twice to one of its names that was looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .proof import same_etag
from .store import Object


@dataclass(frozen=True, slots=True)
class Move:
    """One picture's way. Without ``copy`` the destination already holds these bytes and only the source goes."""

    source: Object
    destination: str
    copy: bool


Wanted = tuple[Object, Sequence[str]]
"""A picture and the keys that it may have, the one it should have first."""


def find_contested(wanted: Iterable[Wanted], existing: Mapping[str, Object]) -> Iterator[Object]:
    """Yield the pictures whose first key is that of other bytes, there already or wanted before them. Pure."""
    taken = dict(existing)
    for source, wishes in wanted:
        if not same_etag(taken.setdefault(wishes[0], source), source):
            yield source


def plan_moves(wanted: Iterable[Wanted], existing: Mapping[str, Object]) -> list[Move]:
    """Decide on each picture: never over other bytes, never the same bytes twice. Pure."""
    taken = dict(existing)
    moves = []
    for source, wishes in wanted:
        there = next((key for key in wishes if (held := taken.get(key)) and same_etag(held, source)), "")
        destination = there or next((key for key in wishes if key not in taken), wishes[-1])
        moves.append(Move(source, destination, copy=not there))
        taken.setdefault(destination, source)
    return moves
