"""What a restore costs, before it is paid. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from .errors import CctvError
from .prices import CLASSES, EGRESS_GB, GIGABYTE, restore_tier


@dataclass(slots=True)
class Quote:
    """Dollars, hours until everything is readable, bytes that are touched."""

    usd: float = 0.0
    hours: float = 0.0
    bytes: int = 0


class Held(Protocol):
    """An object of so many bytes in a storage class."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def storage_class(self) -> str:
        """As S3 names it."""
        ...


def quote(cold: Iterable[Held], readable: Iterable[Held] = (), *, tier: str, is_brought: bool = False) -> Quote:
    """Return the price of asking for ``cold`` by ``tier`` and, if it ``is_brought``, of bringing all of it.

    CctvError for a tier that one of the classes does not have.
    """
    total = Quote()
    for held in cold:
        terms = restore_tier(held.storage_class, tier)
        if terms is None:
            raise CctvError(_no_such_tier(tier, held.storage_class))
        total.usd += held.size / GIGABYTE * terms.per_gb + terms.per_thousand / 1000
        total.hours = max(total.hours, terms.hours)
        _read(total, held, is_brought)
    for held in readable:
        _read(total, held, is_brought)
    total.usd = round(total.usd, 6)
    return total


def _read(total: Quote, held: Held, is_brought: bool) -> None:
    gigabytes = held.size / GIGABYTE
    total.bytes += held.size
    total.usd += gigabytes * CLASSES.get(held.storage_class, CLASSES["STANDARD"]).retrieval_gb
    total.usd += gigabytes * EGRESS_GB if is_brought else 0.0


def _no_such_tier(tier: str, storage_class: str) -> str:
    known = ", ".join(name for name, _ in CLASSES[storage_class].tiers) if storage_class in CLASSES else "none"
    return f"tier: {storage_class} has no tier {tier}: choose one of {known}."
