"""The keys the forwarder makes of what cameras call their files."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

import pytest
from cctv.clock import Zones
from cctv.layout import Layout
from hypothesis import given
from hypothesis import strategies as st

from forwarder.describing import Describer
from forwarder.naming import Destination, destination, safe
from forwarder.settings import Settings

ARRIVED = 1_645_732_800.0  # 2022-02-24 20:00 UTC, 22:00 in Kyiv
ZONES = Zones.load("UTC", {"CAM-KYIV-*": "Europe/Kyiv"})


def goal(name: str, arrived: float = ARRIVED, prefix: str = "") -> Destination:
    return destination(name, arrived=arrived, layout=Layout(prefix), zones=ZONES, unnamed="UNNAMED")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (
            "CAM-EXT-001/192.168.1.64_01_20220224101112123_LINE_CROSSING_DETECTION.jpg",
            "CAM-EXT-001/2022-02-24/192.168.1.64_01_20220224101112123_LINE_CROSSING_DETECTION.jpg",
        ),
        ("CAM/2022-02-23/001/jpg/06/07/27[M][0@0][0].jpg", "CAM/2022-02-23/001/jpg/06/07/27[M][0@0][0].jpg"),
        ("CAM/snapshot.jpg", "CAM/2022-02-24/snapshot.jpg"),
        ("CAM/archive/a.jpg", "CAM/2022-02-24/archive/a.jpg"),
        ("lost.jpg", "UNNAMED/2022-02-24/lost.jpg"),
        (os.fsdecode(b"CAM/caf\xe9.jpg"), "CAM/2022-02-24/caf%E9.jpg"),
        ("CAM/line\nbreak\x00.jpg", "CAM/2022-02-24/line%0Abreak%00.jpg"),
        ("CAM/下站.jpg", "CAM/2022-02-24/下站.jpg"),
        ("CAM/..jpg", "CAM/2022-02-24/..jpg"),
    ],
)
def test_the_final_key(name: str, key: str) -> None:
    assert goal(name).key == key


def test_the_day_is_the_cameras_own_and_the_prefix_stands_before_it() -> None:
    late = ARRIVED + 3 * 3600  # 23:00 UTC, one in the morning in Kyiv
    assert goal("CAM-KYIV-1/a.jpg", late, "site/").key == "site/CAM-KYIV-1/2022-02-25/a.jpg"


def test_type_and_metadata() -> None:
    found = goal("CAM/A B.JPG")
    assert found.content_type == "image/jpeg"
    assert goal("CAM/a.mp4").content_type == "video/mp4"
    assert goal("CAM/a.dav").content_type == "application/octet-stream"
    assert found.metadata == {
        "arrived-at": "2022-02-24T20:00:00+00:00",
        "mtime": "1645732800.000000",
        "original-path": "CAM/A%20B.JPG",
    }


@given(st.binary(min_size=1, max_size=255), st.floats(0, 4e9))
def test_any_name_a_file_system_can_hold_becomes_a_key_s3_can_hold(raw: bytes, arrived: float) -> None:
    name = "CAM/" + os.fsdecode(raw.replace(b"/", b"_"))
    found, again = goal(name, arrived), goal(name, arrived)
    assert found == again
    assert found.key.startswith("CAM/")
    found.key.encode()
    assert all(char.isprintable() or ord(char) > 127 for char in found.key)
    assert all(value.isascii() for value in found.metadata.values())
    assert sum(map(len, found.metadata.values())) < 2048 - 100
    if "original-path" in found.metadata:
        assert unquote_to_bytes(found.metadata["original-path"]) == os.fsencode(name)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    if not any(ord(char) & 0xFFFE == 0xFFFE for char in name):
        assert safe(name) == name


def test_a_camera_with_a_doubtful_clock_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    describe = Describer(Settings(bucket="b", timezone="UTC"))
    for name in ("CAM-1/MDAlarm_20150101-000512.jpg", "CAM-2/MDAlarm_20220224-111429.jpg", "20300101000000.jpg"):
        for _ in range(2):
            describe(name, ARRIVED)
    past, suspect = caplog.messages
    assert past.startswith("CAM-1: 1 picture is by its name more than 180 days older than the arrival")
    assert suspect.startswith("UNNAMED: the times in the names of 1 picture lie after the arrival")
    assert suspect.endswith("the first time for 20300101000000.jpg.")
