"""Names and parameters that want to be something else."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

NAMES = [
    "<script>alert(1)</script>.jpg",
    '"><img src=x onerror=alert(1)>.jpg',
    "' onmouseover='alert(1).jpg",
    "javascript:alert(1).jpg",
    "..jpg",
    "{{ 7 * 7 }}.jpg",
    "%2e%2e%2fetc%2fpasswd.jpg",
    "a&camera=other&name=b.jpg",
    "a#b?c.jpg",
    "a b+c;d.jpg",
    "\u202egpj.exe.jpg",
    "\u200b\u2066hidden.jpg",
    "ж" * 120 + ".jpg",
    "x" * 251 + ".jpg",
    "line\nbreak\r\ttab.jpg",
    "back\\slash.jpg",
    "日本語 \U0001f4f7.jpg",
]


@pytest.mark.parametrize("camera", [CAMERA, "<b>CAM", "CAM \"'&\u202e", "..", "%2e%2e"])
def test_whatever_it_is_called_it_is_shown_as_text_and_its_bytes_are_found(
    owner: Visitor, pictures: Bucket, camera: str
) -> None:
    # The emulator's client cannot name what is not XML; those names are of the page alone.
    names = [each for each in NAMES if each.isprintable() or "\u202e" in each or "\u2066" in each]
    for number, name in enumerate(names):
        pictures.put(f"{camera}/{DAY}/{name}", jpeg(number))
    overview, calendar = owner.get("/"), owner.get("/camera", camera=camera)
    page = owner.get("/day", date=str(DAY), camera=camera)
    assert f"{len(names)} pictures" in page.text
    links = {parse_qs(urlsplit(link).query)["name"][0]: link for link in owner.links(page, "/picture?")}
    assert set(links) == set(names)
    for number, name in enumerate(names):
        picture = owner.get(links[name])
        assert owner.get(owner.sources(picture, "/original")[0]).data == jpeg(number)
        assert_no_markup_of_names(picture.text)
        file_name = owner.get(links[name].replace("/picture", "/original") + "&download=1")
        assert "\n" not in file_name.headers.get("Content-Disposition", "")
    for text in (overview.text, calendar.text, page.text, owner.get("/export").text):
        assert_no_markup_of_names(text)


def assert_no_markup_of_names(text: str) -> None:
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "<b>" not in text
    assert not re.search(r"<[^>]*\son\w+=", text)
    assert not re.search(r"(href|src|action)=[\"']?javascript:", text, re.IGNORECASE)
    assert "\u202e" not in html.unescape(re.sub(r'value="[^"]*"', "", text))
    assert not re.search(r"<[^>]+\sstyle=", text)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.html", "application/octet-stream"),
        ("drawing.svg", "application/octet-stream"),
        ("script.js", "application/octet-stream"),
        ("picture.jpg.html", "application/octet-stream"),
        ("clip.mp4", "video/mp4"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_only_downloaded(
    owner: Visitor, pictures: Bucket, name: str, kind: str
) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name}", b"<script>alert(1)</script>", ContentType="text/html")
    answer = owner.get("/original", camera=CAMERA, date=str(DAY), place="sorted", name=name)
    assert answer.mimetype == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers.get("Content-Disposition", "").startswith("attachment") == (
        kind == "application/octet-stream"
    )


@pytest.mark.parametrize("name", ["../../secret.txt", "../archive/2022-02-24.tar.gz", "/etc/passwd", "secret.txt", "."])
@pytest.mark.parametrize("place", ["sorted", "loose", "0", "../", "", "secret"])
def test_only_what_the_layout_holds_is_served(owner: Visitor, pictures: Bucket, place: str, name: str) -> None:
    pictures.put("secret.txt", b"in the root")
    pictures.put(f"{CAMERA}/{DAY}/picture.jpg")
    pictures.archive()
    for path in ("/original", "/thumbnail", "/picture"):
        answer = owner.get(path, camera=CAMERA, date=str(DAY), place=place, name=name)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "date=2022-02-31",
        "date=9999-12-31",
        "date=0001-01-01",
        "date=2022-02-24%00",
        "date=%D9%A2%D9%A0%D9%A2%D9%A2-02-24",
        "date=2022-02-24&camera=",
        "date=2022-02-24&camera=a/b",
        "date=2022-02-24&camera=../other",
        "date=2022-02-24&camera=no-such-camera",
        "date=2022-02-24&camera=%00",
        "date=2022-02-24&hour=24",
        "date=2022-02-24&hour=-1",
        "date=2022-02-24&hour=1e3",
        "date=2022-02-24&hour=%D9%A1",
        "date=2022-02-24&page=99999999999999999999",
        "date=2022-02-24&event=" + "x" * 2000,
    ],
)
def test_a_hostile_parameter_is_not_found_and_breaks_nothing(owner: Visitor, pictures: Bucket, query: str) -> None:
    pictures.put(f"{CAMERA}/{DAY}/picture.jpg")
    answer = owner.client.get(f"/day?{query}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("body", [b"no picture", b"", b"\xff\xd8\xff\xe0" + bytes(100), b"GIF89a\xff\xff\xff\xff"])
def test_a_broken_picture_has_a_drawing_instead_of_a_thumbnail(owner: Visitor, pictures: Bucket, body: bytes) -> None:
    pictures.put(f"{CAMERA}/{DAY}/broken.jpg", body)
    answer = owner.get("/thumbnail", camera=CAMERA, date=str(DAY), place="sorted", name="broken.jpg")
    assert answer.status_code == 302
    assert answer.location in {"/static/broken.svg", "/static/file.svg"}


def test_a_picture_that_would_fill_the_memory_is_not_decoded(owner: Visitor, pictures: Bucket) -> None:
    header = jpeg(width=16, height=16)
    at = header.index(b"\xff\xc0") + 5
    bomb = header[:at] + (60000).to_bytes(2, "big") + (60000).to_bytes(2, "big") + header[at + 4 :]
    pictures.put(f"{CAMERA}/{DAY}/bomb.jpg", bomb)
    answer = owner.get("/thumbnail", camera=CAMERA, date=str(DAY), place="sorted", name="bomb.jpg")
    assert answer.location == "/static/file.svg"
