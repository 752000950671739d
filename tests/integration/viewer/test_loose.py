"""What is not sorted yet belongs to its day all the same, however old the day and whatever folder it lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, jpeg, name

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

OLD = {"date": str(DAY), "camera": CAMERA}


def places(owner: Visitor) -> list[str]:
    return [parse_qs(link)["place"][0] for link in owner.links(owner.get("/day", **OLD), "/picture?")]


def test_loose_pictures_of_a_past_day_are_shown_at_the_first_look(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}", jpeg(1))
    pictures.put(f"{CAMERA}/{name(2)}", jpeg(2))
    pictures.put(f"{CAMERA}/upload/hik/{name(3)}", jpeg(3))
    pictures.put(f"{CAMERA}/{name(4, DAY.replace(day=25))}")
    page = owner.get("/day", **OLD)
    links = owner.links(page, "/picture?")
    assert [parse_qs(link)["place"][0] for link in links] == ["sorted", "loose", "loose"]
    for number, link in enumerate(links, 1):
        assert owner.get(link.replace("/picture", "/original")).data == jpeg(number)


def test_a_picture_that_a_cut_sort_left_in_both_places_is_one_picture(owner: Visitor, pictures: Bucket) -> None:
    for key in (f"{DAY}/{name(1)}", name(1), f"upload/{name(1)}"):
        pictures.put(f"{CAMERA}/{key}", jpeg(1))
    pictures.put(f"{CAMERA}/{name(2)}", jpeg(2))
    assert places(owner) == ["sorted", "loose"]
    pictures.archive()
    owner.site.gallery.forget(CAMERA, DAY)
    assert places(owner) == ["0", "loose"]


def test_the_first_archive_of_a_camera_hides_no_picture(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}", jpeg(1))
    owner.get("/camera", camera=CAMERA)
    pictures.archive()
    assert places(owner) == ["0"]
