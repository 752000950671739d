"""Errors that a user makes: one sentence that says what to do, nothing changed, no traceback, no secret."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator
    from tests.integration.ansible_runs import Ansible
    from tests.integration.bucket_contents import Contents
    from tests.integration.module_runs import Modules

NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

OPTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("camera_info", {"timezone": "Europe/Kiew"}, r"timezone: there is no zone 'Europe/Kiew'"),
    ("camera_info", {"camera_timezones": {"CAM-1": 5}}, r"there is no zone '5'"),
    ("capture_info", {"camera": "CAM-l"}, r"No camera is called CAM-l: did you mean .*CAM-1"),
    ("capture_info", {"camera": "CAM-1", "date": "24.02.2022"}, r"date: '24.02.2022' is not a date"),
    ("capture_sort", {"cameras": ["CAM-2", "CAM1"]}, r"No camera is called CAM1: did you mean CAM-1"),
    ("capture_sort", {"min_age_seconds": -1}, r"min_age_seconds: -1 is out of range: give 0 to"),
    ("capture_archive", {}, r"Say which days are meant"),
    ("capture_archive", {"date": "2022-02-30"}, r"date: '2022-02-30' is not a date: write it as YYYY-MM-DD"),
    ("capture_archive", {"pattern": "*2031-*"}, r"No day of CAM-1, CAM-2 matches \*2031-\*"),
    ("capture_archive", {"date": DAY, "limit": 0}, r"limit: 0 is out of range: give 1 to"),
    ("capture_archive", {"date": DAY, "limit": -3}, r"limit: -3 is out of range"),
    ("capture_archive", {"older_than_days": -1}, r"older_than_days: -1 lies in the future"),
    ("capture_archive", {"date": DAY, "storage_class": "ICE"}, r"storage_class must be one of: STANDARD, .*got: ICE"),
    ("capture_purge", {}, r"missing required arguments: older_than_days"),
    ("capture_purge", {"older_than_days": 0}, r"older_than_days: 0 .* at least 1"),
    ("capture_purge", {"older_than_days": 1, "cameras": []}, r"cameras: the list is empty: name cameras, or give '\*'"),
    ("capture_sort", {"cameras": []}, r"cameras: the list is empty"),
    ("capture_archive", {"date": DAY, "cameras": []}, r"cameras: the list is empty"),
    ("capture_restore", {"date": DAY, "names": []}, r"names: the list is empty: name pictures, or give '\*'"),
    ("capture_restore", {"cameras": ["CAM-1"]}, r"Say which days are meant"),
    ("capture_restore", {"from": "2022-03-01", "to": "2022-02-01"}, r"from 2022-03-01 is after to 2022-02-01"),
    ("capture_restore", {"date": DAY, "from": DAY}, r"either date or a range"),
    ("capture_restore", {"date": "2031-01-01"}, r"No day of CAM-1, CAM-2 matches 2031-01-01"),
    ("capture_restore", {"date": DAY, "days": 0}, r"days: 0 is out of range: give 1 to"),
    ("capture_restore", {"date": DAY, "tier": "Fast"}, r"tier must be one of: Standard, Bulk, Expedited, got: Fast"),
    ("capture_restore", {"date": DAY, "destination": "/dev/null/out"}, r"/dev/null is no folder that can be written"),
    ("capture_restore", {"date": DAY, "destination": "s3://not-there/x"}, r"Bucket not-there does not exist"),
    (
        "capture_restore",
        {"date": DAY, "destination": "/tmp", "names": ["nix*"]},
        r"No picture of these days is called nix\*",
    ),
]
ACCESS: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({"bucket": "no-such-bucket"}, {}, r"Bucket no-such-bucket does not exist"),
    ({"bucket": "Not A Bucket"}, {}, r"Not A Bucket is no bucket name"),
    ({"bucket": "elsewhere"}, {}, r"Bucket elsewhere is in another region.*: set the region option"),
    ({"bucket": "skewed"}, {}, r"This host's clock is too far from S3's: set it"),
    ({"bucket": "far-away"}, {}, r"Bucket far-away is in another region.*: set the region option"),
    ({"access_key": "AKIANOBODY", "secret_key": "s3cr3t"}, {}, r"S3 does not know this access key"),
    ({}, {"AWS_SECRET_ACCESS_KEY": "s3cr3t"}, r"S3 refuses the secret of this access key"),
    ({}, NO_KEYS, r"No AWS credentials"),
    ({}, {"AWS_SECRET_ACCESS_KEY": ""}, r"No AWS credentials"),
    ({"access_key": "AKIANOBODY"}, {}, r"access_key and secret_key go together"),
    ({"profile": "home-cctv"}, {}, r"home-cctv.* could not be found.*check the profile option"),
]


def assert_refused(result: dict[str, Any], pattern: str) -> None:
    assert result["failed"] is True
    assert not result.get("changed")
    assert re.search(pattern, result["msg"]), result["msg"]
    assert "\n" not in result["msg"]
    assert "exception" not in result


@pytest.fixture
def bucket_of_two(contents: Contents) -> str:
    """A bucket with a sorted day of CAM-1 and a loose picture of CAM-2."""
    contents.day("CAM-1", 1)
    contents.put(f"CAM-2/{name(1)}")
    return contents.bucket


@pytest.mark.parametrize(("module", "options", "sentence"), OPTIONS)
def test_options(
    modules: Modules, contents: Contents, bucket_of_two: str, module: str, options: dict[str, Any], sentence: str
) -> None:
    before = contents.state()
    assert_refused(modules.run(f"cctv_{module}", bucket=bucket_of_two, **options), sentence)
    assert contents.state() == before


@pytest.mark.parametrize(("options", "environment", "sentence"), ACCESS)
def test_access(
    modules: Modules,
    emulator: Emulator,
    bucket: str,
    options: dict[str, Any],
    environment: dict[str, str],
    sentence: str,
) -> None:
    emulator.faults(
        {"kind": "error", "bucket": "elsewhere", "status": 301, "code": "PermanentRedirect"},
        {"kind": "error", "bucket": "skewed", "status": 403, "code": "RequestTimeTooSkewed"},
        {"kind": "error", "bucket": "far-away", "status": 400, "code": "AuthorizationHeaderMalformed"},
    )
    emulator.set(enforce_iam=True)
    assert_refused(modules.run("cctv_camera_info", environment, **{"bucket": bucket, **options}), sentence)


def test_nobody_listens(modules: Modules, bucket: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        begun = time.monotonic()
        result = modules.run("cctv_camera_info", bucket=bucket, endpoint_url=url)
    assert_refused(result, rf"Cannot reach {url}: check the network")
    assert time.monotonic() - begun < 15


@pytest.fixture
def limited(emulator: Emulator, bucket: str) -> dict[str, str]:
    """The key of a user who may list and read, and no more."""
    iam = emulator.boto3_client("iam")
    iam.create_user(UserName=bucket)
    allowed = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketVersioning", "s3:GetObject"]}
    allowed["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=bucket, PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName=bucket)["AccessKey"]
    return {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def test_no_permission(
    modules: Modules, emulator: Emulator, contents: Contents, limited: dict[str, str], tmp_path: Path
) -> None:
    contents.day("CAM-1", 1)
    contents.put(f"CAM-1/{name(5)}")
    before = contents.state()
    emulator.set(enforce_iam=True)
    user: dict[str, Any] = {"bucket": contents.bucket, **limited}
    out = str(tmp_path / "out")
    allowed = [
        modules.run("cctv_capture_info", camera="CAM-1", **user),
        modules.run("cctv_capture_restore", date=DAY, destination=out, **user),
    ]
    refused = [
        modules.run("cctv_capture_sort", min_age_seconds=0, **user),
        modules.run("cctv_capture_archive", date=DAY, **user),
        modules.run("cctv_capture_purge", older_than_days=1, **user),
    ]
    arn = f"arn:aws:s3:::{contents.bucket}"
    expected = [
        rf"Not allowed to s3:GetObject .*s3:PutObject.* on {arn}/CAM-1/.*: grant it to this user",
        rf"Not allowed to s3:PutObject.* on {arn}/CAM-1/archive/{DAY}.tar.gz: grant it to this user",
        rf"Not allowed to s3:DeleteObject on {arn}/CAM-1/{DAY}/.*: grant it to this user",
    ]
    assert [len(result["failures"]) for result in allowed + refused] == [0, 0, 1, 1, 1]
    for result, pattern in zip(refused, expected, strict=True):
        assert re.search(pattern, result["failures"][0]["reason"]), result
    emulator.set(enforce_iam=False)
    assert contents.state() == before


def test_no_secret_is_printed(ansible: Ansible, emulator: Emulator, bucket: str) -> None:
    emulator.set(enforce_iam=True)
    for key, code in ((emulator.secret_key, 0), ("wrong/secret+key", 2)):
        secrets = {"access_key": emulator.access_key, "secret_key": key, "session_token": ""}
        done = ansible.adhoc("cctv_camera_info", "-vvv", bucket=bucket, **secrets)
        assert done.returncode == code, done.stdout
        knobs = {f"cctv_{option}": value for option, value in secrets.items()}
        played = ansible.playbook("cameras_list.yml", "-vvv", cctv_bucket=bucket, **knobs)
        assert played.returncode == code, played.stdout
        assert key not in done.stdout + done.stderr + played.stdout + played.stderr
        assert "Traceback" not in done.stdout + done.stderr + played.stdout + played.stderr
