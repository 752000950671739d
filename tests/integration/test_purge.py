"""Purge: only what is old enough, in batches, and no archive whose contents are not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv.errors import CctvError

from tests.integration.site import CAM, DAY, Site, pictures

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER, ARCHIVE, INDEX = (f"{CAM}/{DAY}/", f"{CAM}/archive/{DAY}.tar.gz", f"{CAM}/archive/{DAY}.index.json")


@pytest.mark.parametrize("age", [0, -1])
def test_todays_pictures_are_refused(site: Site, age: int) -> None:
    with pytest.raises(CctvError, match="give at least 1"):
        site.purge(older_than_days=age)


def test_check_mode_counts_and_keeps(site: Site) -> None:
    sources = pictures(3, FOLDER)
    young = datetime.now(UTC).date() - timedelta(days=1)
    site.put({**sources, f"{CAM}/{young}/x.jpg": b"young"})
    planned = site.purge(check_mode=True)
    assert (planned.captures, planned.days, planned.keys) == (3, 1, [FOLDER])
    assert len(site.keys()) == 4
    done = site.purge()
    assert (done.captures, done.bytes, done.keys) == (3, planned.bytes, [FOLDER])
    assert site.keys() == [f"{CAM}/{young}/x.jpg"]
    assert site.purge().keys == []


def test_a_store_that_knows_no_versions_is_purged(site: Site) -> None:
    site.put(pictures(2, f"{CAM}/{DAY}/"))
    site.emulator.fault("error", operation="GetBucketVersioning", status=501, code="NotImplemented")
    outcome = site.purge()
    assert (outcome.captures, outcome.versioned, site.keys()) == (2, False, [])


def test_one_delete_per_thousand(site: Site) -> None:
    site.put(dict.fromkeys((f"{FOLDER}{number}.jpg" for number in range(1001)), b""))
    site.emulator.reset()
    assert site.purge().captures == 1001
    assert site.emulator.requests()["DeleteObjects"] == 2


def test_days_share_their_requests_and_nothing_between_them_goes(site: Site) -> None:
    days = [f"{CAM}/2022-02-{day}/" for day in (10, 11, 27)]
    between = [f"{CAM}/2022-02-1", f"{CAM}/2022-02-12x/a.jpg", f"{CAM}/2022-02-20.jpg", f"{CAM}/2022-02-270/a.jpg"]
    site.put(dict.fromkeys(days, b"") | {f"{folder}a.jpg": b"picture" for folder in days})
    site.put(dict.fromkeys(between, b"loose"))
    site.emulator.reset()
    outcome = site.purge()
    assert (outcome.captures, outcome.days, outcome.keys) == (3, 3, days)
    assert site.emulator.requests()["DeleteObjects"] == 1
    assert site.emulator.requests()["ListObjectsV2"] == 2  # the days, and what is in them
    assert site.keys() == sorted(between)


def test_an_archive_goes_only_if_asked_and_at_its_price(site: Site) -> None:
    site.put(pictures(3, FOLDER))
    site.archive(storage_class="DEEP_ARCHIVE")
    assert site.purge().archives == 0
    outcome = site.purge(include_archives=True)
    assert (outcome.archives, outcome.captures) == (1, 3)
    assert outcome.early_deletion_usd == pytest.approx(outcome.bytes / 1e9 * 0.00099 * 180 / 30, rel=0.01)
    assert site.keys() == []


def first(stated: dict[str, Any], **values: Any) -> None:
    stated["captures"][0].update(values)


DAMAGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "archive is text": lambda stated: stated.update(archive="x"),
    "of another camera": lambda stated: stated.update(camera="CAM-EXT-002"),
    "of another day": lambda stated: stated.update(date="2022-02-23"),
    "of another key": lambda stated: stated["archive"].update(key=ARCHIVE.replace("24", "23")),
    "of another size": lambda stated: stated["archive"].update(bytes=1 + stated["archive"]["bytes"]),
    "of other bytes": lambda stated: stated["archive"].update(parts_sha256="", etag="", md5=""),
    "of another run": lambda stated: stated["archive"].update(build="0" * 32),
    "no pictures": lambda stated: stated.update(captures=[]),
    "the first left out": lambda stated: stated["captures"].pop(0),
    "one left out": lambda stated: stated["captures"].pop(1),
    "the last left out": lambda stated: stated["captures"].pop(),
    "one twice": lambda stated: stated["captures"].append(stated["captures"][1]),
    "length of nothing": lambda stated: first(stated, length=0),
    "offset far away": lambda stated: first(stated, offset=10**18),
    "offset is text": lambda stated: first(stated, offset="10"),
    "size is true": lambda stated: first(stated, size=True),
    "size below nothing": lambda stated: first(stated, size=-1),
    "name is a number": lambda stated: first(stated, name=5),
    "name is half a character": lambda stated: first(stated, name="a\ud800b.jpg"),
    "no name": lambda stated: first(stated, name=""),
    "time is a number": lambda stated: first(stated, captured_at=5),
    "time is no time": lambda stated: first(stated, captured_at="noon"),
    "checksum is missing": lambda stated: stated["captures"][0].pop("sha256"),
    "etag is a number": lambda stated: stated["archive"].update(etag=5),
}
NO_INDEX: dict[str, bytes] = {"empty": b"", "no object": b"[]", "deep": b"[" * 200_000, "no text": b"\xff\xfe{"}


def damaged(document: bytes, how: str) -> bytes:
    """An index with one thing wrong, or what is none at all."""
    if how in NO_INDEX:
        return NO_INDEX[how]
    stated = json.loads(document)
    DAMAGE[how](stated)
    return json.dumps(stated).encode()


@pytest.mark.parametrize("how", ["missing", "cut off", *NO_INDEX, *DAMAGE])
def test_an_archive_whose_index_cannot_be_trusted_is_kept(site: Site, how: str) -> None:
    site.put(pictures(3, FOLDER))
    site.archive()
    document = site.body(INDEX)
    site.s3.delete_object(Bucket=site.bucket, Key=INDEX)
    if how != "missing":
        site.put({INDEX: document[:100] if how == "cut off" else damaged(document, how)})
    before = site.keys()
    outcome = site.purge(include_archives=True)
    assert list(outcome.kept) == [ARCHIVE]
    assert "index" in outcome.kept[ARCHIVE]
    assert "cctv_index_only=true" in outcome.kept[ARCHIVE]
    assert (outcome.archives, outcome.captures, outcome.failures) == (0, 0, {})
    assert site.keys() == before
    site.put({INDEX: document})
    assert site.purge(include_archives=True).archives == 1


def test_refused_deletes_are_failures(site: Site) -> None:
    site.put(pictures(3, FOLDER))
    outcome = site.allow("s3:ListBucket", "s3:GetObject", "s3:GetBucketVersioning").purge(CAM)
    assert (outcome.captures, outcome.keys, len(outcome.failures)) == (0, [], 3)
    assert len(site.keys()) == 3
