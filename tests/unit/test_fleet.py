"""The demo's fleet sends what a real one would, the same every time."""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import io
import itertools
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from demo import fleet
from demo.frames import FRAMES
from demo.upload import upload
from demo.vendors import CAMERAS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator

NOW = dt.datetime(2026, 3, 1, 14, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[fleet.Picture]:
    folder = FRAMES
    if not folder.exists():
        folder = tmp_path_factory.mktemp("frames")
        Image.effect_noise((1280, 960), 8).save(folder / "frame-001.jpg")
    return list(fleet.pictures(NOW, folder))


def is_picture(each: fleet.Picture) -> bool:
    return each.path.lower().endswith(".jpg") and bool(each.body)


def test_enough_of_them(sent: list[fleet.Picture]) -> None:
    assert len(sent) >= 2500
    keys = [each.key for each in sent]
    assert len(set(keys)) == len(keys)
    loose = [each for each in sent if each.camera == "CAM-EXT-001" and "/" not in each.path]
    assert len(loose) == 1200
    assert len({each.camera for each in sent if each.camera}) == len(CAMERAS) + 1


def test_sizes(sent: list[fleet.Picture]) -> None:
    sizes = sorted(len(each.body) for each in sent if is_picture(each))
    assert 700 < sizes[0] < 2000
    assert 1_000_000 < sizes[-1] <= 3_000_000
    usual = [size for size in sizes if 20_000 <= size <= 200_000]
    assert len(usual) > 0.5 * len(sizes)
    assert sum(sizes) < 150_000_000


def test_all_are_pictures_of_their_own(sent: list[fleet.Picture]) -> None:
    digests = collections.Counter(hashlib.sha256(each.body).digest() for each in sent)
    assert sum(count - 1 for count in digests.values()) == fleet.TWINS
    for each in filter(is_picture, sent[::7]):
        with Image.open(io.BytesIO(each.body)) as picture:
            picture.load()
            assert picture.format == "JPEG"


def test_drawn_where_there_are_no_photographs(tmp_path: Path) -> None:
    drawn = list(itertools.islice(fleet.pictures(NOW, tmp_path), 300))
    assert len({each.body for each in drawn}) == 300
    assert sum(len(each.body) for each in drawn) < 300 * 58_000
    with Image.open(io.BytesIO(drawn[0].body)) as picture:
        picture.load()


def test_collisions(sent: list[fleet.Picture]) -> None:
    by_key = {each.key: each for each in sent}
    same, other = 0, 0
    for each in sent:
        camera, _, rest = each.key.partition("/")
        _, _, name = rest.partition("/")
        loose = by_key.get(f"{camera}/{name}")
        if name and loose:
            same += loose.body == each.body
            other += loose.body != each.body
    assert (same, other) == (fleet.TWINS, fleet.TWINS)


@pytest.mark.parametrize(
    "pattern",
    [
        r"CAM-EXT-001/192\.168\.1\.64_01_\d{17}_FACE_SNAP\.jpg",
        r"CAM-GATE-002/(\d{4}_\d\d_\d\d)-\1/下站_AG3749139_\d{17}_LINE_CROSSING_DETECTION\.jpg",
        r"CAM-YARD-003/.*_line_crossing_detection_1\.JPG",
        r"CAM-ROAD-004/\d{17}_N74DYX_VEHICLE_DETECTION\.jpg",
        r"CAM-SHED-005/\d{4}-\d\d-\d\d/001/jpg/\d\d/\d\d/\d\d\[M\]\[0@0\]\[0\]\.jpg",
        r"CAM-DOOR-006/Haustuer_00_\d{14}\.jpg",
        r"CAM-ROOF-007/FI9800P_00123E45E060/snap/HMDAlarm_\d{8}-\d{6}\.jpg",
        r"CAM-BARN-008/\d{8}/images000/A\d{14}\.jpg",
        r"CAM-BABY-009/\d{4}Y\d\dM\d\dD\d\dH/\d\dM\d\dS60\.jpg",
        r"CAM-PARK-010/image\d\d-\d\d-\d\d_\d\d-\d\d-\d\d-\d\d_\d+\.jpg",
        r"CAM-LOFT-011/192\.168\.1\.64_01_19700101\d{9}_MOTION_DETECTION\.jpg",
        r"CAM-EXT-001/2025-11-0\d/192.*\.jpg",
    ],
)
def test_names(sent: list[fleet.Picture], pattern: str) -> None:
    assert any(re.fullmatch(pattern, each.key) for each in sent)


@pytest.mark.parametrize("photographs", [True, False])
def test_same_again(tmp_path: Path, *, photographs: bool) -> None:
    folder = FRAMES if photographs else tmp_path
    first, again = (list(itertools.islice(fleet.pictures(NOW, folder), 40)) for _ in range(2))
    assert first == again


def test_upload(emulator: Emulator, bucket: str) -> None:
    now = dt.datetime.now(dt.UTC)
    some = [each for each in fleet.pictures(now) if each.camera in ("CAM-SHED-005", "CAM-LOFT-011", "CAM-GATE-002")]
    done = upload(
        some,
        bucket,
        endpoint_url=emulator.url,
        access_key=emulator.access_key,
        secret_key=emulator.secret_key,
        set_clock=lambda seconds: emulator.set(clock_offset_seconds=seconds),
    )
    assert done.pictures == len(some)
    stored = emulator.boto3_client().list_objects_v2(Bucket=bucket)["Contents"]
    assert {each["Key"]: each["Size"] for each in stored} == {each.key: len(each.body) for each in some}
    arrived = {each.key: each.arrived_at for each in some}
    assert all(abs(each["LastModified"] - arrived[each["Key"]]) < dt.timedelta(minutes=1) for each in stored)
