"""What a sort did, or in check mode would do."""

from __future__ import annotations

from dataclasses import dataclass, field

from .doubts import Doubts
from .locks import Kept

REPORTED = 1000
"""Most moves that a result lists; the counts are always whole."""


@dataclass(slots=True)
class Outcome:
    """``passed_over``: loose pictures that no pattern asked for."""

    moved: int = 0
    skipped: int = 0
    passed_over: int = 0
    moves: list[tuple[str, str]] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    doubts: Doubts = field(default_factory=Doubts)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, part: Outcome) -> None:
        """Take the outcome of a part of the work into that of the whole."""
        self.moved += part.moved
        self.skipped += part.skipped
        self.passed_over += part.passed_over
        self.kept.add(part.kept)
        self.doubts.add(part.doubts)
        self.moves += part.moves[: REPORTED - len(self.moves)]
        self.failures |= part.failures
