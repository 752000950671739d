"""What each page owes to the eye, the thumb and the keyboard; tests/browser looks at it in Chromium."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import yaml

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from viewer import gallery, overview

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "roles/viewer"


def test_a_thumbnail_shows_the_whole_picture(owner: Visitor) -> None:
    rule = re.search(r"^\.thumb \{([^}]*)\}", owner.get("/static/viewer.css").text, re.MULTILINE)
    assert rule
    assert "object-fit: contain" in rule[1]


def test_the_skip_link_moves_the_focus(owner: Visitor) -> None:
    assert '<main id="main" tabindex="-1">' in owner.get("/").text


def test_an_hour_can_be_chosen_by_thumb(owner: Visitor, pictures: Bucket) -> None:
    for camera in (CAMERA, "CAM-GATE-002"):
        pictures.put(f"{camera}/{DAY}/{name(360)}")
    page = owner.get("/day", date=str(DAY))
    chips = re.search(r'<nav class="chips by-hour"[^>]*>(.*?)</nav>', page.text, re.DOTALL)
    assert chips
    assert "hour=1" in chips[1]
    assert re.search(r"01:00 <span>2</span>", chips[1])


def test_the_first_screen_of_a_day_does_not_wait_for_the_layout(owner: Visitor, pictures: Bucket) -> None:
    """On a wide screen it shows the first three hours, six pictures of each."""
    pictures.put_day(2000, body=b"x")
    page = owner.get("/day", date=str(DAY), camera=CAMERA).text
    waits = ['loading="lazy"' in each for each in re.findall(r'<img class="thumb"[^>]*>', page)]
    assert waits == [False] * 18 + [True] * 18


def test_the_original_comes_before_all_other_pictures(owner: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(1)}")
    page = owner.get("/picture", camera=CAMERA, date=str(DAY), place="sorted", name=name(1)).text
    assert re.findall(r'<img class="(\w+)"(?: fetchpriority="(\w+)")?', page) == [("preview", ""), ("original", "high")]


def test_the_files_of_a_page_say_their_version(stranger: Visitor) -> None:
    for link in (
        *stranger.links(stranger.get("/login"), "/static"),
        *stranger.sources(stranger.get("/login"), "/static"),
    ):
        path, _, version = link.partition("?v=")
        assert version == hashlib.sha256((ROOT / f"viewer{path}").read_bytes()).hexdigest()[:12]
        assert stranger.get(link).status_code == 200


def test_the_unit_allows_the_threads_that_the_pages_start() -> None:
    line = re.search(
        r"^TasksMax=(.*)$", (ROLE / "templates/etc/systemd/system/hk-aws-web.service.j2").read_text(), re.M
    )
    assert line
    for settings in ({}, {"viewer_threads": "40"}):
        values = yaml.safe_load((ROLE / "defaults/main.yml").read_text()) | settings
        allowed = int(jinja2.Template(line[1]).render(values))
        threads = int(values["viewer_threads"])
        assert allowed > threads * (1 + gallery.AT_ONCE) + overview.AT_ONCE
