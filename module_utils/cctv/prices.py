"""What S3 asks, in US dollars: the one table that plans and benchmarks price with.

US East, 2026; other regions are up to a quarter dearer. GB are 10^9 bytes. Sources: the S3 pricing page's
worked examples for storage and retrieval; minimum days from the storage class documentation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """One way to get a cold object back: hours (worst case) until it is readable, dollars per GB and 1,000 requests."""

    hours: float
    per_gb: float
    per_thousand: float


@dataclass(frozen=True, slots=True)
class StorageClass:
    """Dollars per GB-month and per 1,000 writes and reads, least days billed, tiers of a restore (none: at once)."""

    gb_month: float
    minimum_days: int
    writes_per_thousand: float
    reads_per_thousand: float
    retrieval_gb: float = 0.0
    tiers: tuple[tuple[str, Tier], ...] = ()


CLASSES: dict[str, StorageClass] = {
    "STANDARD": StorageClass(0.023, 0, 0.005, 0.0004),
    "INTELLIGENT_TIERING": StorageClass(0.023, 0, 0.005, 0.0004),
    "STANDARD_IA": StorageClass(0.0125, 30, 0.01, 0.001, 0.01),
    "ONEZONE_IA": StorageClass(0.01, 30, 0.01, 0.001, 0.01),
    "GLACIER_IR": StorageClass(0.004, 90, 0.02, 0.01, 0.03),
    "GLACIER": StorageClass(
        0.0036,
        90,
        0.03,
        0.0004,
        tiers=(
            ("Standard", Tier(5, 0.01, 0.05)),
            ("Bulk", Tier(12, 0.0, 0.0)),
            ("Expedited", Tier(5 / 60, 0.03, 10.0)),
        ),
    ),
    "DEEP_ARCHIVE": StorageClass(
        0.00099, 180, 0.05, 0.0004, tiers=(("Standard", Tier(12, 0.02, 0.10)), ("Bulk", Tier(48, 0.0025, 0.025)))
    ),
}
EGRESS_GB = 0.09
GIGABYTE = 1_000_000_000


def early_deletion_usd(storage_class: str, *, size: int, age_days: float) -> float:
    """Return what deleting ``size`` bytes at ``age_days`` costs: the rest of the class's minimum days."""
    terms = CLASSES.get(storage_class, CLASSES["STANDARD"])
    days_left = max(0.0, terms.minimum_days - age_days)
    return size / GIGABYTE * terms.gb_month * days_left / 30


def restore_tier(storage_class: str, tier: str) -> Tier | None:
    """Return the terms of ``tier`` for ``storage_class``; None when its objects are readable at once."""
    terms = CLASSES.get(storage_class, CLASSES["STANDARD"])
    return dict(terms.tiers).get(tier) if terms.tiers else None


def longest_restore(storage_class: str) -> float:
    """Return the hours that the slowest tier of ``storage_class`` takes; 0 where its objects are readable at once."""
    terms = CLASSES.get(storage_class, CLASSES["STANDARD"])
    return max((tier.hours for _, tier in terms.tiers), default=0.0)
