"""Real names mean what the table says, and no name at all makes a wrong date."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from ansible.module_utils.cctv.capture import EARLIEST_YEAR, Reading, TimeSource, read, sorted_path
from ansible.module_utils.cctv.vendors import CONVENTIONS
from hypothesis import example, given
from hypothesis import strategies as st

KEYS = yaml.safe_load((Path(__file__).parents[1] / "data/keys.yml").read_text(encoding="utf-8"))
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")]
ARRIVED = datetime(2026, 12, 31, 12, tzinfo=UTC)
wall = datetime.fromisoformat


def read_row(row: dict[str, str], path: str) -> Reading:
    arrived_at = datetime.fromisoformat(row.get("arrived_at", ARRIVED.isoformat()))
    day = date.fromisoformat(row["sorted_into"]) if "sorted_into" in row else None
    return read(path, arrived_at=arrived_at, zone=ZoneInfo(row.get("zone", "Europe/Berlin")), sorted_into=day)


@pytest.mark.parametrize("row", KEYS, ids=[row["path"] for row in KEYS])
def test_real_name(row):
    reading = read_row(row, row["path"])
    expected = datetime.fromisoformat(row["at"])
    assert reading.captured_at.isoformat() == expected.isoformat()
    assert reading.time_source == row.get("source", "name")
    assert (reading.vendor, reading.event) == (row.get("vendor", ""), row.get("event", ""))
    assert (reading.clock_suspect, reading.ambiguous) == (
        row.get("suspect", False),
        row.get("ambiguous", False),
    )
    assert reading.raw_time == row.get("raw", "") or ("raw" not in row and reading.time_source != "arrival")
    bare = f"{row['at'][:10]}/{row['path'].rpartition('/')[2]}"
    assert sorted_path(row["path"], reading) == row.get("sorted", bare)


@pytest.mark.parametrize("row", KEYS, ids=[row["path"] for row in KEYS])
def test_real_name_survives_sorting(row):
    assert_survives_sorting(row["path"], read_row(row, row["path"]), lambda path: read_row(row, path))


def test_every_convention_has_a_real_name():
    """The table of names names no vendor that is not in the code, and the other way round."""
    assert {row.get("vendor", "") for row in KEYS} - {""} == {entry.vendor for entry in CONVENTIONS}
    unused = [
        entry.pattern.pattern
        for entry in CONVENTIONS
        if not any(
            entry.pattern.fullmatch(row["path"] if entry.needs_path else row["path"].rpartition("/")[2])
            for row in KEYS
            if row.get("vendor") == entry.vendor
        )
    ]
    assert unused == []


def assert_survives_sorting(path, reading, again):
    once = sorted_path(path, reading)
    assert once.startswith(f"{reading.captured_at.date().isoformat()}/")
    assert once.rpartition("/")[2] == path.rpartition("/")[2]
    assert sorted_path(once, reading) == once
    if reading.time_source is TimeSource.ARRIVAL:
        return
    reread = again(once)
    assert replace(reread, raw_time="") == replace(reading, raw_time="")  # folders may come between its parts
    assert sorted_path(once, reread) == once


# --- properties

moments = st.datetimes(wall(f"{EARLIEST_YEAR}-01-01"), wall("2026-12-30")).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
zones = st.sampled_from(ZONES)
anything = st.text(st.characters(exclude_categories=[]), max_size=60)  # lone surrogates and newlines too
prefixes = st.text(st.characters(exclude_characters="/", exclude_categories=[]), min_size=1, max_size=60)
events = st.from_regex(r"[A-Za-z][A-Za-z_]{0,30}(_[0-9]{1,2})?", fullmatch=True)

# pieces of real names, so that what Hypothesis puts together is nearly one
separators = st.sampled_from("////___-.@[]\n٣")
days = st.sampled_from(["2018-02-25", "2018-02-24", "2018-02-30", "20180225", "20261399", "180225", "180942"])
stamps = st.sampled_from(["20180225180942", "20180225180942123", "19700101000000000", "99991231235959"])
dahua = st.sampled_from(["001", "18", "09", "42[M][0@0][0]", "15.39.01[R][0@0][0]", "21.04.49-21.05.14[A][0@0][0]"])
others = st.sampled_from(["2023Y05M06D15H", "E100M00S60", "Img_2010-08-10", "Snap_103130_021_1", "A25090106224300"])
words = st.sampled_from(["Alarm", "MDAlarm", "image", "CAM1", "下站", ".jpg", "12"])
pieces = separators | days | stamps | dahua | others | words
keys = st.one_of(anything, st.lists(pieces, max_size=14).map("".join))


@given(path=keys, arrived_at=st.datetimes(timezones=st.just(UTC), min_value=wall("1970-01-02")), zone=zones)
@example(path="99991231235959999_X.jpg", arrived_at=datetime(2026, 1, 1, tzinfo=UTC), zone=ZONES[2])
@example(path="00010101000000000_X.jpg", arrived_at=datetime(2026, 1, 1, tzinfo=UTC), zone=ZONES[1])
@example(path="9999-12-31/x.jpg", arrived_at=datetime(2026, 1, 1, tzinfo=UTC), zone=ZONES[2])
@example(path="", arrived_at=datetime(1999, 10, 31, tzinfo=UTC), zone=ZONES[1])
@example(path="0001-01-01/x.jpg", arrived_at=datetime(2026, 1, 1, tzinfo=UTC), zone=ZONES[1])
def test_any_key_reads_and_never_tells_what_is_not_written(path, arrived_at, zone):
    arrived_at = min(arrived_at, datetime(9999, 12, 30, tzinfo=UTC))
    reading = read(path, arrived_at=arrived_at, zone=zone)
    assert reading.captured_at.tzinfo is zone
    assert reading.event == reading.event.upper()
    assert reading.raw_time in path
    if reading.time_source is TimeSource.ARRIVAL:
        assert reading.captured_at.astimezone(UTC) == arrived_at
        return
    assert reading.captured_at.year >= EARLIEST_YEAR
    assert reading.captured_at <= arrived_at + timedelta(minutes=5)
    if not reading.clock_suspect:
        assert f"{reading.captured_at:%y%m%d}" in re.sub("[^0-9]", "", reading.raw_time)
    if reading.time_source is TimeSource.NAME:
        assert f"{reading.captured_at:%H%M}" in re.sub("[^0-9]", "", reading.raw_time)
        assert reading.raw_time in path.rpartition("/")[2]


@given(path=keys, zone=zones)
@example(path="Alarm/20100511/12/15.39.01[R][0@0][0].jpg", zone=ZONES[1])
@example(path="Alarm/2010-05-11/20100511/12/15.39.01[R][0@0][0].jpg", zone=ZONES[1])
@example(path="A/2018-02-24/B/2018-02-25/001/jpg/18/09/42[M][0@0][0].jpg", zone=ZONES[0])
@example(path="2018-02-25/2018-02-24/42/18/09/42[M][0@0][0].jpg", zone=ZONES[0])
def test_sorting_keeps_the_time(path, zone):
    def again(path):
        return read(path, arrived_at=ARRIVED, zone=zone)

    assert_survives_sorting(path, again(path), again)


@given(
    prefix=prefixes,
    moment=moments,
    event=events,
    zone=zones,
    folder=st.sampled_from(["", "2022-02-24/", "a/b/"]),
)
@example(
    prefix="下站_AG3749139",
    moment=wall("2026-07-08"),
    event="LINE_CROSSING_DETECTION_1",
    zone=ZONES[1],
    folder="",
)
@example(prefix="20200101000000000_x", moment=wall("2026-07-08"), event="TIMING", zone=ZONES[1], folder="")
@example(prefix="2018-02-25", moment=wall("2026-03-08T02:30"), event="a", zone=ZONES[2], folder="")
def test_hikvision_name_reads_back(prefix, moment, event, zone, folder):
    stamp = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}"
    reading = read(f"{folder}{prefix}_{stamp}_{event}.jpg", arrived_at=ARRIVED, zone=zone)
    assert reading.captured_at.replace(tzinfo=None) == moment
    assert (reading.time_source, reading.vendor, reading.event) == ("name", "hikvision", event.upper())
    assert (reading.raw_time, reading.clock_suspect) == (stamp, False)


@given(moment=moments, serial=st.from_regex(r"[A-Z0-9]{4,12}", fullmatch=True), zone=zones)
def test_dahua_path_reads_back(moment, serial, zone):
    path = f"{serial}/{moment:%Y-%m-%d}/001/jpg/{moment:%H/%M/%S}[M][0@0][0].jpg"
    reading = read(path, arrived_at=ARRIVED, zone=zone)
    assert reading.captured_at.replace(tzinfo=None) == moment.replace(microsecond=0)
    assert sorted_path(path, reading) == f"{moment:%Y-%m-%d}/{serial}/001/jpg/{moment:%H/%M/%S}[M][0@0][0].jpg"


@given(moment=moments, zone=zones)
def test_ambiguous_is_said_only_where_the_clock_goes_back(moment, zone):
    reading = read(f"cam_{moment:%Y%m%d%H%M%S}.jpg", arrived_at=ARRIVED, zone=zone)
    first, second = (moment.replace(microsecond=0, tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    assert reading.captured_at.astimezone(UTC) == first
    assert reading.ambiguous == (first < second)


HOSTILE = [
    "20180225180942_",
    "2018-02-25/",
    "_00_",
    "20180225180942123",
    "[M]",
    "1",
    "a-",
    "18/09/",
    "(",
    "2018",
]


@pytest.mark.parametrize("length", [255, 1024])
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("end", ["", "!", "[M][0@0][0]x!", "_00_20180225180942x", "."])
def test_no_name_takes_long(piece, length, end):
    path = (piece * length)[: length - len(end)] + end
    started = time.process_time()
    for _ in range(5):
        read(path, arrived_at=ARRIVED, zone=ZONES[1])
    assert (time.process_time() - started) / 5 < 0.05
