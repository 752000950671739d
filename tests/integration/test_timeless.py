"""Pictures whose names hold no time: nothing false is archived of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils.cctv.archiving import Archiver
from ansible.module_utils.cctv.capture import Reading, TimeSource
from ansible.module_utils.cctv.clock import Zones
from ansible.module_utils.cctv.timeless import settled

from tests.integration.site import CAM, DAY

if TYPE_CHECKING:
    from tests.integration.site import Site

KYIV = Zones.load("Europe/Kyiv").default
MIDNIGHT = datetime(2022, 2, 24, tzinfo=KYIV)
READING = Reading(
    captured_at=MIDNIGHT.replace(hour=14),
    time_source=TimeSource.ARRIVAL,
    event="",
    vendor="",
    raw_time="",
    clock_suspect=False,
    ambiguous=False,
)


@pytest.mark.parametrize(
    ("written", "captured_at", "source"),
    [
        ("2022-02-23T22:00:05+00:00", "2022-02-24T00:00:05+02:00", "arrival"),
        ("2022-02-24T22:00:05+00:00", "2022-02-24T00:00:00+02:00", "path"),
        ("2022-02-24T12:00:00", "2022-02-24T00:00:00+02:00", "path"),
        ("then", "2022-02-24T00:00:00+02:00", "path"),
        ("0001-01-01T00:00:00+14:00", "2022-02-24T00:00:00+02:00", "path"),
        ("", "2022-02-24T00:00:00+02:00", "path"),
    ],
)
def test_a_written_arrival_counts_if_it_is_of_the_day(written: str, captured_at: str, source: str) -> None:
    found = settled(READING, DAY, written=written)
    assert (found.captured_at.isoformat(), found.time_source) == (captured_at, source)
    named = replace(READING, time_source=TimeSource.NAME)
    assert settled(named, DAY, written=written) == named


def test_the_arrival_that_the_forwarder_wrote_is_archived_and_that_of_a_sort_is_not(site: Site) -> None:
    now = datetime.now(UTC)
    today, began = now.date(), datetime.combine(now.date(), time(), UTC)
    arrived = began + timedelta(seconds=1)
    written = {"frame_1.jpg": (arrived, "arrival"), "frame_2.jpg": (began, "path")}
    site.put({f"{CAM}/{today}/frame_1.jpg": b"forwarder"}, Metadata={"arrived-at": arrived.isoformat()})
    site.put({f"{CAM}/frame_2.jpg": b"mount"})
    assert site.sort().failures == {}
    site.emulator.reset()
    assert site.archive(CAM, today).removed == 2
    assert site.emulator.requests()["GetObject"] == 2
    assert_told(site, today, written)
    site.s3.delete_object(Bucket=site.bucket, Key=f"{CAM}/archive/{today}.index.json")
    assert Archiver(catalog=site.catalog(), storage_class="GLACIER").index([(CAM, today)]).finished == 1
    assert_told(site, today, written)


def assert_told(site: Site, day: date, written: dict[str, tuple[datetime, str]]) -> None:
    found = {it.name: (datetime.fromisoformat(it.captured_at), it.time_source) for it in site.index(day=day).captures}
    assert found == written
