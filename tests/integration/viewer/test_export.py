"""The zip for the police: complete, checkable by anybody's tools, and bounded in memory."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name
from viewer.zip_stream import ZipStream, safe_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.viewer.visitor import Visitor

SPAN = {"from": f"{DAY}T00:00", "to": f"{DAY}T23:59"}


def export(owner: Visitor, cameras: list[str], **span: str) -> zipfile.ZipFile:
    fields = {"form_token": owner.token("/export"), "camera": cameras, **(span or SPAN)}
    answer = owner.client.post("/export", data=fields)
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_sorted_and_archived_pictures_of_the_span_leave_untouched(
    owner: Visitor, pictures: Bucket, tmp_path: Path
) -> None:
    pictures.put_day(30)
    pictures.archive()
    pictures.put_day(5, camera="CAM-B")
    pictures.put(f"CAM-B/{DAY}/{name(8000)}", jpeg(9))  # at ten in the evening: after the span
    pictures.put_day(2, camera="CAM-C")  # not asked for
    with export(owner, [CAMERA, "CAM-B"], **{"from": f"{DAY}T00:00", "to": f"{DAY}T00:03"}) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
        paths = [each for each in archive.namelist() if each.endswith(".jpg")]
        assert len(paths) == 24 + 5  # the last minute belongs to the span
        for number in range(24):
            assert archive.read(f"{CAMERA}/{DAY}/{name(number)}") == jpeg(number)
        rows = list(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))
    assert [row["file"] for row in rows] == paths
    assert all(row["sha256"] == hashlib.sha256((tmp_path / row["file"]).read_bytes()).hexdigest() for row in rows)
    assert rows[0]["captured_at"].startswith("2022-02-24T00:00:00")
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run(["python3", "-m", "zipfile", "--help"], check=True, capture_output=True)


def test_what_lies_in_cold_storage_is_told_before_and_named_in_the_list(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(3)
    pictures.archive(storage_class="GLACIER")
    page = owner.get("/export", camera=CAMERA, **SPAN)
    assert "3 pictures more lie in cold storage" in page.text
    with export(owner, [CAMERA]) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))
        assert "Missing:   3" in archive.read("README.txt").decode()
    assert [row["remark"] for row in rows] == ["in cold storage: restore it first"] * 3
    assert [row["sha256"] for row in rows] == [hashlib.sha256(jpeg(number)).hexdigest() for number in range(3)]


def test_a_picture_that_cannot_be_read_is_named_and_the_others_come(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(4)
    pictures.emulator.fault("error", status=500, operation="GetObject", key=f"*{name(2)}")
    with export(owner, [CAMERA]) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))
        assert len(archive.namelist()) == 3 + 3
    assert [row["remark"] for row in rows] == ["", "", "could not be read", ""]


def test_when_the_bucket_goes_away_the_download_breaks_instead_of_ending_well(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(60, body=jpeg())
    fields = {"form_token": owner.token("/export"), "camera": CAMERA, **SPAN}
    pictures.emulator.fault("error", status=403, code="AccessDenied", operation="GetObject", nth=10)
    with pytest.raises(Exception, match="The export was cut"):
        owner.client.post("/export", data=fields, buffered=True)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2022-02-24T10:00", "2022-02-24T09:00", "ends before it begins"),
        ("2022-02-24T10:00", "", "Give both times"),
        ("yesterday", "today", "Give both times"),
        ("2022-01-01T00:00", "2022-03-01T00:00", "more than 31 days"),
        ("0001-01-01T00:00", "0001-01-02T00:00", "cannot be pictures"),
        ("9999-12-31T00:00", "9999-12-31T23:59", "cannot be pictures"),
    ],
)
def test_a_span_that_is_none_is_told_in_words(owner: Visitor, first: str, last: str, sentence: str) -> None:
    page = owner.get("/export", camera=CAMERA, **{"from": first, "to": last})
    assert page.status_code == 200
    assert sentence in page.text
    fields = {"form_token": owner.token("/export"), "camera": CAMERA, "from": first, "to": last}
    assert owner.client.post("/export", data=fields).status_code == 400


def test_paths_in_the_zip_cannot_leave_its_folder_and_open_everywhere() -> None:
    assert safe_path("..", "2022-02-24", "../../etc/passwd") == "_/2022-02-24/_/_/etc/passwd"
    assert safe_path("CAM", "", 'a:b*c?"<>|\\.jpg') == "CAM/a_b_c______.jpg"
    assert safe_path("CAM", "x\ny\u202e.jpg") == "CAM/x_y_.jpg"
    stream = ZipStream()
    assert stream.free_path("a/B.jpg", "0123456789") == "a/B.jpg"
    assert stream.free_path("a/b.jpg", "0123456789") == "a/b~01234567.jpg"


def test_a_table_program_finds_no_formula(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"=1+1/{DAY}/{name(0)}")
    with export(owner, ["=1+1"]) as archive:
        row = next(csv.DictReader(io.StringIO(archive.read("contents.csv").decode())))
    assert row["camera"] == "'=1+1"
