"""What each page shows, wherever the pictures lie."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from PIL import Image

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from tests.integration.viewer.visitor import Visitor, site_of

OLD = {"date": str(DAY), "camera": CAMERA}


def recent(minutes: int, zone_hours: int = 2) -> str:
    at = datetime.now(UTC) + timedelta(hours=zone_hours) - timedelta(minutes=minutes)
    return f"10.0.0.5_01_{at:%Y%m%d%H%M%S}000_FACE_SNAP.jpg"


def test_the_overview_shows_each_camera_with_its_latest_picture(owner: Visitor, pictures: Bucket) -> None:
    body = pictures.put(f"CAM-LIVE/{recent(3)}", jpeg(1))
    pictures.put(f"CAM-LIVE/{recent(60 * 5)}", jpeg(2))
    pictures.put(f"CAM-LIVE/{recent(0)}", b"")  # an upload that has only begun
    pictures.put(f"CAM-GONE/{DAY}/{name(0)}", jpeg(3))
    page = owner.get("/")
    assert page.status_code == 200
    assert re.search(r"3\s+minutes ago", page.text)
    assert "One camera is silent:" in page.text
    assert "CAM-GONE" in page.text
    thumbnail = owner.get(owner.sources(page, "CAM-LIVE")[0])
    with Image.open(io.BytesIO(thumbnail.data)) as small, Image.open(io.BytesIO(body)) as large:
        assert small.size == (400, 300)
        assert small.getpixel((9, 9)) == pytest.approx(large.getpixel((9, 9)), abs=6)


def test_a_bucket_without_cameras_says_so(owner: Visitor) -> None:
    assert "No camera has sent anything yet" in owner.get("/").text


def test_a_day_counts_by_hour_and_filters_by_event(owner: Visitor, pictures: Bucket) -> None:
    for number, event in enumerate(["FACE_SNAP"] * 3 + ["MOTION_DETECTION"] * 2):
        pictures.put(f"{CAMERA}/{DAY}/{name(number * 500, event=event)}", jpeg(number))
    page = owner.get("/day", **OLD)
    assert "5 pictures" in page.text
    assert 'aria-label="00:00, 1 picture"' in page.text
    assert len(owner.sources(page, "/thumbnail")) == 5
    faces = owner.get("/day", **OLD, event="FACE_SNAP")
    assert "3 pictures of" in faces.text
    assert len(owner.sources(faces, "/thumbnail")) == 3
    hour = owner.get("/day", **OLD, hour=1)
    assert len(owner.sources(hour, "/thumbnail")) == 1
    assert "No pictures" in owner.get("/day", **OLD, event="NOTHING").text


def test_loose_sorted_and_archived_pictures_stand_side_by_side(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}", jpeg(1))
    pictures.archive()
    pictures.put(f"{CAMERA}/{DAY}/{name(2)}", jpeg(2))
    pictures.put(f"{CAMERA}/{name(3)}", jpeg(3))
    owner.get("/")
    page = owner.get("/day", **OLD)
    shown = owner.links(page, "/picture")
    assert [parse_qs(link)["place"][0] for link in shown] == ["0", "sorted", "loose"]
    for number, link in enumerate(shown, 1):
        picture = owner.get(link)
        assert owner.get(owner.sources(picture, "/original")[0]).data == jpeg(number)


def test_several_cameras_share_one_axis(owner: Visitor, pictures: Bucket) -> None:
    for number, camera in enumerate(["CAM-A", "CAM-B", "CAM-C"]):
        pictures.put(f"{camera}/{DAY}/{name(number)}", jpeg(number))
    page = owner.get(f"/day?date={DAY}&camera=CAM-A&camera=CAM-C")
    assert len(owner.links(page, "/picture")) == 2
    assert "CAM-B" not in re.sub(r"<details.*?</details>", "", page.text, flags=re.DOTALL)
    assert len(owner.links(owner.get(f"/day?date={DAY}"), "/picture")) == 3


def test_a_picture_tells_its_time_zone_and_source_and_knows_its_neighbours(owner: Visitor, pictures: Bucket) -> None:
    for number in range(1, 4):
        pictures.put(f"{CAMERA}/{DAY}/{name(number)}", jpeg(number))
    pictures.put(f"{CAMERA}/{DAY}/holiday.jpg", jpeg(9))
    assert "from the folders" in owner.get("/picture", **OLD, place="sorted", name="holiday.jpg").text
    middle = owner.get("/picture", **OLD, place="sorted", name=name(2))
    assert "EET, UTC+02:00" in middle.text
    assert "the camera wrote it into the file name" in middle.text
    assert "Line crossing detection" in middle.text
    assert [parse_qs(link)["name"][0] for link in owner.links(middle, "/picture?")] == [name(1), name(2), name(3)]


def test_the_original_is_streamed_untouched_in_whole_and_in_part(owner: Visitor, pictures: Bucket) -> None:
    body = jpeg(7, width=1600, height=1200) + bytes(range(256)) * 5000
    pictures.put(f"{CAMERA}/{DAY}/{name(0)}", body)
    address = {**OLD, "place": "sorted", "name": name(0)}
    whole = owner.get("/original", **address)
    assert whole.data == body
    assert whole.mimetype == "image/jpeg"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    part = owner.get("/original", **address, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.data) == (206, body[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(body)}"
    assert owner.get("/original", **address, headers={"Range": "bytes=-5"}).data == body[-5:]
    assert owner.get("/original", **address, headers={"Range": f"bytes={len(body)}-"}).status_code == 416
    again = owner.get("/original", **address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    download = owner.get("/original", **address, download=1)
    assert download.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{CAMERA}_{name(0)}"


def test_one_archived_picture_costs_one_range_request(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(20)
    pictures.archive()
    owner.get("/day", **OLD)
    pictures.emulator.reset()
    answer = owner.get("/original", **OLD, place="0", name=name(13))
    assert answer.data == jpeg(13)
    assert pictures.emulator.requests() == {"GetObject": 1}
    assert pictures.emulator.journal()["bytes_sent"] < 20_000


def test_thumbnails_are_made_once_and_outlive_the_archiving(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    before = owner.get(owner.sources(owner.get("/day", **OLD), "/thumbnail")[0])
    pictures.archive(storage_class="GLACIER")
    owner.site.gallery.forget(CAMERA, DAY)
    source = owner.sources(owner.get("/day", **OLD), "/thumbnail")[0]
    assert "place=0" in source
    pictures.emulator.reset()
    assert owner.get(source).data == before.data
    assert pictures.emulator.requests() == {}


def test_an_address_of_a_picture_outlives_its_sorting_and_archiving(owner: Visitor, pictures: Bucket) -> None:
    body = pictures.put(f"{CAMERA}/upload/{name(1)}", jpeg(1))
    loose = {**OLD, "place": "loose", "name": f"upload/{name(1)}", "event": "LINE_CROSSING_DETECTION"}
    assert owner.get("/picture", **loose).status_code == 200
    pictures.client.delete_object(Bucket=pictures.name, Key=f"{CAMERA}/upload/{name(1)}")
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}", jpeg(1))
    owner.site.gallery.forget(CAMERA, DAY)
    answer = owner.get("/picture", **loose)
    assert answer.status_code == 303
    where = parse_qs(answer.location.partition("?")[2])
    assert (where["place"], where["name"], where["event"]) == (["sorted"], [name(1)], ["LINE_CROSSING_DETECTION"])
    pictures.archive()
    owner.site.gallery.forget(CAMERA, DAY)
    archived = owner.get(answer.location)
    assert parse_qs(archived.location.partition("?")[2])["place"] == ["0"]
    assert owner.get(archived.location).status_code == 200
    assert owner.get(owner.get("/original", **loose).location).data == body


def test_an_address_that_may_be_of_two_pictures_leads_to_none(owner: Visitor, pictures: Bucket) -> None:
    for folder in ("left", "right"):
        pictures.put(f"{CAMERA}/{DAY}/{folder}/001.jpg")
    assert owner.get("/picture", **OLD, place="sorted", name="001.jpg").status_code == 404
    moved = owner.get("/picture", **OLD, place="0", name="left/001.jpg")
    assert parse_qs(moved.location.partition("?")[2])["place"] == ["sorted"]


def test_the_calendar_tells_archived_days_from_others(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.archive()
    pictures.put_day(1, day=DAY.replace(day=26))
    page = owner.get("/camera", camera=CAMERA)
    assert re.search(r'class="archived"[^>]+aria-label="24 Feb 2022, archived"', page.text)
    assert re.search(r'class="sorted"[^>]+aria-label="26 Feb 2022"', page.text)
    assert "2 days with pictures" in page.text


def test_a_cold_day_offers_its_restore_and_shows_its_state(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(3)
    pictures.archive(storage_class="GLACIER")
    day = owner.get("/day", **OLD)
    assert "lies in cold storage" in day.text
    assert owner.get(owner.sources(day, "/thumbnail")[0]).location.endswith("cold.svg")
    assert owner.get("/original", **OLD, place="0", name=name(0)).status_code == 303
    offer = owner.get("/restore", **OLD)
    assert "within 5 hours" in offer.text
    assert "playbooks/captures_restore.yml" in offer.text
    assert '<button class="primary">Restore' not in offer.text
    assert pictures.emulator.requests().get("RestoreObject") is None
    pictures.emulator.set(restore_heads=2)
    key = f"{CAMERA}/archive/{DAY}.tar.gz"
    pictures.client.restore_object(
        Bucket=pictures.name, Key=key, RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}}
    )
    assert "S3 is restoring the day" in owner.get("/restore", **OLD).text
    for _ in range(3):
        ready = owner.get("/restore", **OLD)
    assert "The pictures can be read" in ready.text
    owner.site.gallery.cache._entries.clear()
    assert owner.get("/original", **OLD, place="0", name=name(0)).data == jpeg(0)


def test_a_restore_is_refused_to_a_viewer_that_may_only_read(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.archive(storage_class="GLACIER")
    token = owner.token("/export")
    answer = owner.client.post("/restore", data={"form_token": token, "tier": "Standard", **OLD})
    assert answer.status_code == 405
    assert pictures.emulator.requests().get("RestoreObject") is None


@pytest.mark.parametrize("query", ["", "date=2022-02-24", f"camera={CAMERA}", f"date=2022-02-24&camera={CAMERA}"])
def test_what_is_not_there_is_not_found(owner: Visitor, query: str) -> None:
    for path in ("/picture", "/original", "/thumbnail", "/restore"):
        assert owner.client.get(f"{path}?{query}").status_code == 404


def test_a_language_of_its_own(owner: Visitor, pictures: Bucket, tmp_path_factory: pytest.TempPathFactory) -> None:
    pictures.put_day(1)
    german = Visitor(site_of(pictures.name, tmp_path_factory.mktemp("de"), language="de_DE"))
    german.log_in()
    assert "Donnerstag, 24. Februar 2022" in german.get("/day", **OLD).text
