"""What a run of the archive did, or in check mode would do: counts, and every key that came or went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from .link import SIGNATURE, STAMP
from .locks import Kept


@dataclass(frozen=True, slots=True)
class Archived:
    """One archive that was written, or would be. ``bytes``: of the archive; in check mode, of its sources."""

    camera: str
    date: date
    key: str
    index_key: str
    captures: int
    bytes: int
    sha256: str


@dataclass(slots=True)
class Outcome:
    """``removed``: pictures that went; ``finished``: indexes of earlier archives that were put in place.

    ``gone`` and ``put`` are keys; a day's folder stands for all that went out of it. ``links`` are those of chains, in
    no order. ``deferred``: days that were not looked at.
    """

    archives: list[Archived] = field(default_factory=list)
    removed: int = 0
    finished: int = 0
    skipped: int = 0
    gone: list[str] = field(default_factory=list)
    put: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    failures: dict[str, str] = field(default_factory=dict)
    deferred: Sequence[tuple[str, date]] = ()

    def add(self, part: Outcome) -> None:
        """Take the outcome of a part of the work into that of the whole."""
        self.archives += part.archives
        self.removed += part.removed
        self.finished += part.finished
        self.skipped += part.skipped
        self.gone += part.gone
        self.put += part.put
        self.links += part.links
        self.kept.add(part.kept)
        self.failures |= part.failures

    @property
    def changed(self) -> bool:
        """Whether anything came or went."""
        return bool(self.gone or self.put or self.links)

    @property
    def linked(self) -> int:
        """How many links were appended, those not counted that only got a signature or a stamp."""
        return sum(not key.endswith((SIGNATURE, STAMP)) for key in self.links)
