"""What S3 asks, by its own worked examples."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.cctv.prices import CLASSES, GIGABYTE, early_deletion_usd, restore_tier
from ansible.module_utils.cctv.quote import Part, quote

COLD = Part(10 * GIGABYTE, "GLACIER")


@pytest.mark.parametrize(
    ("storage_class", "age_days", "usd"),
    [
        ("STANDARD", 0, 0.0),
        ("GLACIER", 0, 0.0036 * 3),
        ("GLACIER", 60, 0.0036),
        ("GLACIER", 90, 0.0),
        ("GLACIER", 400, 0.0),
        ("DEEP_ARCHIVE", 0, 0.00099 * 6),
        ("GLACIER_IR", 89, 0.004 / 30),
        ("of next year", 0, 0.0),
    ],
)
def test_early_deletion(storage_class: str, age_days: float, usd: float) -> None:
    assert early_deletion_usd(storage_class, size=GIGABYTE, age_days=age_days) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("storage_class", "tier", "hours"),
    [
        ("GLACIER", "Standard", 5),
        ("GLACIER", "Bulk", 12),
        ("DEEP_ARCHIVE", "Standard", 12),
        ("DEEP_ARCHIVE", "Bulk", 48),
    ],
)
def test_tiers(storage_class: str, tier: str, hours: float) -> None:
    terms = restore_tier(storage_class, tier)
    assert terms
    assert terms.hours == hours


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({}, (0.0, 0, 0)),
        ({"cold": [COLD]}, (10 * 0.01 + 0.05 / 1000, 5, 10 * GIGABYTE)),
        ({"cold": [COLD], "brought_of_cold": GIGABYTE}, (10 * 0.01 + 0.05 / 1000 + 0.09, 5, 10 * GIGABYTE)),
        ({"pending": [COLD], "brought": [Part(GIGABYTE, "GLACIER")]}, (0.09, 12, GIGABYTE)),
        ({"brought": [Part(GIGABYTE, "GLACIER_IR"), Part(GIGABYTE, "STANDARD")]}, (0.03 + 2 * 0.09, 0, 2 * GIGABYTE)),
    ],
)
def test_quote(terms: dict[str, Any], expected: tuple[float, float, int]) -> None:
    """Traffic is paid for what is brought, a tier for all of what is asked for, and what is pending was paid."""
    asked = quote(**{"cold": [], "tier": "Standard", **terms})
    assert (asked.usd, asked.hours, asked.bytes) == (pytest.approx(expected[0]), *expected[1:])


def test_no_tier() -> None:
    assert restore_tier("DEEP_ARCHIVE", "Expedited") is None
    assert {name for name in CLASSES if restore_tier(name, "Standard")} == {"GLACIER", "DEEP_ARCHIVE"}
