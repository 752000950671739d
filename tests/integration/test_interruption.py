"""Failed or killed at any call and run again, a sort and an archive end as if nothing had happened."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import count, product
from typing import TYPE_CHECKING, Any

import minisign
import pytest
from ansible.module_utils.cctv import day_archive
from ansible.module_utils.cctv.archive_outcome import Outcome
from ansible.module_utils.cctv.archiving import Archiver
from ansible.module_utils.cctv.chain import Chain
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.signing import Signer, is_signed
from ansible.module_utils.cctv.verifying import Verifier

from tests.integration.flaky import Flaky, Killed
from tests.integration.site import DAY, Site, picture, pictures

if TYPE_CHECKING:
    from ansible.module_utils.cctv.store import Store

PAIR = minisign.KeyPair.generate()
UNSIGNED, SIGNED = None, Signer(PAIR.secret_key)
WAYS, NAMED = list(product((False, True), repeat=2)), ["refused", "killed", "reply lost", "killed after"]
STRIKES = pytest.mark.parametrize(("done", "kill"), WAYS, ids=NAMED)


def cameras(prefix: str) -> list[str]:
    """More names than any job here has calls."""
    return [f"{prefix}-{number:03}" for number in range(60)]


def archive(
    site: Site, camera: str, store: Store | None = None, *, signer: Signer | None = SIGNED, check_mode: bool = False
) -> Outcome:
    """As the module does it: with the chain, and a key if there is one."""
    catalog = site.catalog(store)
    chain = Chain(catalog, signer, patience=0, check_mode=check_mode)
    archiver = Archiver(catalog=catalog, storage_class="GLACIER_IR", chain=chain, check_mode=check_mode)
    return archiver.archive([(camera, DAY)])


def told(outcome: Outcome) -> dict[str, Any]:
    """What a plan must have in common with the run that follows it."""
    return {
        "archives": [(made.key, made.index_key, made.captures) for made in outcome.archives],
        "counts": (outcome.removed, outcome.finished, outcome.skipped, outcome.linked),
        "diff": (outcome.gone, outcome.put, outcome.links),
        "changed": outcome.changed,
        "failures": outcome.failures,
    }


def archive_as_planned(site: Site, camera: str, signer: Signer | None = SIGNED) -> Outcome:
    """Archive after a plan, which must come true and change nothing itself; another run has nothing left to do."""
    before = site.keys(f"{camera}/")
    planned = archive(site, camera, signer=signer, check_mode=True)
    assert site.keys(f"{camera}/") == before
    done = archive(site, camera, signer=signer)
    assert told(planned) == told(done)
    assert done.changed == (site.keys(f"{camera}/") != before)
    assert not any(key.endswith("/") for key in (*done.put, *done.links))
    assert not archive(site, camera, signer=signer).changed
    return done


def expect_archived(site: Site, camera: str, sources: dict[str, bytes], *, signed: bool = False) -> None:
    """Every picture is in one archive exactly, and nothing else is left of the day."""
    folder = f"{camera}/{DAY}/"
    assert site.archived(camera) == {key[len(folder) :]: [body] for key, body in sources.items()}
    assert site.keys(folder) == []
    names = [key.rpartition("/")[2] for key in site.keys(f"{camera}/archive/") if "/chain/" not in key]
    assert all(name.endswith((".tar.gz", "index.json")) for name in names), "no draft is left"
    if site.keys(f"{camera}/archive/chain/"):
        check = partial(is_signed, PAIR.public_key) if signed else None
        verified = Verifier(catalog=site.catalog(), days=DayRule(), is_signed=check).verify([camera])
        assert (verified.findings, verified.failures, verified.captures) == ([], {}, len(sources))


@pytest.mark.parametrize(
    ("done", "kill", "signer"),
    [*((*strike, SIGNED) for strike in WAYS), (True, True, UNSIGNED)],
    ids=[*NAMED, "killed after, unsigned"],
)
def test_archive_of_a_new_day(site: Site, done: bool, kill: bool, signer: Signer | None) -> None:
    for nth, camera in enumerate(cameras("CAM"), 1):
        sources = pictures(3, f"{camera}/{DAY}/")
        site.put({**sources, f"{camera}/{DAY}/": b""})
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            outcome = archive(site, camera, store, signer=signer)
            assert outcome.failures or not store.struck or done
        archive_as_planned(site, camera, signer)
        expect_archived(site, camera, sources, signed=bool(signer))
        if not store.struck:
            assert nth > 12
            return
    raise AssertionError("the archive never came to its end")


@STRIKES
def test_archive_of_late_pictures(site: Site, done: bool, kill: bool) -> None:
    for nth, camera in enumerate(cameras("LATE"), 1):
        early, late = pictures(2, f"{camera}/{DAY}/"), pictures(2, f"{camera}/{DAY}/", first=10)
        site.put(early)
        archive(site, camera)
        site.put(late)
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            archive(site, camera, store)
        archive_as_planned(site, camera)
        expect_archived(site, camera, early | late, signed=True)
        if not store.struck:
            return
    raise AssertionError("the archive never came to its end")


@pytest.mark.parametrize("done", [False, True], ids=["killed", "killed after"])
def test_archive_in_several_batches_and_parts(site: Site, monkeypatch: pytest.MonkeyPatch, done: bool) -> None:
    """Deleted two by two, with a picture that is streamed in pieces and makes the archive a second part."""
    monkeypatch.setattr(day_archive, "BATCH", 2)
    large = bytes(range(256)) * (9 * 4096)
    for nth, camera in enumerate(cameras("MANY"), 1):
        sources = pictures(4, f"{camera}/{DAY}/") | {f"{camera}/{DAY}/{picture(4)}": large}
        site.put(sources)
        store = Flaky(site.store, nth=nth, done=done, kill=True)
        with suppress(Killed):
            archive(site, camera, store)
        archive_as_planned(site, camera)
        expect_archived(site, camera, sources, signed=True)
        if not store.struck:
            assert site.store.head(f"{camera}/archive/{DAY}.tar.gz").etag.endswith("-2")
            assert nth > 20
            return
    raise AssertionError("the archive never came to its end")


@STRIKES
def test_the_repair_of_an_archive_whose_run_was_killed(site: Site, done: bool, kill: bool) -> None:
    """Killed when the archive had appeared and its index had not, and struck again while that is mended."""
    appeared = 11  # the reply to this call is the one that completes the upload
    for nth, camera in enumerate(cameras("TWICE"), 1):
        sources = pictures(3, f"{camera}/{DAY}/")
        site.put(sources)
        with suppress(Killed):
            archive(site, camera, Flaky(site.store, nth=appeared, done=True, kill=True))
        [found] = site.catalog().archives(camera)
        assert found.object
        assert found.drafts
        assert not found.index
        store = Flaky(site.store, nth=nth, done=done, kill=kill)
        with suppress(Killed):
            archive(site, camera, store)
        archive_as_planned(site, camera)
        expect_archived(site, camera, sources, signed=True)
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
