"""Two runs at once, a process that is shot, and a bucket that cannot be used."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible.module_utils.cctv.errors import UnusableError
from ansible.module_utils.cctv.layout import Layout

from tests.integration.site import CAM, DAY, Site, pictures

FOLDER = f"{CAM}/{DAY}/"
ARCHIVER = """
import sys
import tests.conftest
from tests.emulator.client import Emulator
from tests.integration.site import Site
url, access_key, secret_key, bucket = sys.argv[1:]
site = Site(Emulator(url, access_key, secret_key), bucket)
site.store
print("ready", flush=True)
site.sort()
site.archive()
"""


@pytest.mark.parametrize("latency_ms", [0, 5, 20])
def test_two_archivers_of_one_day(site: Site, latency_ms: int) -> None:
    sources = pictures(30, FOLDER)
    site.put(sources)
    site.emulator.set(latency_ms=latency_ms)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: site.archive(), range(2)))
    site.emulator.set(latency_ms=0)
    site.archive()
    assert {FOLDER + name: bodies for name, bodies in site.archived().items()} == {
        key: [body] for key, body in sources.items()
    }
    assert len(site.keys()) == 2
    assert all("is not in bucket" in reason for outcome in outcomes for reason in outcome.failures.values())


@pytest.mark.parametrize("latency_ms", [0, 10])
def test_two_sorters_of_one_camera(site: Site, latency_ms: int) -> None:
    sources = pictures(100, f"{CAM}/")
    site.put(sources)
    site.emulator.set(latency_ms=latency_ms)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: site.sort(CAM), range(2)))
    assert site.bodies() == {key.replace(f"{CAM}/", FOLDER): body for key, body in sources.items()}
    assert all("is not in bucket" in reason for outcome in outcomes for reason in outcome.failures.values())


def test_shot_at_any_moment_and_run_again(site: Site) -> None:
    sources = pictures(20, f"{CAM}/")
    site.put(sources)
    emulator = site.emulator
    command = [sys.executable, "-c", ARCHIVER, emulator.url, emulator.access_key, emulator.secret_key, site.bucket]
    dice = random.Random(2022)
    for _ in range(10):
        emulator.set(latency_ms=30)
        with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            try:
                process.wait(dice.uniform(0.01, 0.8))
            except subprocess.TimeoutExpired:
                process.kill()
        emulator.set(latency_ms=0)
        sorted_now = {key.rpartition("/")[2] for key in site.keys("") if "/archive/" not in key}
        archived = {
            name
            for archive in site.catalog().archives(CAM)
            if archive.object and archive.index
            for name in (entry.name for entry in site.index(number=archive.number).captures)
        }
        assert sorted_now | archived == {key.rpartition("/")[2] for key in sources} or not archived
    site.sort()
    site.archive()
    assert {f"{CAM}/{name}": bodies for name, bodies in site.archived().items()} == {
        key: [body] for key, body in sources.items()
    }
    assert all("/archive/" in key for key in site.keys(""))


@pytest.mark.parametrize(
    ("status", "code"), [(404, "NoSuchBucket"), (403, "InvalidAccessKeyId"), (403, "AccessDenied")]
)
def test_what_nothing_survives_ends_the_run_at_once(site: Site, status: int, code: str) -> None:
    site.put(pictures(2, f"{CAM}/") | pictures(2, FOLDER))
    site.emulator.fault("error", operation="ListObjectsV2", status=status, code=code)
    for job in (site.sort, site.archive, lambda _: site.purge(CAM), lambda _: site.restore(CAM)):
        with pytest.raises(UnusableError):
            job(CAM)


def test_a_name_that_looks_like_an_error_ends_nothing(site: Site) -> None:
    name = f"{FOLDER}<Code>NoSuchBucket</Code> error sending request.jpg"
    site.put({name: b"x"} | pictures(2, FOLDER))
    site.emulator.fault("error", operation="GetObject", key="*Code*", status=404, code="NoSuchKey")
    outcome = site.archive()
    assert list(outcome.failures) == [name]
    assert len(site.archived()) == 2


def test_the_draft_of_a_run_under_way_is_left_alone_until_its_archive_is_anothers(site: Site) -> None:
    draft = Layout().index_key(CAM, DAY, build="ab" * 16)
    site.put({draft: b"{}"})
    site.archive()
    assert site.keys() == [draft]
    site.put(pictures(2, FOLDER))
    site.archive()
    assert len(site.archived()) == 2
    assert site.keys(draft) == []
