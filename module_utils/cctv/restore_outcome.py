"""What a restore did, or in check mode would do."""

from __future__ import annotations

from dataclasses import dataclass, field

from .catalog import Archive
from .quote import Quote


@dataclass(slots=True)
class Outcome:
    """Archives by state; ``restored`` where each picture is now; ``written`` which are new.

    In check mode nothing is restored, and ``written`` is what would be. ``matched`` counts the pictures meant.
    """

    requested: list[Archive] = field(default_factory=list)
    pending: list[Archive] = field(default_factory=list)
    ready: list[Archive] = field(default_factory=list)
    restored: list[dict[str, object]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    matched: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    quote: Quote = field(default_factory=Quote)
