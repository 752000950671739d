"""What an export says of itself: whole when it is, and otherwise what is not in it and why."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from tests.integration.viewer.test_export import SPAN, export
from viewer import evidence
from viewer import pictures as reading
from viewer.evidence import Plan, Span, plan
from viewer.evidence_zip import write

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

LARGE = bytes(range(256)) * 4096 * 20  # 20 MB
CLIP = "clip_20220224101010.mp4"


def readme(archive: zipfile.ZipFile) -> str:
    return archive.read("README.txt").decode()


def rows(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))


def planned(owner: Visitor) -> Plan:
    span = Span.parse(SPAN["from"], SPAN["to"])
    assert isinstance(span, Span)
    found = plan(owner.site.gallery, [CAMERA], span)
    assert isinstance(found, Plan)
    return found


def zipped(owner: Visitor, found: Plan) -> zipfile.ZipFile:

    return zipfile.ZipFile(io.BytesIO(b"".join(write(owner.site.gallery, found, user="owner"))))


def test_loose_pictures_of_a_past_day_are_in_it(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{name(1)}", jpeg(1))
    pictures.put(f"{CAMERA}/upload/{name(2)}", jpeg(2))
    pictures.put(f"{CAMERA}/{DAY}/{name(3)}", jpeg(3))
    with export(owner, [CAMERA]) as archive:
        assert {row["sha256"] for row in rows(archive)} == {hashlib.sha256(jpeg(n)).hexdigest() for n in (1, 2, 3)}
        assert "Complete:  yes" in readme(archive)


def test_an_archive_without_index_is_named_on_the_page_and_in_the_zip(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(3)
    pictures.archive()
    pictures.client.delete_object(Bucket=pictures.name, Key=f"{CAMERA}/archive/{DAY}.index.json")
    page = owner.get("/export", camera=CAMERA, **SPAN)
    assert "has no index yet" in page.text
    assert "captured nothing" not in page.text
    pictures.put(f"{CAMERA}/{DAY}/{name(9)}", jpeg(9))
    with export(owner, [CAMERA]) as archive:
        assert "Complete:  no" in readme(archive)
        assert f"Not known: {CAMERA} {DAY}: An archive of this day has no index" in readme(archive)


def test_a_list_of_a_while_ago_is_named(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(2)
    owner.get("/day", camera=CAMERA, date=str(DAY))
    owner.site.gallery.forget(CAMERA, DAY)
    pictures.emulator.fault("error", status=500, operation="ListObjectsV2")
    with zipped(owner, planned(owner)) as archive:
        assert "S3 did not answer" in readme(archive)
        assert "Complete:  no" in readme(archive)


def test_pictures_that_were_archived_after_the_look_are_found_anew(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(30)
    pictures.put(f"{CAMERA}/{name(40)}", jpeg(40))
    found = planned(owner)
    pictures.archive()
    with zipped(owner, found) as archive:
        assert archive.testzip() is None
        assert [row["remark"] for row in rows(archive)] == [""] * 31
        assert rows(archive)[0]["key"] == f"{CAMERA}/archive/{DAY}.tar.gz"
        assert "Complete:  yes" in readme(archive)


def test_pictures_that_were_deleted_after_the_look_are_named(owner: Visitor, pictures: Bucket) -> None:
    names = pictures.put_day(30)
    found = planned(owner)
    for each in names[:25]:
        pictures.client.delete_object(Bucket=pictures.name, Key=f"{CAMERA}/{DAY}/{each}")
    with zipped(owner, found) as archive:
        assert archive.testzip() is None
        assert [row["remark"] != "" for row in rows(archive)] == [True] * 25 + [False] * 5
        assert "Missing:   25" in readme(archive)


def test_an_export_of_too_many_pictures_is_refused_with_the_figure(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST_PICTURES", 5)
    pictures.put_day(6)
    assert "holds up to 5 pictures, and by 2022-02-24 there are 6" in owner.get("/export", camera=CAMERA, **SPAN).text
    fields = {"form_token": owner.token("/export"), "camera": CAMERA, **SPAN}
    assert owner.client.post("/export", data=fields).status_code == 400


@pytest.mark.parametrize("archived", [False, True])
def test_a_large_file_goes_through_in_pieces(owner: Visitor, pictures: Bucket, archived: bool) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{CLIP}", LARGE)
    if archived:
        pictures.archive()
    found, sha256 = planned(owner), hashlib.sha256()
    tracemalloc.start()
    for piece in write(owner.site.gallery, found, user="owner"):
        sha256.update(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000
    with zipped(owner, found) as archive:
        assert archive.read(f"{CAMERA}/{DAY}/{CLIP}") == LARGE
        assert "Complete:  yes" in readme(archive)
    address = {"camera": CAMERA, "date": str(DAY), "place": "0" if archived else "sorted", "name": CLIP}
    assert owner.get("/original", **address).data == LARGE
    part = owner.get("/original", **address, headers={"Range": "bytes=9999999-19999999"})
    assert part.data == LARGE[9999999:20000000]


def test_a_large_file_that_breaks_off_is_named_and_the_zip_is_sound(
    owner: Visitor, pictures: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "STEP", 1_000_000)
    pictures.put(f"{CAMERA}/{DAY}/{CLIP}", LARGE)
    found = planned(owner)
    # The first range is read to see that it is there; 403 is not tried again.
    pictures.emulator.fault("error", status=403, code="AccessDenied", operation="GetObject", nth=4)
    with zipped(owner, found) as archive:
        assert archive.testzip() is None
        assert rows(archive)[0]["remark"].startswith("only its first 2000000 bytes")
        assert "Complete:  no" in readme(archive)
