"""What a page costs: requests to S3, cold and warm, and memory."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cctv.store import Object

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from viewer.gallery import CAPACITY
from viewer.listing_cache import ListingCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.integration.viewer.visitor import Visitor

OLD = {"date": str(DAY), "camera": CAMERA}


def test_a_day_of_5000_costs_six_requests_cold_and_none_warm(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(5000, body=b"x")
    pictures.emulator.reset()
    page = owner.get("/day", **OLD)
    assert "5,000 pictures" in page.text
    assert pictures.emulator.requests() == {"ListObjectsV2": 6}
    assert len(page.data) < 250_000
    pictures.emulator.reset()
    owner.get("/day", **OLD, hour=7)
    owner.get("/picture", **OLD, place="sorted", name=name(2500))
    assert pictures.emulator.requests() == {}


def test_from_the_overview_the_first_opening_of_any_day_of_5000_costs_six_requests(
    owner: Visitor, pictures: Bucket
) -> None:
    """The overview has looked at what is not sorted; a day looks after its own pictures for what was archived."""
    other, yesterday = DAY.replace(day=25), owner.site.gallery.today(CAMERA) - timedelta(days=1)
    pictures.put(f"{CAMERA}/{yesterday}/{name(1, yesterday)}")
    pictures.put_day(1, day=other)
    pictures.archive(day=other)
    pictures.put_day(5000, body=b"x")
    pictures.put(f"{CAMERA}/{name(8000)}")
    pictures.put(f"{CAMERA}/{other}/{name(2, other)}")
    pictures.put(f"{CAMERA}/{name(3, other)}")
    pictures.emulator.reset()
    owner.get("/")
    assert pictures.emulator.requests() == {"ListObjectsV2": 1 + 3}  # the cameras; level, yesterday, its archives
    pictures.emulator.reset()
    assert "5,001 pictures" in owner.get("/day", **OLD).text
    assert pictures.emulator.requests() == {"ListObjectsV2": 6}
    pictures.emulator.reset()
    assert "3 pictures" in owner.get("/day", date=str(other), camera=CAMERA).text  # sorted, archived and loose
    assert pictures.emulator.requests() == {"ListObjectsV2": 2, "GetObject": 1}


def test_from_outside_a_past_day_of_5000_beside_archives_costs_one_request_more(
    owner: Visitor, pictures: Bucket
) -> None:
    """A look before its own for what may be sorted meanwhile, and one after for what may be archived meanwhile."""
    other = DAY.replace(day=25)
    pictures.put_day(1, day=other)
    pictures.archive(day=other)
    pictures.put_day(5000, body=b"x")
    pictures.put(f"{CAMERA}/{name(8000)}")
    pictures.emulator.reset()
    assert "5,001 pictures" in owner.get("/day", **OLD).text
    assert pictures.emulator.requests() == {"ListObjectsV2": 7}
    pictures.emulator.reset()
    owner.get("/day", date=str(other), camera=CAMERA)  # its archive's index besides
    assert pictures.emulator.requests() == {"ListObjectsV2": 1, "GetObject": 1}


def test_the_overview_of_a_camera_costs_four_requests_cold_and_none_warm(owner: Visitor, pictures: Bucket) -> None:
    now = datetime.now(UTC)
    for age in (1, 26):
        at = now - timedelta(hours=age)
        for camera in ("CAM-A", "CAM-B"):
            pictures.put(f"{camera}/{at + timedelta(hours=2):%Y-%m-%d}/{name(0, at.date())}")
    pictures.emulator.reset()
    owner.get("/")
    assert sum(pictures.emulator.requests().values()) <= 1 + 2 * 4
    pictures.emulator.reset()
    owner.get("/")
    assert pictures.emulator.requests() == {}


def test_a_day_of_100000_stays_small(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The listing is made here: the emulator would take minutes to be filled."""
    arrived = datetime(2022, 2, 25, tzinfo=UTC)

    def listing(_: object, prefix: str) -> Iterator[Object]:
        if "archive" in prefix:
            return
        for number in range(100_000):
            its_name = name(number * 8640 // 100_000, DAY).replace("_01_", f"_{number:06d}_01_")
            yield Object(f"{CAMERA}/{DAY}/{its_name}", 300_000, f"{number:032x}", arrived)

    monkeypatch.setattr("cctv.store.Store.list_all", listing)
    monkeypatch.setattr("cctv.store.Store.list_level", lambda *_: iter([f"{CAMERA}/{DAY}/"]))
    tracemalloc.start()
    page = owner.get("/day", **OLD)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "100,000 pictures" in page.text
    assert len(page.data) < 250_000
    assert held < 80_000_000
    assert peak < 130_000_000


def test_the_cache_of_listings_is_bounded_and_the_day_of_100000_counts_as_that_many() -> None:
    cache = ListingCache(capacity=CAPACITY)
    for day in range(6):
        cache.get(day, lambda: [None] * 100_000, lifetime=60, weigh=len)
    assert cache.peek(5)
    assert cache.peek(4)
    assert cache.peek(0) is None
    assert cache._weight <= CAPACITY
