"""Each job, done for real by a user who has that job alone: the list grants enough, and nothing else is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv.store import Access, Store

from tests.contracts.permissions import actions, load

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

ROOT = Path(__file__).parents[2]
PICTURE = "CAM-1/2022-02-24/CAM-1_20220224101112.jpg"
LOOSE = "CAM-1/CAM-1_20220225101112.jpg"

WORK: dict[str, tuple[str, dict[str, Any]]] = {
    "view": ("cctv_camera_info", {"details": True}),
    "sort": ("cctv_capture_sort", {"min_age_seconds": 0}),
    "archive": ("cctv_capture_archive", {"older_than_days": 1}),
    "purge": ("cctv_capture_purge", {"older_than_days": 1, "include_archives": True}),
}


def user_for(emulator: Emulator, bucket: str, job: str) -> dict[str, str]:
    """Make a user who has ``job`` alone, by the list that the role's policies are made from."""
    grants = [("bucket", f"arn:aws:s3:::{bucket}"), ("objects", f"arn:aws:s3:::{bucket}/*")]
    statements = [{"Effect": "Allow", "Action": actions(job, on), "Resource": arn} for on, arn in grants]
    iam = emulator.boto3_client("iam")
    iam.create_user(UserName=bucket)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=bucket, PolicyName=job, PolicyDocument=policy)
    key = iam.create_access_key(UserName=bucket)["AccessKey"]
    return {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def run(emulator: Emulator, bucket: str, module: str, options: dict[str, Any], key: dict[str, str]) -> dict[str, Any]:
    """Run a module as the user with ``key``."""
    common = {"bucket": bucket, "endpoint_url": emulator.url, "region": "us-east-1", "timezone": "UTC"}
    command = [
        Path(sys.executable).with_name("ansible"),
        "localhost",
        "-m",
        module,
        "-a",
        json.dumps(common | options | key),
    ]
    plain = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])
    return result


def asked_for_no_more(emulator: Emulator, job: str) -> bool:
    return set(emulator.requests()) <= set(load()[1][job]["operations"])


@pytest.fixture
def pictures(emulator: Emulator, bucket: str) -> str:
    """A bucket with a loose picture and a sorted one."""
    for key in (PICTURE, LOOSE):
        emulator.boto3_client().put_object(Bucket=bucket, Key=key, Body=b"picture", ContentType="image/jpeg")
    return bucket


@pytest.mark.parametrize("job", WORK)
def test_job_alone(emulator: Emulator, pictures: str, job: str) -> None:
    key = user_for(emulator, pictures, job)
    emulator.set(enforce_iam=True)
    emulator.reset()
    module, options = WORK[job]
    result = run(emulator, pictures, module, options, key)
    assert asked_for_no_more(emulator, job), emulator.requests()
    assert result["changed"] == (job != "view"), result


def test_restore_alone(emulator: Emulator, pictures: str, tmp_path: Path) -> None:
    admin = {"access_key": emulator.access_key, "secret_key": emulator.secret_key}
    run(emulator, pictures, "cctv_capture_archive", {"older_than_days": 1}, admin)
    key = user_for(emulator, pictures, "restore")
    emulator.set(enforce_iam=True)
    emulator.reset()
    wanted = {
        "cameras": ["CAM-1"],
        "date": "2022-02-24",
        "destination": str(tmp_path),
        "tier": "Standard",
        "wait": True,
    }
    run(emulator, pictures, "cctv_capture_restore", wanted, key)
    assert emulator.requests()["RestoreObject"]
    assert asked_for_no_more(emulator, "restore"), emulator.requests()
    assert [file.read_bytes() for file in tmp_path.rglob("*.jpg")] == [b"picture"]


def test_ingest_alone(emulator: Emulator, bucket: str) -> None:
    key = user_for(emulator, bucket, "ingest")
    emulator.set(enforce_iam=True)
    emulator.reset()
    store = Store(Access(bucket=bucket, endpoint_url=emulator.url, region="us-east-1", **key))
    store.put(PICTURE, b"picture", content_type="image/jpeg")
    assert store.head(PICTURE).size == store.look_up([PICTURE])[PICTURE].size == 7
    assert asked_for_no_more(emulator, "ingest"), emulator.requests()
