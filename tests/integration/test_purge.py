"""Purge: only what is old enough, in batches, and no archive whose contents are not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.cctv.errors import CctvError

from tests.integration.site import CAM, DAY, Site, pictures

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


DAMAGE = {
    "missing": None,
    "cut off": lambda text: text[:100],
    "no object": lambda text: "[]",
    "archive is text": lambda text: json.dumps(json.loads(text) | {"archive": "x"}),
    "of another archive": lambda text: text.replace('"bytes": ', '"bytes": 1'),
    "offset is text": lambda text: text.replace('"offset": 10', '"offset": "10"'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_archive_whose_index_cannot_be_trusted_is_kept(site: Site, damage: str) -> None:
    site.put(pictures(3, FOLDER))
    site.archive()
    spoil = DAMAGE[damage]
    if spoil is None:
        site.s3.delete_object(Bucket=site.bucket, Key=INDEX)
    else:
        site.put({INDEX: spoil(site.body(INDEX).decode()).encode()})
    before = site.keys()
    outcome = site.purge(include_archives=True)
    assert list(outcome.kept) == [ARCHIVE]
    assert "index" in outcome.kept[ARCHIVE]
    assert site.keys() == before


def test_refused_deletes_are_failures(site: Site) -> None:
    site.put(pictures(3, FOLDER))
    outcome = site.allow("s3:ListBucket", "s3:GetObject", "s3:GetBucketVersioning").purge(CAM)
    assert (outcome.captures, outcome.keys, len(outcome.failures)) == (0, [], 3)
    assert len(site.keys()) == 3
