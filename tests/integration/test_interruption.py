"""Failed or killed at any call and run again, a sort and an archive end as if nothing had happened."""

from __future__ import annotations

from contextlib import suppress
from itertools import count, product

import pytest

from tests.integration.flaky import Flaky, Killed
from tests.integration.site import DAY, Site, pictures

STRIKES = pytest.mark.parametrize(
    ("done", "kill"), list(product((False, True), repeat=2)), ids=["refused", "killed", "reply lost", "killed after"]
)


def cameras(prefix: str) -> list[str]:
    """More names than any job here has calls."""
    return [f"{prefix}-{number:03}" for number in range(60)]


def expect_archived(site: Site, camera: str, sources: dict[str, bytes]) -> None:
    """Every picture is in one archive exactly, and nothing else is left of the day."""
    folder = f"{camera}/{DAY}/"
    assert site.archived(camera) == {key[len(folder) :]: [body] for key, body in sources.items()}
    assert site.keys(folder) == []
    names = [key.rpartition("/")[2] for key in site.keys(f"{camera}/archive/")]
    assert all(name.endswith((".tar.gz", "index.json")) for name in names), "no draft is left"


@STRIKES
def test_archive_of_a_new_day(site: Site, done: bool, kill: bool) -> None:
    for nth, camera in enumerate(cameras("CAM"), 1):
        sources = pictures(3, f"{camera}/{DAY}/")
        site.put({**sources, f"{camera}/{DAY}/": b""})
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            outcome = site.archive(camera, store=store)
            assert outcome.failures or not store.struck or done
        site.archive(camera)
        expect_archived(site, camera, sources)
        if not store.struck:
            assert nth > 12
            return
    raise AssertionError("the archive never came to its end")


@STRIKES
def test_archive_of_late_pictures(site: Site, done: bool, kill: bool) -> None:
    for nth, camera in enumerate(cameras("LATE"), 1):
        early, late = pictures(2, f"{camera}/{DAY}/"), pictures(2, f"{camera}/{DAY}/", first=10)
        site.put(early)
        site.archive(camera)
        site.put(late)
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            site.archive(camera, store=store)
        site.archive(camera)
        expect_archived(site, camera, early | late)
        if not store.struck:
            return
    raise AssertionError("the archive never came to its end")


@STRIKES
def test_the_repair_of_an_archive_whose_run_was_killed(site: Site, done: bool, kill: bool) -> None:
    """Killed when the archive had appeared and its index had not, and struck again while that is mended."""
    appeared = 10  # the reply to the tenth call is the one that completes the upload
    for nth, camera in enumerate(cameras("TWICE"), 1):
        sources = pictures(3, f"{camera}/{DAY}/")
        site.put(sources)
        with suppress(Killed):
            site.archive(camera, store=Flaky(site.store, nth=appeared, done=True, kill=True))
        [found] = site.catalog().archives(camera)
        assert found.object
        assert found.drafts
        assert not found.index
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            site.archive(camera, store=store)
        site.archive(camera)
        expect_archived(site, camera, sources)
        if not store.struck:
            return
    raise AssertionError("the archive never came to its end")


@STRIKES
def test_sort(site: Site, done: bool, kill: bool) -> None:
    """With a name that is taken by other bytes, one that is taken by the same, and one in a vendor's folder."""
    for nth, camera in enumerate(cameras("SORT"), 1):
        loose = pictures(4, f"{camera}/")
        first, second = sorted(loose)[:2]
        folder = f"{camera}/{DAY}/"
        there = {first.replace(f"{camera}/", folder): loose[first], second.replace(f"{camera}/", folder): b"other"}
        placed = {f"{camera}/a/b/{key.rpartition('/')[2]}": body for key, body in pictures(1, "", first=50).items()}
        site.put({**loose, **there, **placed})
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            site.sort(camera, store=store)
        assert site.sort(camera).failures == {}
        expected = [*loose.values(), b"other", *placed.values()]
        assert sorted(site.bodies(f"{camera}/").values()) == sorted(expected)
        assert site.keys(f"{camera}/") == site.keys(folder)
        assert site.sort(camera).moved == 0
        if not store.struck:
            assert nth > 10
            return
    raise AssertionError("the sort never came to its end")


@pytest.mark.parametrize(
    "operation",
    [
        "CopyObject",
        "DeleteObjects",
        "ListObjectsV2",
        "GetObject",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ],
)
def test_a_reply_that_is_lost_once_goes_unnoticed(site: Site, operation: str) -> None:
    """The libraries try again; what meets the work of the first try must know it for its own."""
    for nth in count(1):
        camera = f"CAM-{nth}"
        loose = pictures(3, f"{camera}/")
        site.put(loose)
        site.emulator.reset()
        site.emulator.fault("reset_after", operation=operation, nth=nth, count=1)
        assert site.sort(camera).failures == {}
        outcome = site.archive(camera)
        assert (outcome.failures, outcome.removed, len(outcome.archives)) == ({}, 3, 1)
        site.emulator.clear_faults()
        again = site.emulator.requests()[operation]
        expect_archived(site, camera, {key.replace("/", f"/{DAY}/", 1): body for key, body in loose.items()})
        if nth >= min(again, 4):
            return
