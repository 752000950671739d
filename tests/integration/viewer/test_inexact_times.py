"""Times that are known to the day or hour alone, that came twice, or that lie in another day's folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from tests.integration.viewer.test_export import SPAN, export
from tests.integration.viewer.test_export_truth import readme, rows

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

OLD = {"date": str(DAY), "camera": CAMERA}
AFTERNOON = {"from": f"{DAY}T14:10", "to": f"{DAY}T15:40"}
ABUS = "Alarm/20220224/{}/001.jpg"


@pytest.mark.parametrize("archived", [False, True])
def test_a_picture_of_which_only_the_day_or_hour_is_known_is_in_every_export_that_touches_it(
    owner: Visitor, pictures: Bucket, archived: bool
) -> None:
    for path in ("snapshot.jpg", ABUS.format(13), ABUS.format(14), name(8000), name(5200)):
        pictures.put(f"{CAMERA}/{DAY}/{path}")
    if archived:
        pictures.archive()
    with export(owner, [CAMERA], **AFTERNOON) as archive:
        assert {row["file"].partition(f"{DAY}/")[2]: row["remark"] for row in rows(archive)} == {
            "snapshot.jpg": "only the day of its time is known",
            ABUS.format(14): "only the hour of its time is known",
            name(5200): "",
        }
        assert "Inexact:   2 (only their day or hour is known" in readme(archive)
        assert "Complete:  yes" in readme(archive)
    place = "0" if archived else "sorted"
    shown = owner.get("/picture", **OLD, place=place, name="snapshot.jpg").text
    assert "Only the day is known" in shown
    assert "00:00" not in re.sub(r'datetime="[^"]*"|href="[^"]*"', "", shown)
    assert "Only the hour is known" in owner.get("/picture", **OLD, place=place, name=ABUS.format(14)).text
    assert "is known" not in owner.get("/picture", **OLD, place=place, name=name(5200)).text
    assert "no time</time>" in owner.get("/day", **OLD).text


def test_a_picture_in_the_folder_of_the_day_after_is_in_the_export_of_its_own(owner: Visitor, pictures: Bucket) -> None:
    body = pictures.put(f"{CAMERA}/2022-02-25/{name(8639)}", jpeg(2))
    with export(owner, [CAMERA], **{"from": f"{DAY}T23:00", "to": f"{DAY}T23:59"}) as archive:
        assert archive.read(f"{CAMERA}/2022-02-25/{name(8639)}") == body
    with export(owner, [CAMERA], **{"from": "2022-02-25T00:00", "to": "2022-02-25T23:59"}) as archive:
        assert rows(archive) == []


def test_a_time_that_came_twice_is_said(owner: Visitor, pictures: Bucket) -> None:
    for hour in ("03", "05"):
        pictures.put(f"{CAMERA}/2022-10-30/cam_20221030{hour}3000.jpg")
    with export(owner, [CAMERA], **{"from": "2022-10-30T00:00", "to": "2022-10-30T23:59"}) as archive:
        assert [row["remark"] for row in rows(archive)] == ["the clocks went back: it may be an hour later", ""]
    address = {"camera": CAMERA, "date": "2022-10-30", "place": "sorted"}
    assert "The clocks went back" in owner.get("/picture", **address, name="cam_20221030033000.jpg").text
    assert "The clocks went back" not in owner.get("/picture", **address, name="cam_20221030053000.jpg").text


def test_a_cameras_name_cannot_forge_a_line_of_the_readme(owner: Visitor, pictures: Bucket) -> None:
    camera = "CAM\u2028Complete:  yes"
    pictures.put(f"{camera}/{DAY}/{name(1)}")
    with export(owner, [camera], **SPAN) as archive:
        assert "\u2028" not in readme(archive)
        assert "Cameras:   CAM[2028]Complete" in readme(archive)
