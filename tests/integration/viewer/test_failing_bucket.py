"""A bucket that fails, is slow, refuses, or changes behind the viewer's back."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cctv.errors import StoreError
from cctv.store import Store

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

OLD = {"date": str(DAY), "camera": CAMERA}


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ({"kind": "error", "status": 500, "code": "InternalError"}, "The bucket does not answer"),
        ({"kind": "error", "status": 503, "code": "SlowDown"}, "S3 is too busy"),
        ({"kind": "error", "status": 403, "code": "AccessDenied"}, "The viewer may not read this"),
        ({"kind": "reset"}, "The bucket does not answer"),
    ],
)
def test_a_failing_bucket_is_told_in_words_without_details(
    owner: Visitor, pictures: Bucket, fault: dict[str, object], title: str
) -> None:
    pictures.put_day(1)
    pictures.emulator.fault(str(fault["kind"]), **{key: fault[key] for key in fault if key != "kind"})
    for answer in (owner.get("/"), owner.get("/day", **OLD), owner.get("/camera", camera=CAMERA)):
        assert answer.status_code == 503
        assert title in answer.text
        assert answer.headers["Retry-After"]
        for detail in (pictures.name, "127.0.0.1", "arn:aws", "Traceback", "boto"):
            assert detail not in answer.text


def test_what_was_seen_before_is_shown_while_the_bucket_fails(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(2)
    owner.get("/day", **OLD)
    owner.site.gallery.forget(CAMERA, DAY)
    pictures.emulator.fault("error", status=500)
    page = owner.get("/day", **OLD)
    assert page.status_code == 200
    assert "S3 does not answer at the moment" in page.text
    assert "2 pictures" in page.text
    broken = owner.get(owner.sources(page, "/thumbnail")[0])
    assert broken.location == "/static/unreachable.svg"
    pictures.emulator.clear_faults()
    pictures.emulator.reset()
    owner.get("/day", **OLD)
    assert pictures.emulator.requests() == {}  # not asked again at once


def test_one_camera_that_cannot_be_read_does_not_hide_the_others(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.put(f"CAM-GOOD/{DAY}/{name(0)}")
    pictures.put(f"CAM-BAD/{DAY}/{name(0)}")
    list_level = Store.list_level

    def list_but_one(store: Store, prefix: str) -> Any:
        if prefix == "CAM-BAD/":
            raise StoreError("Cannot reach S3.", code="Unreachable")
        return list_level(store, prefix)

    monkeypatch.setattr(Store, "list_level", list_but_one)
    page = owner.get("/")
    assert page.status_code == 200
    assert "cannot be read now" in page.text
    assert "CAM-GOOD" in page.text


def test_a_picture_that_was_archived_meanwhile_is_found_by_the_next_look(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(3)
    owner.get("/day", **OLD)
    pictures.archive()
    answer = owner.get("/original", **OLD, place="sorted", name=name(1))
    assert answer.status_code == 404
    assert "has just moved" in answer.text
    page = owner.get("/day", **OLD)
    assert owner.get(owner.links(page, "/picture?")[1].replace("/picture", "/original")).data == jpeg(1)


def test_a_picture_that_came_again_with_other_bytes_is_not_passed_for_the_old_one(
    owner: Visitor, pictures: Bucket
) -> None:
    pictures.put_day(1)
    owner.get("/day", **OLD)
    pictures.put(f"{CAMERA}/{DAY}/{name(0)}", jpeg(200))
    assert owner.get("/original", **OLD, place="sorted", name=name(0)).status_code == 404
    assert owner.get("/original", **OLD, place="sorted", name=name(0)).data == jpeg(200)


def test_a_damaged_archive_is_not_passed_for_a_picture(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(2)
    pictures.archive()
    key = f"{CAMERA}/archive/{DAY}.tar.gz"
    body = bytearray(pictures.client.get_object(Bucket=pictures.name, Key=key)["Body"].read())
    body[len(body) // 4] ^= 0xFF  # within the first of two
    owner.get("/day", **OLD)
    pictures.client.put_object(Bucket=pictures.name, Key=key, Body=bytes(body), StorageClass="GLACIER_IR")
    assert owner.get("/original", **OLD, place="0", name=name(0)).status_code == 502
    assert owner.get("/original", **OLD, place="0", name=name(1)).data == jpeg(1)


def test_a_damaged_index_is_said_and_the_rest_is_shown(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1)
    pictures.archive()
    pictures.put(f"{CAMERA}/archive/{DAY}.index.json", b"{")
    pictures.put(f"{CAMERA}/{DAY}/{name(5)}")
    page = owner.get("/day", **OLD)
    assert "index of an archive of this day is damaged" in page.text
    assert len(owner.links(page, "/picture?")) == 1


def test_a_bucket_that_hangs_keeps_all_visitors_as_long_as_one(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def hang(_: Store, prefix: str) -> Any:
        asked.append(prefix)
        time.sleep(0.5)
        raise StoreError("Cannot reach S3.", code="Unreachable")

    monkeypatch.setattr(Store, "list_level", hang)

    def visit(_: int) -> float:
        begun = time.monotonic()
        with pytest.raises(StoreError):
            owner.site.gallery.cameras()
        return time.monotonic() - begun

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(visit, range(4))) < 0.9
    assert owner.get("/").status_code == 503
    assert asked == [""]
    access = owner.site.configuration.access("")
    assert access.attempts * access.timeout <= 15


def test_the_archives_of_many_cameras_are_asked_for_at_once_and_no_more_after_a_failure(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        pictures.put(f"CAM-{number}/{DAY}/{name(1)}")
        pictures.archive(camera=f"CAM-{number}", storage_class="GLACIER")
    asked = threading.Barrier(8, timeout=2)

    def hang(*_: Any) -> Any:
        asked.wait()
        raise StoreError("Cannot reach S3.", code="Unreachable")

    monkeypatch.setattr(Store, "head", hang)
    page = owner.get("/day", date=str(DAY))
    assert page.text.count("S3 does not say now whether the archive") == 9
    assert not asked.broken


def test_many_visitors_ask_a_slow_bucket_once(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(3)
    pictures.emulator.set(latency_ms=300)
    pictures.emulator.reset()
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        days = list(pool.map(lambda _: owner.site.gallery.day(CAMERA, DAY), range(8)))
    assert pictures.emulator.requests() == {"ListObjectsV2": 2}
    assert time.monotonic() - begun < 5
    assert {len(seen.value.shots) for seen in days} == {3}
