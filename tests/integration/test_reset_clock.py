"""A camera whose clock was reset: what it calls a day is none, and what it just sent is not old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.cctv.purging import Purger

from tests.integration.module_runs import Modules
from tests.integration.site import CAM, Site, picture

DAHUA = "001/jpg/00/00/12[M][0@0][0].jpg"


@pytest.mark.parametrize("day", ["2000-01-01", "1970-01-01", "2004-12-31", "2099-01-01"])
def test_the_folder_of_an_impossible_day_is_loose(site: Site, day: str) -> None:
    source, today = f"{CAM}/{day}/{DAHUA}", datetime.now(UTC).date()
    site.put({source: b"a minute ago"})
    assert site.catalog().days(CAM) == []
    outcome = site.purge()
    assert (outcome.captures, outcome.keys) == (0, [])
    assert site.sort().moves == [(source, f"{CAM}/{today}/{day}/{DAHUA}")]
    assert site.bodies() == {f"{CAM}/{today}/{day}/{DAHUA}": b"a minute ago"}
    assert site.purge().keys == []
    assert site.sort().moved == 0


def test_the_days_that_may_be_are_days(site: Site) -> None:
    today = datetime.now(UTC).date()
    days = [datetime(2005, 1, 1, tzinfo=UTC).date(), today, today + timedelta(days=1)]
    site.put({f"{CAM}/{day}/x.jpg": b"x" for day in days} | {f"{CAM}/{today + timedelta(days=2)}/x.jpg": b"x"})
    assert site.catalog().days(CAM) == days


def test_a_time_that_was_disbelieved_stays_so_when_the_copy_arrives_later(site: Site) -> None:
    """The camera's clock is a day ahead, and its picture is sorted, listed and archived the day after it came."""
    today = datetime.now(UTC).date()
    name = picture(0, day=today + timedelta(days=1))
    site.put({f"{CAM}/{name}": b"x"})
    before = site.catalog().reading(next(site.catalog().loose(CAM)))
    assert (before.captured_at.date(), before.time_source, before.clock_suspect) == (today, "arrival", True)
    site.sort()
    [held] = site.catalog().day(CAM, today)
    copied = replace(held, modified=held.modified + timedelta(days=2))
    later = site.catalog(later=timedelta(days=2)).reading(copied)
    assert (later.captured_at.date(), later.time_source, later.clock_suspect) == (today, "path", True)
    believed = replace(copied, key=f"{CAM}/{today + timedelta(days=1)}/{name}")
    assert site.catalog(later=timedelta(days=2)).reading(believed).time_source == "name"


@pytest.mark.parametrize("plan", [False, True])
def test_a_sort_tells_what_it_thinks_of_each_cameras_clock(
    site: Site, modules: Modules, monkeypatch: pytest.MonkeyPatch, plan: bool
) -> None:
    now = datetime.now(UTC)
    ahead = {f"CAM-1/{picture(number, day=now.date() + timedelta(days=2))}" for number in range(3)}
    reset = {"CAM-1/MDAlarm_19700101-000012.jpg", f"CAM-2/{picture(0, day=now.date() - timedelta(days=2000))}"}
    fine = {f"CAM-3/{picture(0, day=now.date() - timedelta(days=170))}", "CAM-3/unnamed.jpg"}
    site.put(dict.fromkeys(ahead | reset | fine, b"x"))
    suspect, past = site.sort(check_mode=True).doubts.sentences()
    assert suspect.startswith("CAM-1: the times in the names of 4 pictures lie after the arrival")
    assert past.startswith("CAM-2: 1 picture is by its name more than 180 days older than the arrival")
    warned: list[str] = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda _module, text: warned.append(text))
    options = {"min_age_seconds": 0, "timezone": "UTC", "_ansible_check_mode": plan}
    result = modules.run("cctv_capture_sort", bucket=site.bucket, **options)
    assert (result["moved"], result["clock_suspect"], result["long_past"]) == (7, 4, 1)
    assert warned == [suspect, past]


def test_what_came_of_late_into_a_folder_of_a_believable_day_is_kept(site: Site) -> None:
    """The clock was reset to a day that may be, and the camera makes that day's folder itself."""
    day = datetime(2024, 1, 1, tzinfo=UTC).date()
    folder = f"{CAM}/{day}/"
    site.put({f"{folder}{DAHUA}": b"a minute ago", f"{folder}{picture(0, day=day)}": b"sorted", f"{folder}001/": b""})
    planned, outcome = site.purge(check_mode=True), site.purge()
    assert (planned.captures, planned.kept) == (outcome.captures, outcome.kept) == (1, outcome.kept)
    assert list(outcome.kept) == [folder]
    assert "less than 1 day ago" in outcome.kept[folder]
    assert site.bodies() == {f"{folder}{DAHUA}": b"a minute ago"}
    assert site.archive(CAM, day).removed == 1
    kept = site.purge(include_archives=True)
    assert (kept.archives, list(kept.kept)) == (0, [f"{CAM}/archive/{day}.tar.gz"])
    catalog = site.catalog(later=timedelta(days=2))
    gone = Purger(catalog=catalog, older_than_days=1, include_archives=True).purge([CAM])
    assert (gone.archives, gone.kept, site.keys()) == (1, {}, [])
