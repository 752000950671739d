"""Several hosts share the work: nothing is done twice or left out, also by mistake or when one of them dies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv import sorting
from ansible.module_utils.cctv.archiving import Archiver
from ansible.module_utils.cctv.days import chosen_days
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.share import Share

from tests.integration.ansible_runs import ROOT
from tests.integration.bucket_contents import name
from tests.integration.site import CAM, DAY, Site, pictures
from tests.integration.test_playbooks import recap

if TYPE_CHECKING:
    from tests.integration.ansible_runs import Ansible
    from tests.integration.bucket_contents import Contents

WORKERS = ("east", "middle", "west")
DAYS = [DAY + timedelta(days=number) for number in range(12)]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "workers.json"
    hosts = {worker: {"ansible_connection": "local"} for worker in WORKERS}
    path.write_text(json.dumps({"workers": {"hosts": hosts}}))
    return path


def test_three_workers_do_it_all_once(ansible: Ansible, contents: Contents, inventory: Path) -> None:
    keys = [f"{camera}/{name(1, str(day))}" for camera in ("CAM-1", "CAM-2") for day in DAYS]
    contents.put(*keys)
    knobs: dict[str, Any] = {"cctv_hosts": "workers", "cctv_bucket": contents.bucket, "cctv_min_age_seconds": 0}
    knobs |= {"cctv_timezone": "UTC", "cctv_older_than_days": 1, "cctv_storage_class": "GLACIER_IR"}

    def run(playbook: str, *flags: str) -> subprocess.CompletedProcess[str]:
        done = ansible.playbook(playbook, "-i", str(inventory), *flags, **knobs)
        assert done.returncode == 0, done.stdout
        return done

    sorts = run("captures_sort.yml")
    moved = [int(count) for count in re.findall(r"(\d+) pictures sorted", sorts.stdout)]
    assert (len(moved), sum(moved)) == (3, len(keys))
    assert min(moved) > 0
    assert contents.listed() == sorted(f"{key[:5]}/{day}/{key[6:]}" for key, day in zip(keys, DAYS * 2, strict=True))
    assert run("captures_archive.yml").stdout.count("tar.gz: 1 pictures") == len(keys)
    archives = [key for key in contents.listed() if key.endswith(".tar.gz")]
    assert len(archives) == len(keys)
    assert all("/archive/" in key for key in contents.listed())
    for playbook in ("captures_sort.yml", "captures_archive.yml"):
        assert "changed=1" not in run(playbook).stdout
    knobs["cctv_include_archives"] = True
    # What one worker of fewer would do: the days of the other two come to it.
    assert recap(run("captures_purge.yml", "--limit", "west").stdout)["changed"] == 1
    assert all("/archive/chain/" in key for key in contents.listed()), "what was there is still told"


def test_workers_of_a_company_are_told_for_which_site(ansible: Ansible, contents: Contents, tmp_path: Path) -> None:
    """With its own name as prefix, as a relay has, a worker did nothing and called that a success."""
    contents.put(f"kyiv-office/CAM-1/{name(1)}")
    local = {"ansible_connection": "local"}
    (tmp_path / "east.json").write_text(json.dumps({"workers": {"hosts": {"east": local}}}))
    company = ["-i", str(ROOT / "inventory" / "company.yml"), "-i", str(tmp_path / "east.json")]
    knobs: dict[str, Any] = {"cctv_hosts": "workers", "cctv_bucket": contents.bucket, "cctv_min_age_seconds": 0}
    knobs |= {"cctv_python": sys.executable, "ansible_connection": "local"}

    def sort(**more: str) -> subprocess.CompletedProcess[str]:
        return ansible.playbook("captures_sort.yml", *company, **knobs, **more)

    untold = sort()
    assert untold.returncode != 0
    assert "Say for which site: -e cctv_prefix=NAME" in untold.stdout + untold.stderr
    assert "1 picture sorted" in sort(cctv_prefix="kyiv-office").stdout
    wrong = sort(cctv_prefix="kiev-office")
    assert wrong.returncode == 0
    assert f"Nothing lies below kiev-office/ in {contents.bucket}" in " ".join((wrong.stdout + wrong.stderr).split())


def test_a_host_that_is_none_of_the_workers_does_everything(ansible: Ansible, contents: Contents) -> None:
    contents.put(*(f"CAM-1/{name(1, str(day))}" for day in DAYS))
    done = ansible.playbook("captures_sort.yml", cctv_bucket=contents.bucket, cctv_min_age_seconds=0)
    assert f"{len(DAYS)} pictures sorted" in done.stdout


def archive(site: Site, worker: str, *workers: str) -> None:
    catalog = site.catalog()
    days = chosen_days(catalog, [CAM], DayRule(), Share(worker, workers)).sorted
    outcome = Archiver(catalog=catalog, storage_class="GLACIER_IR").archive(days)
    assert all("is not in bucket" in reason for reason in outcome.failures.values())


def test_workers_that_overlap_by_mistake_archive_nothing_twice(site: Site) -> None:
    sources = {day: pictures(4, f"{CAM}/{day}/", day=day) for day in DAYS[:4]}
    for bodies in sources.values():
        site.put(bodies)
    site.emulator.set(latency_ms=5)
    with ThreadPoolExecutor(3) as pool:
        runs = [("east", "east"), ("west", "west"), ("east", "east", "west")]
        list(pool.map(lambda names: archive(site, *names), runs))
    site.emulator.set(latency_ms=0)
    archive(site, "west", "west")
    for day, bodies in sources.items():
        assert {f"{CAM}/{day}/{inner}": body for inner, body in site.archived(day=day).items()} == {
            key: [body] for key, body in bodies.items()
        }


WORKER = """
import sys
import tests.conftest
from tests.emulator.client import Emulator
from tests.integration.site import CAM, Site
from tests.integration.test_workers import archive
url, access_key, secret_key, bucket, *names = sys.argv[1:]
site = Site(Emulator(url, access_key, secret_key), bucket)
site.store
print("ready", flush=True)
archive(site, *names)
"""


def test_a_worker_that_dies_leaves_its_days_to_the_others(site: Site) -> None:
    sources = {day: pictures(4, f"{CAM}/{day}/", day=day) for day in DAYS[:6]}
    for bodies in sources.values():
        site.put(bodies)
    emulator = site.emulator
    address = [emulator.url, emulator.access_key, emulator.secret_key, site.bucket]
    emulator.set(latency_ms=20)
    command = [sys.executable, "-c", WORKER, *address, "west", "east", "west"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        archive(site, "east", "east", "west")
        process.kill()
    emulator.set(latency_ms=0)
    archive(site, "east", "east")
    archived = {f"{CAM}/{day}/{inner}": body for day in sources for inner, body in site.archived(day=day).items()}
    assert archived == {key: [body] for bodies in sources.values() for key, body in bodies.items()}
    assert all("/archive/" in key for key in site.keys(""))


def test_sorting_by_three_is_sorting_by_one(site: Site) -> None:
    sources = {key: body for day in DAYS for key, body in pictures(3, f"{CAM}/", day=day).items()}
    site.put(sources)
    moved = []
    for worker in WORKERS:
        sorter = sorting.Sorter(
            catalog=site.catalog(later=timedelta(seconds=2)),
            takes=lambda _: True,
            min_age=timedelta(),
            share=Share(worker, WORKERS),
        )
        moved.append(sorter.sort([CAM]).moved)
    assert sum(moved) == len(sources)
    assert site.bodies() == {
        f"{CAM}/{day}/{key.rpartition('/')[2]}": body
        for day in DAYS
        for key, body in pictures(3, f"{CAM}/", day=day).items()
    }
