"""Two runs at once, a process that is shot, and a bucket that cannot be used."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from ansible.module_utils.cctv import purging, sorting
from ansible.module_utils.cctv.errors import UnusableError
from ansible.module_utils.cctv.layout import Layout
from ansible.module_utils.cctv.store import Store

from tests.integration.module_runs import Modules
from tests.integration.site import CAM, DAY, Site, picture, pictures

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


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchBucket"), (403, "InvalidAccessKeyId")])
@pytest.mark.parametrize("job", ["sort", "archive", "purge"])
def test_what_nothing_survives_is_told_once_and_ends_the_run(site: Site, job: str, status: int, code: str) -> None:
    site.emulator.fault("error", operation="ListObjectsV2", status=status, code=code)
    outcome = getattr(site, job)(CAM)
    assert list(outcome.failures) == [f"s3://{site.bucket}"]
    site.emulator.clear_faults()
    site.emulator.reset()
    with pytest.raises(UnusableError):
        site.catalog().cameras()
    assert site.emulator.requests() == {}, "nothing is sent any more"


@pytest.mark.parametrize("job", ["sort", "purge"])
def test_a_camera_that_may_not_be_listed_does_not_stop_the_others(site: Site, job: str) -> None:
    loose, old = ({f"{camera}/{part}{picture(0)}" for camera in "ABC"} for part in ("", f"{DAY}/"))
    site.put(dict.fromkeys(loose if job == "sort" else old, b"x"))
    limited = site.allow("s3:*")
    denied = {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{site.bucket}"}
    denied["Condition"] = {"StringLike": {"s3:prefix": "B/*"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    site.emulator.boto3_client("iam").put_user_policy(UserName=site.bucket, PolicyName="not", PolicyDocument=policy)
    outcome = getattr(limited, job)("A", "B", "C")
    assert list(outcome.failures) == ["B/"]
    assert "Not allowed to s3:ListBucket below B/ on arn:aws:s3:::" in outcome.failures["B/"]
    site.emulator.set(enforce_iam=False)
    left = set(site.keys()) & (loose if job == "sort" else old)
    assert {key[0] for key in left} == {"B"}


@pytest.mark.parametrize(("operation", "nth"), [("CopyObject", 700), ("DeleteObjects", 2), ("ListObjectsV2", 8)])
def test_a_token_that_expires_while_sorting_leaves_true_counts(
    site: Site, modules: Modules, operation: str, nth: int
) -> None:
    site.put({f"{CAM}/{picture(number)}": b"x" for number in range(2500)})
    site.emulator.fault("error", operation=operation, nth=nth, count=100_000, status=400, code="ExpiredToken")
    result = modules.run(
        "cctv_capture_sort", bucket=site.bucket, endpoint_url=site.emulator.url, cameras=[CAM], min_age_seconds=0
    )
    assert result["failed"] == 1
    [failure] = result["failures"]
    assert failure == {"key": f"s3://{site.bucket}", "reason": "The session token has expired: log in again."}
    assert "token has expired" in result["msg"]
    assert result["changed"]
    site.emulator.clear_faults()
    left = [key for key in site.keys(f"{CAM}/") if key.count("/") == 1]
    assert result["moved"] == 2500 - len(left)


@pytest.mark.parametrize(("operation", "nth"), [("DeleteObjects", 4), ("GetObject", 8), ("PutObject", 9)])
def test_a_token_that_expires_while_archiving_leaves_true_counts(
    site: Site, modules: Modules, operation: str, nth: int
) -> None:
    days = [DAY + timedelta(days=number) for number in range(5)]
    site.put({key: body for day in days for key, body in pictures(3, f"{CAM}/{day}/", day=day).items()})
    site.emulator.reset()
    site.emulator.fault("error", operation=operation, nth=nth, count=100_000, status=400, code="ExpiredToken")
    options = {"bucket": site.bucket, "older_than_days": 1, "storage_class": "GLACIER_IR"}
    result = modules.run("cctv_capture_archive", **options)
    assert [failure["key"] for failure in result["failures"]] == [f"s3://{site.bucket}"]
    assert result["changed"]
    site.emulator.clear_faults()
    left = [key for key in site.keys(f"{CAM}/") if "/archive/" not in key]
    assert f", {15 - len(left)} pictures removed" in result["msg"]
    assert len(left) < 15
    archives = {key for key in site.keys(f"{CAM}/archive/") if key.endswith(".tar.gz")}
    assert {made["key"] for made in result["archives"]} <= archives
    modules.run("cctv_capture_archive", **options)
    assert [key for key in site.keys(f"{CAM}/") if "/archive/" not in key] == []


def test_a_token_that_expires_while_purging_leaves_true_counts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    site.put(pictures(7, FOLDER))
    site.emulator.fault("error", operation="DeleteObjects", nth=3, count=100_000, status=400, code="ExpiredToken")
    outcome = site.purge(store=Store(site.access))
    assert list(outcome.failures) == [f"s3://{site.bucket}"]
    site.emulator.clear_faults()
    assert (outcome.captures, outcome.keys, len(site.keys(FOLDER))) == (4, [FOLDER], 3)


def test_days_that_cannot_be_archived_do_not_keep_others_waiting(site: Site, modules: Modules) -> None:
    days = [DAY + timedelta(days=number) for number in range(30)]
    for day in days[:4]:
        site.put(pictures(12, f"{CAM}/{day}/", day=day), StorageClass="GLACIER")
    site.put({f"{CAM}/{day}/{picture(0, day=day)}": b"x" for day in days[4:]})
    options = {"bucket": site.bucket, "older_than_days": 1, "storage_class": "GLACIER_IR", "limit": 2}
    planned = modules.run("cctv_capture_archive", **options, _ansible_check_mode=True)
    done = modules.run("cctv_capture_archive", **options)
    for result in (planned, done):
        assert [made["date"] for made in result["archives"]] == [str(day) for day in days[4:6]]
        assert [row["date"] for row in result["deferred"]] == [str(day) for day in days[6:]]
        assert result["failed"] == 4 * 11, "ten are named of each day, the others are a number"
    reasons = {row["key"]: row["reason"] for row in done["failures"]}
    assert reasons[FOLDER] == "2 more pictures of it are in GLACIER: restore them first"


def test_a_camera_whose_chain_is_damaged_is_told_once(site: Site, modules: Modules) -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    site.put({f"{CAM}/{day}/{picture(0, day=day)}": b"x" for day in days})
    site.put({Layout().link_key(CAM, 1): b"no link"})
    result = modules.run("cctv_capture_archive", bucket=site.bucket, older_than_days=1)
    assert [row["key"] for row in result["failures"]] == [f"{CAM}/archive/chain/"]
    assert not result["changed"]


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


def test_a_folder_that_came_twice_is_sorted_once_whatever_batches_are_under_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "BATCH", 5)
    bodies = {picture(number): f"{number}".encode() for number in range(25)}
    site.put({f"{CAM}/{folder}/{name}": body for folder in ("a", "b") for name, body in bodies.items()})
    site.emulator.set(latency_ms=20)
    done = site.sort(CAM)
    site.emulator.set(latency_ms=0)
    assert (done.moved, done.failures) == (50, {})
    assert site.bodies() == {FOLDER + name: body for name, body in bodies.items()}


def test_a_plan_names_the_places_that_taken_names_leave(site: Site) -> None:
    """The same name in two folders of a vendor, one that sorting has filled with other bytes, one with the same."""
    names = [picture(number) for number in range(3)]
    site.put({f"{CAM}/{folder}/{name}": f"{folder} {name}".encode() for folder in ("a", "b") for name in names})
    site.put({FOLDER + names[0]: b"other", FOLDER + names[1]: f"b {names[1]}".encode()})
    before = site.bodies()
    planned = site.sort(CAM, check_mode=True)
    assert site.bodies() == before
    done = site.sort(CAM)
    assert (planned.moves, planned.moved, planned.failures) == (done.moves, 6, {})
    assert {to for _, to in planned.moves} <= set(site.keys(FOLDER))
    assert set(site.bodies().values()) == set(before.values())
    assert len({to for _, to in planned.moves}) == 6
