"""What a restore costs, before it is paid. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from .errors import CctvError
from .prices import CLASSES, EGRESS_GB, GIGABYTE, longest_restore, restore_tier


@dataclass(slots=True)
class Quote:
    """Dollars, hours until everything is readable, bytes that S3 restores, and those that are read besides."""

    usd: float = 0.0
    hours: float = 0.0
    bytes: int = 0


class Held(Protocol):
    """An object of so many bytes in a storage class, or as much of one as is read."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def storage_class(self) -> str:
        """As S3 names it."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of an object."""

    size: int
    storage_class: str


def quote(
    cold: Iterable[Held],
    *,
    tier: str,
    pending: Iterable[Held] = (),
    brought: Iterable[Held] = (),
    brought_of_cold: int = 0,
) -> Quote:
    """Return the price of asking for ``cold`` by ``tier``, and of what is ``brought``, so many bytes of ``cold`` too.

    What is ``pending`` was asked for by a tier that nobody knows any more: it counts as the slowest. CctvError for a
    tier that one of the classes does not have.
    """
    total = Quote()
    for held in cold:
        terms = restore_tier(held.storage_class, tier)
        if terms is None:
            raise CctvError(_no_such_tier(tier, held.storage_class))
        total.usd += held.size / GIGABYTE * terms.per_gb + terms.per_thousand / 1000
        total.hours = max(total.hours, terms.hours)
        total.bytes += held.size
    for held in pending:
        total.hours = max(total.hours, longest_restore(held.storage_class))
    for held in brought:
        retrieval = CLASSES.get(held.storage_class, CLASSES["STANDARD"]).retrieval_gb
        total.usd += held.size / GIGABYTE * (retrieval + EGRESS_GB)
        total.bytes += held.size
    total.usd = round(total.usd + brought_of_cold / GIGABYTE * EGRESS_GB, 6)
    return total


def sums(many: Iterable[Held]) -> list[Part]:
    """Return what is read of ``many`` objects, summed up by class."""
    sizes = Counter[str]()
    for held in many:
        sizes[held.storage_class] += held.size
    return [Part(size, storage_class) for storage_class, size in sizes.items()]


def _no_such_tier(tier: str, storage_class: str) -> str:
    known = ", ".join(name for name, _ in CLASSES[storage_class].tiers) if storage_class in CLASSES else "none"
    return f"tier: {storage_class} has no tier {tier}: choose one of {known}."
