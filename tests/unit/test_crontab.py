"""What becomes of the lines of cron by which a relay that was set up by hand calls the old tool: none is lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from cctv.crontab import CARRIED, COLLECT, CronPlan, plan_cron

ADOPTION = yaml.safe_load((Path(__file__).parents[2] / "playbooks/vars/adoption.yml").read_text())
SORT = "cctv /usr/bin/hk-aws-tool.py -c /etc/hkawstoolkit/config.yaml -a store-all-files"
TOOL = "/usr/bin/hk-aws-tool.py"


def plan(collect: str = "", own: str = "", **others: str) -> CronPlan:
    files = {f"/etc/{name}": text for name, text in others.items()}
    return plan_cron({COLLECT: collect, **files}, own, "cctv", "hkawstoolkit")


def test_the_lines_of_the_readme_become_our_job() -> None:
    found = plan(f'# 5 */1 * * * {SORT} -p "*.bmp"\n10 */1 * * * {SORT} -p "*.jpg"\n45 */1 * * * {SORT} -p \'*.mp4\'\n')
    assert (found.minute, found.hour, found.patterns) == ("10", "*/1", ("*.jpg", "*.mp4"))
    assert (found.sorts, found.carried, found.edited) == (False, (), ())
    assert [line.endswith(" becomes the job sort, at minute 10 of hour */1.") for line in found.report] == [True, True]


@pytest.mark.parametrize(
    "ours", ["root systemctl start cctv-job@sort.service", "hkawstoolkit cd /opt && python -m jobs sort"]
)
def test_the_lines_of_our_own_jobs_are_let_be(ours: str) -> None:
    assert plan(f"SHELL=/bin/sh\n10 * * * * {ours}\n") == CronPlan()


def test_without_a_pattern_all_is_sorted() -> None:
    assert plan(f"10 * * * * {SORT}").patterns == ("*",)


@pytest.mark.parametrize(
    "line",
    [
        f"10 3 * * 0 {SORT}",
        f"10 3 1 * * {SORT}",
        f"@hourly {SORT}",
        f"10 * * * * cctv {TOOL} -a store-camera-files -m CAM-EXT-003",
        f"10 * * * * cctv {TOOL} -a archive-all-by-pattern -p '*2021-12-*'",
        f"10 * * * * {SORT} > /var/log/sort 2>&1",
        f"10 * * * * {SORT}; /usr/local/bin/tell",
        f"10 * * * * cctv {TOOL} -c /etc/other.yaml -a store-all-files",
        f"10 * * * * cctv nice {TOOL} -a store-all-files",
        f"10 * * * * {SORT} -p '*.jpg",
        f"10 * * * * {SORT} --unknown",
    ],
)
def test_any_other_line_goes_on_as_it_is_as_who_has_the_key(line: str) -> None:
    found = plan(f"{line}\n")
    assert found.patterns == ()
    assert found.carried == (line.replace(" cctv ", " hkawstoolkit ", 1),)
    assert found.report == (f"{COLLECT}: {line} goes on as hkawstoolkit in {CARRIED}.",)
    assert found.sorts is ("store-" in line)


def test_a_sort_at_other_hours_stays_beside_our_job() -> None:
    found = plan(f'0 3 * * * {SORT} -p "*.mp4"\n10 * * * * {SORT} -p "*.jpg"\n')
    assert (found.minute, found.hour, found.patterns) == ("0", "3", ("*.mp4",))
    assert found.carried == (f'10 * * * * {SORT} -p "*.jpg"'.replace("cctv", "hkawstoolkit", 1),)
    assert found.sorts is True


def test_a_pattern_that_names_a_cameras_folder_is_the_jobs() -> None:
    assert plan(f'10 * * * * {SORT} -p "CAM-EXT-001/*.mp4"\n').patterns == ("CAM-EXT-001/*.mp4",)


def test_what_else_stood_in_the_file_goes_along() -> None:
    backup = "5 5 * * * root /usr/local/bin/backup"
    found = plan(f"MAILTO=me\n10 * * * * {SORT}\n{backup}\n")
    assert found.carried == ("MAILTO=me", backup)
    assert found.report[-1] == f"{COLLECT}: {backup} goes on as root in {CARRIED}."
    alone = plan(f"MAILTO=me\n10 * * * * {SORT}\n")
    assert alone.carried == ()
    assert alone.report[-1] == f"{COLLECT}: MAILTO=me is not taken over."


def test_lines_of_the_cameras_users_crontab_move() -> None:
    found = plan(own=f"PATH=/usr/bin\n0 6 * * * true\n@daily {TOOL} -a store-all-files\n")
    assert found.carried == (f"@daily hkawstoolkit {TOOL} -a store-all-files",)
    assert found.report == (f"crontab of cctv: @daily {TOOL} -a store-all-files goes on as hkawstoolkit in {CARRIED}.",)
    assert found.sorts is True


def test_lines_in_other_files_get_another_user_where_they_had_the_cameras() -> None:
    theirs, roots = f"@hourly cctv {TOOL} -a list-cameras", f"5 * * * * root {TOOL} -a list-cameras"
    found = plan(crontab=f"{theirs}\n17 * * * * root run-parts\n", other=f"{roots}\n")
    assert (found.carried, found.edited) == ((), ("/etc/crontab",))
    assert found.report == (
        f"/etc/crontab: {theirs} goes on as hkawstoolkit.",
        f"/etc/other: {roots} goes on as root.",
    )


def test_our_own_lines_are_none_of_the_old_ones() -> None:
    ours = "10 * * * * hkawstoolkit cd /opt && python -m jobs sort"
    files = {COLLECT: f"MAILTO=root\n{ours}\n", "/etc/cron.d/x": ours, CARRIED: f"5 * * * * {SORT}"}
    assert plan_cron(files, "", "cctv", "hkawstoolkit") == CronPlan()


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (f"@hourly cctv {TOOL} -a x", f"@hourly hkawstoolkit {TOOL} -a x"),
        (f"  5 0 * * 1-5\tcctv {TOOL} -m cctv", f"  5 0 * * 1-5\thkawstoolkit {TOOL} -m cctv"),
        (f"5 0 * * * root {TOOL} -m cctv", f"5 0 * * * root {TOOL} -m cctv"),
        (f"# 5 0 * * * cctv {TOOL}", f"# 5 0 * * * cctv {TOOL}"),
        ("5 0 * * * cctv true", "5 0 * * * cctv true"),
    ],
)
def test_the_playbook_changes_the_user_and_nothing_else(line: str, changed: str) -> None:
    form = re.compile(rf"({ADOPTION['__adopt_when']})cctv(\s.*hk-aws-tool)", re.MULTILINE)
    text = f"MAILTO=root\n\n{line}\n"
    assert form.sub(r"\1hkawstoolkit\2", text) == f"MAILTO=root\n\n{changed}\n"
