"""Each job, done for real by a user who has that job alone: the list grants enough, and nothing else is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv.store import Access, Store
from ansible.module_utils.cctv.store.calls import METHODS
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from tests.contracts.permissions import load

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

ROOT = Path(__file__).parents[2]
ARCHIVE = "CAM-1/archive/2022-02-23.tar.gz"
PICTURE = "CAM-1/2022-02-24/CAM-1_20220224101112.jpg"
LOOSE = "CAM-1/CAM-1_20220225101112.jpg"

WORK: dict[str, tuple[str, dict[str, Any]]] = {
    "view": ("cctv_camera_info", {"details": True}),
    "sort": ("cctv_capture_sort", {"min_age_seconds": 0}),
    "archive": ("cctv_capture_archive", {"older_than_days": 1}),
    "purge": ("cctv_capture_purge", {"older_than_days": 1, "include_archives": True}),
}


def user_for(emulator: Emulator, bucket: str, job: str, prefix: str = "") -> dict[str, str]:
    """Make a user who has ``job`` alone below ``prefix``, with the policy that the role would give it."""
    iam = emulator.boto3_client("iam")
    iam.create_user(UserName=bucket)
    policy = policy_of({"name": bucket, "jobs": [job], "prefix": prefix}, bucket)
    iam.put_user_policy(UserName=bucket, PolicyName=job, PolicyDocument=policy)
    key = iam.create_access_key(UserName=bucket)["AccessKey"]
    return {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def policy_of(principal: dict[str, Any], bucket: str) -> str:
    """Render the role's template."""
    role = ROOT / "roles" / "bucket"
    given = {"bucket_name": bucket, "bucket_region": "us-east-1", "bucket_principals": [principal]}
    loader = DataLoader()
    variables = loader.load_from_file(str(role / "vars" / "main.yml"), trusted_as_template=True) | given
    template = trust_as_template((role / "templates" / "policies.json.j2").read_text())
    (policy,) = json.loads(Templar(loader=loader, variables=variables).template(template)).values()
    return json.dumps(policy)


def admin(emulator: Emulator, bucket: str) -> Access:
    """Who may do everything."""
    key = {"access_key": emulator.access_key, "secret_key": emulator.secret_key}
    return Access(bucket=bucket, endpoint_url=emulator.url, region="us-east-1", **key)


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
    """The journal knows S3's own names, the list also those of ours that need another permission."""
    allowed = load()[1][job]["operations"]
    return set(emulator.requests()) <= {METHODS.get(operation, operation) for operation in allowed}


@pytest.fixture
def pictures(emulator: Emulator, bucket: str) -> str:
    """A bucket with a loose picture and a sorted one."""
    for key in (PICTURE, LOOSE):
        emulator.boto3_client().put_object(Bucket=bucket, Key=key, Body=b"picture", ContentType="image/jpeg")
    return bucket


@pytest.mark.parametrize("prefix", ["", "north"])
@pytest.mark.parametrize("job", WORK)
def test_job_alone(emulator: Emulator, pictures: str, job: str, prefix: str) -> None:
    if prefix:
        for name in (PICTURE, LOOSE):
            emulator.boto3_client().put_object(Bucket=pictures, Key=f"{prefix}/{name}", Body=b"picture")
    key = user_for(emulator, pictures, job, prefix)
    emulator.set(enforce_iam=True)
    emulator.reset()
    module, options = WORK[job]
    result = run(emulator, pictures, module, options | {"prefix": prefix}, key)
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
    assert store.look_up([PICTURE])[PICTURE].size == 7
    assert asked_for_no_more(emulator, "ingest"), emulator.requests()


def test_undelete_alone(emulator: Emulator, pictures: str) -> None:
    s3 = emulator.boto3_client()
    s3.put_bucket_versioning(Bucket=pictures, VersioningConfiguration={"Status": "Enabled"})
    for key in (PICTURE, LOOSE):
        s3.put_object(Bucket=pictures, Key=key, Body=b"picture")
    with Store(admin(emulator, pictures)).upload(
        ARCHIVE, storage_class="STANDARD", tags="archived=yes", metadata={}
    ) as upload:
        upload.write(b"archive")
        upload.finish()
        upload.complete()
    at = datetime.now(UTC)
    time.sleep(1 - at.microsecond / 1e6)
    for key in (PICTURE, ARCHIVE):
        s3.put_object(Bucket=pictures, Key=key, Body=b"forged")
    s3.delete_object(Bucket=pictures, Key=LOOSE)
    s3.put_object(Bucket=pictures, Key="CAM-1/new.jpg", Body=b"new")
    key = user_for(emulator, pictures, "undelete")
    emulator.set(enforce_iam=True)
    emulator.reset()
    wanted = {"at": at.isoformat(), "hide_newer": True}
    result = run(emulator, pictures, "cctv_capture_undelete", wanted, key)
    assert (result["undeleted"], result["reverted"], result["hidden"]) == (1, 2, 1)
    assert emulator.requests()["UploadPartCopy"] == 1
    assert asked_for_no_more(emulator, "undelete"), emulator.requests()


def test_purge_of_a_locked_bucket_alone(emulator: Emulator, bucket: str) -> None:
    s3, name = emulator.boto3_client(), f"{bucket}-locked"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key=PICTURE, Body=b"picture")
    s3.put_object_legal_hold(Bucket=name, Key=PICTURE, LegalHold={"Status": "ON"})
    key = user_for(emulator, name, "purge")
    emulator.set(enforce_iam=True)
    emulator.reset()
    result = run(emulator, name, "cctv_capture_purge", {"older_than_days": 1}, key)
    assert (result["changed"], result["locked"]) == (False, 1)
    assert asked_for_no_more(emulator, "purge"), emulator.requests()
