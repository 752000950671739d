"""What the user asked for, and in whose time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from ansible.module_utils.cctv.clock import Zones, load_zone
from ansible.module_utils.cctv.days import day_rule
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.selection import DayRule, name_filter, require_camera, select_cameras

CAMERAS = ["CAM-EXT-001", "CAM-EXT-002", "CAM-INT-001"]
TODAY = date(2022, 3, 1)
DAY = date(2022, 2, 24)


@pytest.mark.parametrize(
    ("globs", "expected"),
    [(["*"], CAMERAS), (["*-EXT-*"], CAMERAS[:2]), (["CAM-INT-001", "*002"], CAMERAS[1:])],
)
def test_cameras(globs: list[str], expected: list[str]) -> None:
    assert select_cameras(CAMERAS, globs) == expected


def test_a_list_that_was_emptied_does_not_mean_all() -> None:
    with pytest.raises(CctvError, match=r"cameras: the list is empty: name cameras, or give '\*' for all\."):
        select_cameras(CAMERAS, [])


def test_no_such_camera() -> None:
    with pytest.raises(CctvError, match=r"No camera is called CAM-EXT-OO1: did you mean .*CAM-EXT-001"):
        select_cameras(CAMERAS, ["*-EXT-*", "CAM-EXT-OO1"])
    with pytest.raises(CctvError, match="the bucket holds no cameras yet"):
        require_camera([], "CAM-EXT-001")


@pytest.mark.parametrize(
    ("globs", "name", "taken"),
    [
        (["*"], "a.jpg", True),
        (["*.jpg"], "A.JPG", True),
        (["*.JPG", "x*"], "b.jpg", True),
        (["*.jpg"], "a.mp4", False),
        (["42*"], "001/42[M].jpg", True),
        (["001*"], "001/42[M].jpg", False),
        (["001/*.JPG"], "001/42[M].jpg", True),
        (["001/42[m].jpg"], "001/42[M].jpg", True),
        (["42[M].jpg"], "001/42[M].jpg", True),
        (["a*"], "CAM-1/2022-02-24/a.jpg", True),
        (["CAM-1*"], "CAM-1/a.jpg", False),
        (["cam-1/*.JPG"], "CAM-1/2022-02-24/a.jpg", True),
        (["x*", "CAM-1/*.mp4"], "CAM-2/a.mp4", False),
        (["*/2022-02-24/*"], "CAM-1/2022-02-24/a.jpg", True),
    ],
)
def test_names(globs: list[str], name: str, taken: bool) -> None:
    assert name_filter(globs)(name) is taken


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (DayRule(), True),
        (DayRule.on(DAY), True),
        (DayRule(first=date(2022, 2, 25)), False),
        (DayRule(last=date(2022, 2, 23)), False),
        (DayRule(pattern="*2022-02-*"), True),
        (DayRule(pattern="2022-02-*"), True),
        (DayRule(pattern="CAM-1/2022-*"), True),
        (DayRule(pattern="CAM-2/2022-*"), False),
        (DayRule(pattern="archive"), False),
        (DayRule(older_than_days=4), True),
        (DayRule(older_than_days=5), False),
        (DayRule(older_than_days=10**12), False),
        (DayRule(pattern="*2022-*", older_than_days=5), False),
    ],
)
def test_days(rule: DayRule, taken: bool) -> None:
    assert rule.takes("CAM-1", DAY, today=TODAY) is taken


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Say which days"),
        ({"date": "today"}, "date: 'today' is not a date: write it as YYYY-MM-DD"),
        ({"first": "2022-13-01"}, "from: '2022-13-01' is not a date"),
        ({"first": "2022-03-01", "last": "2022-02-01"}, "from 2022-03-01 is after to 2022-02-01"),
        ({"date": "2022-03-01", "last": "2022-03-01"}, "either date or a range"),
        ({"older_than_days": -1}, "lies in the future"),
    ],
)
def test_day_rule_refuses(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CctvError, match=sentence):
        day_rule(**options)


def test_zones() -> None:
    zones = Zones.load("Europe/Kyiv", {"CAM-EXT-*": "America/New_York"})
    midnight = datetime(2022, 2, 24, 23, 30, tzinfo=UTC)
    assert zones.today("CAM-EXT-001", midnight) == date(2022, 2, 24)
    assert zones.today("CAM-INT-001", midnight) == date(2022, 2, 25)


@pytest.mark.parametrize("name", ["Europe/Kiew", "Europe", "../etc/passwd", "/etc/localtime", "UTC\n"])
def test_no_such_zone(name: str) -> None:
    with pytest.raises(CctvError, match="there is no zone"):
        load_zone(name)


def test_host_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Kathmandu")
    assert load_zone("").key == "Asia/Kathmandu"


def test_a_name_with_brackets_selects_its_camera() -> None:
    assert select_cameras(["Yard [1]", "Yard [2]"], ["Yard [1]"]) == ["Yard [1]"]
