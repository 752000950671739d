"""What the old toolkit got wrong without losing it, right."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ansible.module_utils.cctv import sorting
from ansible.module_utils.cctv.days import chosen_days
from ansible.module_utils.cctv.selection import DayRule, select_cameras

from tests.integration.module_runs import Modules
from tests.integration.site import CAM, DAY, Site, picture, pictures, sha256

FOLDER = f"{CAM}/{DAY}/"
ARCHIVE = f"{CAM}/archive/{DAY}.tar.gz"


def test_more_than_a_thousand_pictures_in_one_run_for_one_request_each(site: Site) -> None:
    sources = pictures(1500, f"{CAM}/")
    site.put(sources)
    site.emulator.reset()
    assert site.sort(CAM).moved == 1500
    requests = site.emulator.requests()
    assert requests["CopyObject"] == 1500
    assert requests["DeleteObjects"] == 2
    assert sum(requests.values()) <= 1.05 * 1500, requests
    assert sorted(site.keys(f"{CAM}/")) == sorted(key.replace(f"{CAM}/", FOLDER) for key in sources)


def test_names_that_sort_after_a_thousand_day_folders(site: Site) -> None:
    days = [date(2019, 6, 1) + timedelta(number) for number in range(1050)]
    site.put({f"{CAM}/{day}/": b"" for day in days})
    late = {f"{CAM}/zz_{picture(0)}": b"after all days", f"{CAM}/0_{picture(1)}": b"before all days"}
    site.put(late)
    assert site.catalog().days(CAM) == days
    assert site.sort(CAM).moved == 2
    assert sorted(site.bodies(FOLDER).values()) == [b"", *sorted(late.values())]


def test_cameras_without_an_object_in_the_root_and_with_one(site: Site) -> None:
    site.put(dict.fromkeys([f"CAM-1/{picture(0)}", f"CAM-10/{picture(0)}"], b"x"))
    assert site.catalog().cameras() == ["CAM-1", "CAM-10"]
    site.put({"test.io": b"", "/odd": b""})
    site.emulator.reset()
    assert site.catalog().cameras() == ["CAM-1", "CAM-10"]
    assert site.emulator.requests() == {"ListObjectsV2": 1}


def test_the_day_is_that_of_the_capture(site: Site) -> None:
    site.put({f"{CAM}/{picture(0, day=date(2020, 2, 29))}": b"leap"})
    assert site.sort().moves == [
        (f"{CAM}/{picture(0, day=date(2020, 2, 29))}", f"{CAM}/2020-02-29/{picture(0, day=date(2020, 2, 29))}")
    ]
    site.archive(CAM, date(2020, 2, 29))
    [entry] = site.index(day=date(2020, 2, 29)).captures
    assert entry.captured_at == "2020-02-29T06:00:00+00:00"


@pytest.mark.parametrize("pattern", ["*.jpg", "192.*_motion_*.JPG", picture(0, extension="JPG")])
def test_patterns_take_the_name_in_any_case(site: Site, pattern: str) -> None:
    site.put({f"{CAM}/{picture(0, extension='JPG')}": b"x", f"{CAM}/notes.txt": b"y"})
    outcome = site.sort(patterns=[pattern])
    assert (outcome.moved, outcome.passed_over) == (1, 1)


def test_a_camera_whose_name_another_one_begins_with(site: Site) -> None:
    site.put({f"CAM-10/{DAY}/{picture(0)}": b"x", f"CAM-10/{picture(1)}": b"y"})
    assert select_cameras(site.catalog().cameras(), ["CAM-1*"]) == ["CAM-10"]
    assert site.sort("CAM-1").moved == 0
    assert site.catalog().days("CAM-1") == []
    assert site.archive("CAM-1").archives == []
    assert site.purge("CAM-1").keys == []
    assert len(site.keys("")) == 2


def test_a_folder_marker_alone_is_an_empty_day(site: Site) -> None:
    site.put({FOLDER: b"", f"{CAM}/2022-02-25/": b""})
    site.put({f"{CAM}/2022-02-25/{picture(0)}": b"x"}, StorageClass="GLACIER")
    outcome = site.archive(CAM, DAY, date(2022, 2, 25))
    assert outcome.archives == []
    assert "restore it first" in outcome.failures[f"{CAM}/2022-02-25/{picture(0)}"]
    assert not any(key.startswith(f"{CAM}/archive/") for key in site.keys(""))


def test_an_archive_of_many_parts_has_its_tag_and_class(site: Site) -> None:
    sources = {FOLDER + picture(number): bytes([number]) * 7 + sha256(bytes([number])).encode() for number in range(3)}
    sources[FOLDER + picture(9)] = os.urandom(20 * 1024 * 1024)
    site.put(sources)
    assert site.archive(storage_class="DEEP_ARCHIVE").failures == {}
    assert site.store.head(ARCHIVE).storage_class == "DEEP_ARCHIVE"
    assert site.store.head(ARCHIVE).etag.endswith("-5")
    assert site.s3.get_object_tagging(Bucket=site.bucket, Key=ARCHIVE)["TagSet"] == [
        {"Key": "archived", "Value": "yes"}
    ]


def test_the_oldest_days_of_all_cameras_come_first(site: Site) -> None:
    days = {camera: [DAY + timedelta(number) for number in range(20)] for camera in ("B", "A")}
    site.put({f"{camera}/{day}/x.jpg": b"x" for camera, its in days.items() for day in its})
    chosen = chosen_days(site.catalog(), ["A", "B"], DayRule(pattern="*2022-*")).sorted
    assert chosen == [(camera, day) for day in days["A"] for camera in ("A", "B")]


@pytest.fixture
def archive(site: Site) -> bytes:
    """One archive whose names sort in another order than its times."""
    names = ["z_20220224060000000_A.jpg", "m_20220224070000000_B.jpg", "a_20220224080000000_C.jpg"]
    site.put({FOLDER + name: name.encode() * 50 for name in names})
    site.archive()
    return site.body(ARCHIVE)


def test_every_reader_takes_the_archive(site: Site, archive: bytes, tmp_path: Path) -> None:
    order = [entry.name for entry in site.index().captures]
    for mode in ("r:gz", "r|gz"):
        with tarfile.open(fileobj=io.BytesIO(archive), mode=mode) as tar:
            assert [info.name for info in tar] == order
    assert len(gzip.decompress(archive)) % 512 == 0
    subprocess.run(["gzip", "-t"], input=archive, check=True)
    subprocess.run(["tar", "xzf", "-"], input=archive, check=True, cwd=tmp_path)
    for name in order:
        assert (tmp_path / name).read_bytes() == name.encode() * 50


def test_members_lie_in_the_order_and_have_the_times_of_capture(archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        times = [datetime.fromtimestamp(info.mtime, UTC).hour for info in tar]
    assert times == [6, 7, 8]


def test_any_picture_is_one_range_and_one_raw_inflate_away(site: Site, archive: bytes) -> None:
    for entry in site.index().captures:
        span = f"bytes={entry.offset}-{entry.offset + entry.length - 1}"
        piece = site.s3.get_object(Bucket=site.bucket, Key=ARCHIVE, Range=span)["Body"].read()
        raw = zlib.decompressobj(-15).decompress(piece)
        assert sha256(raw[512 : 512 + entry.size]) == entry.sha256


def test_an_archive_costs_one_read_per_picture(site: Site) -> None:
    site.put(pictures(60, FOLDER))
    site.emulator.reset()
    site.archive()
    requests = site.emulator.requests()
    assert requests["GetObject"] == 60
    assert requests["HeadObject"] == 1  # of the archive
    assert sum(requests.values()) < 60 + 15, requests


def test_metadata_tags_and_class_travel_with_a_picture(site: Site) -> None:
    site.put({f"{CAM}/{picture(0)}": b"x"}, Metadata={"mtime": "1"}, Tagging="case=7", ContentType="image/jpeg")
    site.put({f"{CAM}/{picture(1)}": b"y"}, Metadata={"mtime": "2"}, Tagging="case=8", StorageClass="STANDARD_IA")
    assert site.sort().moved == 2
    for number, storage_class in enumerate(("STANDARD", "STANDARD_IA")):
        where = {"Bucket": site.bucket, "Key": FOLDER + picture(number)}
        head = site.s3.head_object(**where)
        assert head["Metadata"] == {"mtime": str(number + 1)}
        assert head.get("StorageClass", "STANDARD") == storage_class
        assert site.s3.get_object_tagging(**where)["TagSet"] == [{"Key": "case", "Value": str(number + 7)}]


def test_vendor_folders_belong_to_their_day(site: Site) -> None:
    inside = {
        "2018-08-24/001/jpg/22/27/59[M][0@0][0].jpg": "2018-08-24/001/jpg/22/27/59[M][0@0][0].jpg",
        "serial/2018-08-24/001/jpg/22/28/59[M][0@0][0].jpg": "2018-08-24/serial/001/jpg/22/28/59[M][0@0][0].jpg",
        "20250901/images000/A25090106224300.jpg": "2025-09-01/A25090106224300.jpg",
        "2022_02_24-2022_02_24/" + picture(0): f"2022-02-24/{picture(0)}",
    }
    site.put({f"{CAM}/{source}": source.encode() for source in inside})
    assert site.sort().failures == {}
    assert site.bodies() == {f"{CAM}/{there}": source.encode() for source, there in inside.items()}


@pytest.mark.parametrize("batch", [1, 1000])
def test_channels_that_shoot_in_the_same_second_keep_their_folders(
    site: Site, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(sorting, "BATCH", batch)
    name = "20240101101010.jpg"
    bodies = {f"{CAM}/ch0{channel}/{name}": b"%d" % channel for channel in (1, 2, 3)}
    sorted_there = {
        f"{CAM}/2024-01-01/{folder}{name}": body
        for folder, body in zip(("", "ch02/", "ch03/"), bodies.values(), strict=True)
    }
    for _ in range(2):  # the same pictures again only lose their sources
        site.put(bodies)
        planned, outcome = site.sort(check_mode=True), site.sort()
        assert sorted(planned.moves) == sorted(outcome.moves)
        assert (outcome.moved, outcome.failures) == (3, {})
        assert site.bodies() == sorted_there
    other = {f"{CAM}/ch02/{name}": b"another of that channel"}
    site.put(other)
    [(_, there)] = site.sort().moves
    assert there.startswith(f"{CAM}/2024-01-01/20240101101010~")


def test_pictures_that_were_uploaded_in_parts(site: Site) -> None:
    body = bytes(range(256)) * (12 * 1024 * 4)
    site.put_in_parts(f"{CAM}/{picture(0)}", body)
    site.put({FOLDER + picture(0): b"x" * len(body)})
    assert site.sort().failures == {}
    assert sorted(map(sha256, site.bodies().values())) == sorted([sha256(body), sha256(b"x" * len(body))])
    site.put_in_parts(f"{CAM}/{picture(0)}", body)  # once more, under another ETag than its copy has
    assert site.sort().moved == 1
    assert len(site.keys("")) == 2
    site.put_in_parts(FOLDER + picture(1), body)
    assert site.archive().failures == {}
    assert sorted(sha256(bodies[0]) for bodies in site.archived().values()).count(sha256(body)) == 2
    assert site.keys(FOLDER) == []


@pytest.mark.parametrize("name", ["a//b.jpg", "bell\x07.jpg", "../../etc/b.jpg", "./b.jpg", "é ü+%&<>'\".jpg"])
def test_names_that_other_tools_stumble_over(site: Site, name: str) -> None:
    site.put({f"{CAM}/{name}": b"odd", f"{CAM}/{picture(0)}": b"x"})
    outcome = site.sort()
    assert (outcome.moved, outcome.failures) == (2, {})
    [odd] = [key for key, body in site.bodies().items() if body == b"odd"]
    day = odd.split("/")[1]
    site.put({f"{CAM}/{day}/!.jpg": b"first"})  # the emulator cannot say a control character in StartAfter
    outcome_of_archive = site.archive(CAM, DAY, date.fromisoformat(day))
    assert outcome_of_archive.failures == {}
    assert sorted(site.archived(CAM, date.fromisoformat(day)).values()) == [[b"first"], [b"odd"]]
    assert [key for key in site.keys("") if "/archive/" not in key] == []


def test_an_object_that_ends_in_a_slash_and_holds_something_is_told(site: Site) -> None:
    nameless = [f"{CAM}/", f"{CAM}/a/b/", f"{FOLDER}"]
    site.put(dict.fromkeys(nameless, b"bytes") | {f"{CAM}/c/": b""})
    outcome = site.sort(CAM)
    assert (sorted(outcome.failures), outcome.moved) == (nameless[:2], 0)
    assert all("copy it to another key" in reason for reason in outcome.failures.values())
    assert list(site.archive().failures) == [FOLDER]
    assert len(site.keys()) == 4


@pytest.mark.parametrize("prefix", ["/cams/", "cams//", "//cams"])
def test_a_slash_too_many_in_the_prefix_hides_nothing(site: Site, modules: Modules, prefix: str) -> None:
    site.put({f"cams/{CAM}/{picture(0)}": b"x"})
    assert modules.run("cctv_camera_info", bucket=site.bucket, prefix=prefix)["names"] == [CAM]


def test_a_list_of_nothing_says_what_matched_nothing(site: Site, modules: Modules) -> None:
    site.put({f"{CAM}/{picture(0)}": b"x"})
    for asked in ({"date": "2020-01-01"}, {"pattern": "*.png"}):
        result = modules.run("cctv_capture_info", bucket=site.bucket, camera=CAM, **asked)
        assert result["msg"].startswith(f"Nothing of {CAM} matches {next(iter(asked.values()))}.")
