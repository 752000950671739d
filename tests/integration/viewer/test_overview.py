"""The overview of many cameras: quick from what was seen, bounded in memory and requests."""

from __future__ import annotations

import threading
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cctv.errors import StoreError
from cctv.store import Object

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from viewer import overview

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from tests.integration.viewer.visitor import Visitor

CAMERAS = [f"CAM-{number:03d}" for number in range(60)]
PER_DAY = 500
"""A tenth of what there may be, for the test's time; what is held does not grow with it."""


class Listing:
    """Cameras with pictures of yesterday and today, made here: the emulator would take minutes to be filled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cameras: list[str], per_day: int) -> None:
        self.lists = 0
        self.hold = threading.Event()
        self.hold.set()
        self.cameras, self.per_day = cameras, per_day
        self.now = datetime.now(UTC)
        monkeypatch.setattr("cctv.store.Store.list_level", lambda _, prefix: self.level(prefix))
        monkeypatch.setattr("cctv.store.Store.list_all", lambda _, prefix, **_kwargs: self.all(prefix))

    def level(self, prefix: str) -> Iterator[str]:
        self.lists += 1
        if not prefix:
            yield from (f"{camera}/" for camera in self.cameras)
            return
        self.hold.wait(20)
        yield from (f"{prefix}{self.now + timedelta(hours=2) - timedelta(days=age):%Y-%m-%d}/" for age in (1, 0))

    def all(self, prefix: str) -> Iterator[Object]:
        self.lists += 1
        camera, folder = prefix.split("/")[:2]
        if folder == "archive":
            return
        day = datetime.fromisoformat(folder).date()
        for number in range(self.per_day):
            key = f"{camera}/{folder}/{name(number * 8000 // self.per_day, day)}"
            yield Object(key, 300_000, f"{number:032x}", self.now)


def test_sixty_cameras_are_warm_after_one_visit_and_leave_numbers_alone(
    owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PATIENCE", 300.0)
    listing = Listing(monkeypatch, CAMERAS, PER_DAY)
    tracemalloc.start()
    page = owner.get("/")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "60 cameras, 30,000 pictures today" in page.text
    assert held < 8_000_000
    assert peak < 16_000_000
    listing.lists = 0
    begun = time.monotonic()
    assert "30,000 pictures today" in owner.get("/").text
    assert time.monotonic() - begun < 1
    assert listing.lists == 0


def test_a_thumbnail_of_the_overview_lists_no_day(owner: Visitor, pictures: Bucket) -> None:
    today = datetime.now(UTC) + timedelta(hours=2)
    pictures.put_day(3, day=today.date())
    page = owner.get("/")
    pictures.emulator.reset()
    assert owner.get(owner.sources(page, "/thumbnail")[0]).mimetype == "image/jpeg"
    assert pictures.emulator.requests() == {"GetObject": 1}


def test_what_was_seen_is_shown_at_once_and_looked_at_anew_behind_the_visitors_back(
    owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing(monkeypatch, CAMERAS[:9], 4)
    owner.get("/")
    for camera in listing.cameras:
        owner.site.overview.forget(camera)
        owner.site.gallery.cache.forget(("level", camera))
    listing.hold.clear()
    listing.lists = 0
    begun = time.monotonic()
    pages = [owner.get("/") for _ in range(3)]
    assert time.monotonic() - begun < 3
    assert all("36 pictures today" in page.text for page in pages)
    assert listing.lists <= 8  # however often the page is asked for
    listing.hold.set()


def test_a_camera_that_takes_long_does_not_keep_the_page(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "PATIENCE", 0.2)
    listing = Listing(monkeypatch, CAMERAS[:2], 4)
    listing.hold.clear()
    page = owner.get("/")
    assert "2 cameras are still being looked at" in page.text
    assert page.text.count("is being looked at") == 2
    listing.hold.set()
    for _ in range(50):
        page = owner.get("/")
        if "8 pictures today" in page.text:
            break
        time.sleep(0.1)
    assert "being looked at" not in page.text


def test_many_cameras_come_in_pages(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    Listing(monkeypatch, [f"CAM-{number:03d}" for number in range(130)], 1)
    first, last, beyond = (owner.get("/", page=page) for page in (0, 2, 77))
    assert "1 to 60 of 130 cameras" in first.text
    assert first.text.count('<li class="card') == 60
    assert "121 to 130 of 130 cameras" in last.text
    assert "121 to 130 of 130 cameras" in beyond.text
    settled(owner)


def test_a_camera_that_failed_is_asked_again_at_the_next_visit(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(0)}")
    owner.site.gallery.cameras()
    with monkeypatch.context() as patch:
        patch.setattr("cctv.store.Store.list_level", lambda *_: _refuse())
        assert "cannot be read now" in owner.get("/").text
    assert "cannot be read now" not in owner.get("/").text


def settled(owner: Visitor) -> TestResponse:
    """The overview once the cameras of its other pages were looked at, too."""
    for _ in range(100):
        page = owner.get("/")
        if "could not be looked at yet" not in page.text:
            return page
        time.sleep(0.02)
    pytest.fail("still not looked at")


def test_a_silent_camera_of_another_page_is_named_on_each(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = [f"CAM-{number:02d}" for number in range(61)]
    listing = Listing(monkeypatch, cameras, 1)

    def level(prefix: str) -> Iterator[str]:
        return iter([f"{prefix}{DAY}/"]) if prefix == "CAM-60/" else Listing.level(listing, prefix)

    monkeypatch.setattr("cctv.store.Store.list_level", lambda _, prefix: level(prefix))
    page = settled(owner)
    assert "One camera is silent:" in page.text
    (link,) = owner.links(page, "#camera-")
    assert link == "/?page=1#camera-1"
    assert 'id="camera-1"' in owner.get(link).text
    assert owner.links(owner.get(link), "#camera-") == ["#camera-1"]


def test_a_forgotten_day_does_not_hide_later_archives(owner: Visitor, pictures: Bucket) -> None:
    later = DAY + timedelta(days=400)
    pictures.put_day(1, day=later)
    pictures.archive(day=later)
    pictures.put_day(1)
    assert f'datetime="{later}' in owner.get("/").text


def test_an_empty_file_of_today_does_not_hide_the_latest_picture(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.put(f"{CAMERA}/{owner.site.gallery.today(CAMERA)}/begun.jpg", b"")
    page = owner.get("/")
    assert f'datetime="{DAY}' in page.text
    assert len(owner.sources(page, "/thumbnail")) == 1


def _refuse() -> Iterator[str]:
    raise StoreError("Cannot reach S3.", code="Unreachable")
