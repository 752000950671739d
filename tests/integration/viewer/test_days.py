"""The page of a day: which day it is, whose clock, what comes before and after, and who is missing from it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from cctv.errors import StoreError
from cctv.store import Store

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from tests.integration.viewer.visitor import Visitor, site_of
from viewer import side_by_side

if TYPE_CHECKING:
    from pathlib import Path

OLD = {"date": str(DAY), "camera": CAMERA}


@pytest.mark.parametrize("day", ["1970-01-01", "9999-12-31"])
def test_a_day_of_a_camera_with_a_wrong_clock_is_shown(owner: Visitor, pictures: Bucket, day: str) -> None:
    its_day = date.fromisoformat(day)
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}", jpeg(1))
    pictures.archive()
    for ending in ("tar.gz", "index.json"):
        source = {"Bucket": pictures.name, "Key": f"{CAMERA}/archive/{DAY}.{ending}"}
        target = f"{CAMERA}/archive/{day}.{ending}"
        body = pictures.client.get_object(**source)["Body"].read()
        if ending == "index.json":
            body = body.replace(str(DAY).encode(), day.encode())
        pictures.put(target, body)
        pictures.client.delete_object(**source)
    page = owner.get("/day", date=day, camera=CAMERA)
    assert page.status_code == 200
    assert str(its_day.year) in page.text
    picture = owner.get(owner.links(page, "/picture?")[0])
    assert picture.status_code == 200
    assert owner.get(owner.sources(picture, "/original")[0]).data == jpeg(1)
    assert owner.get("/camera", camera=CAMERA).status_code == 200
    assert owner.get("/").status_code == 200
    assert "cannot be read now" not in owner.get("/").text
    assert owner.get("/day", date="1969-12-31", camera=CAMERA).status_code == 404


def refusing(camera: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {each: getattr(Store, each) for each in ("list_level", "list_all")}

    def refuse(each: str) -> Any:
        def answer(store: Store, prefix: str, **options: Any) -> Any:
            if prefix.startswith(f"{camera}/"):
                raise StoreError("Cannot reach S3.", code="Unreachable")
            return listed[each](store, prefix, **options)

        return answer

    for each in listed:
        monkeypatch.setattr(Store, each, refuse(each))


def test_a_camera_that_cannot_be_read_is_named_and_the_others_are_shown(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for camera in ("CAM-A", "CAM-B", "CAM-C"):
        pictures.put(f"{camera}/{DAY}/{name(1)}")
    refusing("CAM-B", monkeypatch)
    page = owner.get("/day", date=str(DAY))
    assert page.status_code == 200
    assert "Cannot be read now: <bdi>CAM-B</bdi>" in page.text
    assert [parse_qs(link.partition("?")[2])["camera"] for link in owner.links(page, "/picture?")] == [
        ["CAM-A"],
        ["CAM-C"],
    ]
    refusing("CAM-", monkeypatch)
    assert owner.get("/day", date=str(DAY), camera="CAM-B").status_code == 503


def test_so_many_cameras_fit_side_by_side(owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "MOST", 2)
    for camera in ("CAM-A", "CAM-B", "CAM-C"):
        pictures.put(f"{camera}/{DAY}/{name(1)}")
    page = owner.get("/day", date=str(DAY))
    assert "Shown are the first 2 of 3 cameras" in page.text
    assert len(owner.links(page, "/picture?")) == 2
    assert "Shown are the first" not in owner.get("/day", date=str(DAY), camera="CAM-C").text


def test_cameras_in_several_zones_share_the_axis_of_the_owner(
    pictures: Bucket, stranger: Visitor, tmp_path: Path
) -> None:
    """23:30 in New York is half past six of the next morning in Kyiv."""
    zones = {"CAM-NYC*": "America/New_York"}
    owner = Visitor(site_of(pictures.name, tmp_path / "zones", camera_timezones=zones))
    owner.log_in()
    kyiv, york, too_late = (
        f"10.0.0.5_01_{at}000_FACE_SNAP.jpg" for at in ("20220224063000", "20220223233000", "20220224173000")
    )
    pictures.put(f"CAM-KYIV/{DAY}/{kyiv}", jpeg(1))
    pictures.put(f"CAM-NYC/2022-02-23/{york}", jpeg(2))
    pictures.put(f"CAM-NYC/2022-02-24/{too_late}", jpeg(3))
    page = owner.get("/day", date=str(DAY))
    shown = [parse_qs(link.partition("?")[2]) for link in owner.links(page, "/picture?")]
    assert [(each["camera"], each["date"]) for each in shown] == [
        (["CAM-KYIV"], ["2022-02-24"]),
        (["CAM-NYC"], ["2022-02-23"]),
    ]
    assert "The hours below are those of EET, UTC+02:00" in page.text
    assert "23:30:00 EST, UTC-05:00</time>" in page.text
    assert "06:30:00 EET, UTC+02:00</time>" in page.text
    assert page.text.count('aria-label="06:00, 1 picture"') == 2
    assert len(owner.links(owner.get("/day", date=str(DAY), hour=6), "/picture?")) == 2
    export = owner.links(page, "/export?")[-1]
    assert parse_qs(export.partition("?")[2])["from"] == ["2022-02-23T23:30"]
    assert parse_qs(export.partition("?")[2])["to"] == ["2022-02-24T06:30"]
    picture = owner.get(owner.links(page, "/picture?")[1])
    assert "/day?date=2022-02-24&hour=6" in owner.links(picture, "/day?date=2022-02-24")
    alone = owner.get("/day", date="2022-02-23", camera="CAM-NYC")
    assert 'aria-label="23:00, 1 picture"' in alone.text
    assert "different time zones" not in alone.text


def test_without_a_date_it_is_today(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}")
    today = owner.site.gallery.today(CAMERA)
    assert owner.get("/day").location == f"/day?date={today}"
    assert parse_qs(owner.get("/day", camera=CAMERA, date="").location.partition("?")[2]) == {
        "camera": [CAMERA],
        "date": [str(today)],
    }


def test_a_page_beyond_the_last_is_the_last(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(150)
    page = owner.get("/day", **OLD, hour=0, page=7)
    assert "Page 2 of 2" in page.text
    assert len(owner.links(page, "/picture?")) == 30


def test_the_way_back_from_a_picture_leads_to_its_own_page_of_the_hour(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(370)  # ten seconds apart: the first hour ends with 359
    for number, page in ((130, "1"), (359, "2"), (365, None)):
        picture = owner.get("/picture", **OLD, place="sorted", name=name(number))
        (back,) = [link for link in owner.links(picture, "hour=") if f"camera={CAMERA}" in link]
        assert parse_qs(back).get("page", [None]) == [page]
        assert any(name(number) in link for link in owner.links(owner.get(back), "/picture?"))


@pytest.mark.parametrize("damage", [None, b"{"])
def test_a_day_whose_index_cannot_be_read_is_not_called_empty(
    owner: Visitor, pictures: Bucket, damage: bytes | None
) -> None:
    pictures.put_day(1)
    pictures.archive()
    key = f"{CAMERA}/archive/{DAY}.index.json"
    pictures.put(key, damage) if damage else pictures.client.delete_object(Bucket=pictures.name, Key=key)
    page = owner.get("/day", **OLD)
    assert "playbooks/captures_archive.yml -e cctv_index_only=true writes" in page.text
    assert "What this day holds is not known yet" in page.text
    assert "Nothing was captured" not in page.text


def test_an_empty_day_of_a_while_ago_says_that_it_may_be_old(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}")
    empty = {"date": "2022-03-05", "camera": CAMERA}
    assert "Nothing was captured on this day" in owner.get("/day", **empty).text
    owner.site.gallery.forget(CAMERA, date(2022, 3, 5))
    refusing(CAMERA, monkeypatch)
    page = owner.get("/day", **empty)
    assert "This may be old" in page.text
    assert "Nothing was captured" not in page.text


def test_an_empty_day_beside_a_camera_that_fails_is_not_called_empty(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for camera in ("CAM-A", "CAM-B"):
        pictures.put(f"{camera}/{DAY}/{name(1)}")
    refusing("CAM-B", monkeypatch)
    page = owner.get("/day", date="2022-03-05")
    assert "What this day holds is not known yet" in page.text
    assert "Nothing was captured" not in page.text


def test_an_empty_day_leads_to_the_nearest_with_pictures(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}")
    pictures.put(f"{CAMERA}/2022-03-20/{name(1, date(2022, 3, 20))}")
    page = owner.get("/day", date="2022-03-05", camera=CAMERA)
    panel = re.search(r'<section class="panel empty">.*?</section>', page.text, re.DOTALL)
    assert panel
    assert re.findall(r"date=([-\d]+)", panel[0]) == [str(DAY), "2022-03-20"]
    steps = re.search(r'<nav class="step".*?</nav>', page.text, re.DOTALL)
    assert steps
    assert re.findall(r"date=([-\d]+)", steps[0]) == [str(DAY), "2022-03-20"]


def test_the_next_picture_may_be_of_another_day(owner: Visitor, pictures: Bucket) -> None:
    later = DAY + timedelta(days=3)
    for day in (DAY, later):
        for number in (1, 2):
            pictures.put(f"{CAMERA}/{day}/{name(number, day, 'FACE_SNAP' if number == 2 else 'MOTION')}")
    last = owner.get("/picture", **OLD, place="sorted", name=name(2, DAY, "FACE_SNAP"))
    (turn,) = owner.links(last, "/turn")
    assert parse_qs(owner.get(turn).location.partition("?")[2])["name"] == [name(1, later, "MOTION")]
    face = owner.get("/picture", **OLD, place="sorted", name=name(2, DAY, "FACE_SNAP"), event="FACE_SNAP")
    (turn,) = owner.links(face, "/turn")
    following = owner.get(turn)
    assert parse_qs(following.location.partition("?")[2])["name"] == [name(2, later, "FACE_SNAP")]
    (back,) = owner.links(owner.get(following.location), "/turn")
    assert parse_qs(owner.get(back).location.partition("?")[2])["name"] == [name(2, DAY, "FACE_SNAP")]
    assert owner.get("/turn", camera=CAMERA, date=str(later), to="after").status_code == 404


def test_every_event_word_can_be_reached(owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.pages.day.WORDS", 3)
    monkeypatch.setattr("viewer.pages.day.ALL_WORDS", 4)
    words = [f"PLATE_{letter}{letter}" for letter in "ABCDEF"]
    for number, word in enumerate(words):
        pictures.put(f"{CAMERA}/{DAY}/{name(number, event=word)}")
    page, seen = owner.get("/day", **OLD), set[str]()
    (every,) = owner.links(page, "words=0")
    for link in (every, *owner.links(owner.get(every), "words=1")):
        seen |= {word for word in words if owner.links(owner.get(link), f"event={word}")}
    assert seen == set(words)
    assert "Plate ff</bdi>" in owner.get("/day", **OLD, event="PLATE_FF").text
