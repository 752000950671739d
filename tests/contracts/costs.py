"""The tables of docs/costs.md, worked out from the one list of prices; ``python -m tests.contracts.costs`` writes."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from cctv.prices import CLASSES, EGRESS_GB, GIGABYTE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "costs.md"
BETWEEN = re.compile(r"(?<=<!-- worked out: begin -->\n).*(?=<!-- worked out: end -->)", re.DOTALL)
FLEETS = (1, 12, 100)
EVENTS, PER_EVENT, BYTES = 100, 3, 250_000
DAYS = 30.0
SORTED_DAYS, KEPT_DAYS = 30, 365
VERSIONS_DAYS = yaml.safe_load((ROOT / "roles/bucket/defaults/main.yml").read_text())["bucket_noncurrent_days"]
VERSIONS = f"old versions, kept {VERSIONS_DAYS} days"
WORTH_A_CENT = 0.005


def pictures(cameras: int) -> float:
    """Return the pictures of a month."""
    return cameras * EVENTS * PER_EVENT * DAYS


def gigabytes(cameras: int) -> float:
    """Return the GB of a month."""
    return pictures(cameras) * BYTES / GIGABYTE


def stored(cameras: int, storage_class: str, days: float) -> float:
    """Return what a month costs of keeping the last so many days, once they have filled up."""
    return gigabytes(cameras) * days / DAYS * CLASSES[storage_class].gb_month


def versions(cameras: int, *classes: str) -> dict[str, float]:
    """Return what a month costs of what sorting, archiving and purging deleted, by the class it was in."""
    return {VERSIONS: sum(stored(cameras, name, VERSIONS_DAYS) for name in classes)}


def month(cameras: int, *, ingest: str, cold: str) -> dict[str, float]:
    """Return the month's bill by what it is for."""
    standard, number = CLASSES["STANDARD"], pictures(cameras)
    puts = number / 1000 * standard.writes_per_thousand
    bill = {"requests to take pictures in": puts * (2 if ingest == "mount" else 1)}  # mount: one PUT, one COPY
    if not cold:
        return bill | {"storage": stored(cameras, "STANDARD", KEPT_DAYS)} | versions(cameras, "STANDARD")
    archives = cameras * DAYS
    loose = ["STANDARD"] if ingest == "mount" else []
    long_term = {
        "storage of the last 30 days": stored(cameras, "STANDARD", SORTED_DAYS),
        "storage of archives": stored(cameras, cold, KEPT_DAYS - SORTED_DAYS),
        "requests to archive": number / 1000 * standard.reads_per_thousand
        + 8 * archives / 1000 * CLASSES[cold].writes_per_thousand,  # parts, completion, index, draft: about eight
        "traffic out of S3 to archive": gigabytes(cameras) * EGRESS_GB,
    }
    return bill | long_term | versions(cameras, *loose, "STANDARD", cold)


def usd(amount: float) -> str:
    """Return dollars as a bill shows them."""
    return f"${amount:,.2f}" if amount >= WORTH_A_CENT else "less than a cent"


def table(cold: str, ingest: str) -> str:
    """Return one table: a row for each thing on the bill, a column for each fleet."""
    bills = [month(cameras, ingest=ingest, cold=cold) for cameras in FLEETS]
    rows = [["a month", *(f"{cameras} camera{'s' * (cameras > 1)}" for cameras in FLEETS)], ["---"] * (len(FLEETS) + 1)]
    rows.append(["pictures", *(f"{pictures(cameras):,.0f}" for cameras in FLEETS)])
    rows.append(["GB", *(f"{gigabytes(cameras):,.1f}" for cameras in FLEETS)])
    rows += [[what, *(usd(bill[what]) for bill in bills)] for what in bills[0]]
    rows.append(["**together**", *(f"**{usd(sum(bill.values()))}**" for bill in bills)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def restore() -> str:
    """Return what it costs to get a day of one camera back, by class and tier."""
    size = gigabytes(1) / DAYS
    lines = "| out of | tier | readable within | dollars, traffic included |\n| --- | --- | --- | --- |\n"
    for name in ("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"):
        terms = CLASSES[name]
        for tier, price in terms.tiers:
            total = size * (price.per_gb + EGRESS_GB) + price.per_thousand / 1000
            hours = f"{price.hours:g} h" if price.hours >= 1 else f"{price.hours * 60:.0f} min"
            lines += f"| {name} | {tier} | {hours} | {usd(total)} |\n"
        if not terms.tiers:
            lines += f"| {name} | none | at once | {usd(size * (terms.retrieval_gb + EGRESS_GB))} |\n"
    return lines


def tables() -> str:
    """Return all of them."""
    return f"""
### A year in the bucket, archived into GLACIER after 30 days

{table("GLACIER", "spool")}
### The same into DEEP_ARCHIVE

{table("DEEP_ARCHIVE", "spool")}
### Everything in STANDARD for a year, nothing archived

{table("", "spool")}
### Taken in by the mount instead of the spool, archived into GLACIER

{table("GLACIER", "mount")}
### A day of one camera back

{restore()}
"""


def main() -> None:
    """Write them into the page."""
    PAGE.write_text(BETWEEN.sub(lambda _: tables(), PAGE.read_text()))


if __name__ == "__main__":
    main()
