"""Delivery and adoption against the emulated S3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cctv.errors import CctvError, StoreError
from cctv.store import Access, Store

from forwarder.adoption import adopt
from forwarder.delivery import Delivery
from forwarder.naming import destination
from forwarder.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from forwarder.naming import Destination
    from tests.emulator.client import Emulator


@pytest.fixture
def here(emulator: Emulator, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    return Settings(bucket=bucket, timezone="UTC", spool=str(tmp_path / "spool"), endpoint_url=emulator.url)


def goal(settings: Settings, name: str = "CAM/a.jpg", *, arrived: float = 0.0) -> Destination:
    return destination(name, arrived=arrived, layout=settings.layout(), zones=settings.zones(), unnamed="UNNAMED")


def keys(emulator: Emulator, bucket: str) -> dict[str, bytes]:
    s3 = emulator.boto3_client()
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}


def test_one_put_with_checksum_type_and_metadata(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"picture")
    emulator.reset()
    assert Delivery(here.store).deliver(str(file), goal(here)) == "CAM/1970-01-01/a.jpg"
    assert emulator.requests() == {"PutObject": 1}
    found = emulator.boto3_client().head_object(Bucket=here.bucket, Key="CAM/1970-01-01/a.jpg", ChecksumMode="ENABLED")
    assert found["ContentType"] == "image/jpeg"
    assert found["Metadata"]["original-path"] == "CAM/a.jpg"
    assert found["ChecksumSHA256"]


def test_the_same_bytes_again_are_the_same_object_and_others_go_beside(
    emulator: Emulator, here: Settings, tmp_path: Path
) -> None:
    file, delivery = tmp_path / "a.jpg", Delivery(here.store)
    for body in (b"one", b"one", b"two", b"two"):
        file.write_bytes(body)
        delivery.deliver(str(file), goal(here))
    found = keys(emulator, here.bucket)
    assert sorted(found.values()) == [b"one", b"two"]
    assert found["CAM/1970-01-01/a.jpg"] == b"one"


def test_channels_that_shoot_in_the_same_second_keep_their_folders(
    emulator: Emulator, here: Settings, tmp_path: Path
) -> None:
    file, delivery = tmp_path / "a.jpg", Delivery(here.store)
    for channel in (b"1", b"2", b"2"):
        file.write_bytes(channel)
        name = f"CAM/ch0{channel.decode()}/20220224101010.jpg"
        delivery.deliver(str(file), goal(here, name, arrived=1_645_732_800.0))
    folder = "CAM/2022-02-24/"
    assert keys(emulator, here.bucket) == {
        f"{folder}20220224101010.jpg": b"1",
        f"{folder}ch02/20220224101010.jpg": b"2",
    }


def test_a_lost_reply_makes_no_second_object(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    file, delivery = tmp_path / "a.jpg", Delivery(here.store)
    file.write_bytes(os.urandom(3 << 20))
    emulator.fault("reset_after", operation="PutObject", count=1)
    with pytest.raises(StoreError):
        delivery.deliver(str(file), goal(here))
    assert delivery.deliver(str(file), goal(here)) == "CAM/1970-01-01/a.jpg"
    assert list(keys(emulator, here.bucket).values()) == [file.read_bytes()]


def test_new_credentials_are_taken_without_a_restart(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"picture")
    secrets = ["wrong", emulator.secret_key]

    def connect() -> Store:
        return Store(
            Access(
                bucket=here.bucket,
                endpoint_url=emulator.url,
                access_key=emulator.access_key,
                secret_key=secrets.pop(0),
                attempts=1,
            )
        )

    emulator.set(enforce_iam=True)
    delivery = Delivery(connect)
    with pytest.raises(StoreError):
        delivery.deliver(str(file), goal(here))
    assert delivery.deliver(str(file), goal(here))


def stranded(tmp_path: Path) -> Path:
    old = tmp_path / "old"
    (old / "CAM" / "2022-02-24").mkdir(parents=True)
    (old / "CAM" / "loose.jpg").write_bytes(b"loose")
    (old / "CAM" / "2022-02-24" / "sorted.jpg").write_bytes(b"sorted")
    (old / "CAM" / "empty.jpg").touch()
    os.utime(old / "CAM" / "loose.jpg", (1e9, 1e9))
    os.utime(old / "CAM" / "2022-02-24" / "sorted.jpg", (1645700000, 1645700000))
    return old


def test_adoption_leaves_what_is_still_written_and_says_so(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    old = stranded(tmp_path)
    for name in ("young.jpg", "locked.jpg"):
        (old / "CAM" / name).write_bytes(b"half")
    os.utime(old / "CAM" / "locked.jpg", (1e9, 1e9))
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, old / "CAM" / "locked.jpg"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as vsftpd:
        assert vsftpd.stdout
        vsftpd.stdout.readline()
        outcome = adopt(here, old, camera="", keep=False, dry_run=False)
        vsftpd.communicate()
    assert (outcome.adopted, outcome.unfinished) == (2, 2)
    assert "2 may still be written and stay, the first of them " + str(old / "CAM" / "locked.jpg") in str(outcome)
    assert len(keys(emulator, here.bucket)) == 2
    outcome = adopt(here, old, camera="", keep=False, dry_run=False, quiet_seconds=0)
    assert (outcome.adopted, outcome.unfinished) == (2, 0)


LOCK = """
import fcntl, sys
file = open(sys.argv[1], "ab")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.readline()
"""


def test_adoption_takes_all_and_leaves_what_holds_nothing(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    old = stranded(tmp_path)
    assert adopt(here, old, camera="", keep=False, dry_run=True).adopted == 2
    assert keys(emulator, here.bucket) == {}
    outcome = adopt(here, old, camera="", keep=False, dry_run=False)
    assert (outcome.adopted, outcome.passed_over, outcome.failures) == (2, 1, {})
    assert keys(emulator, here.bucket) == {"CAM/2001-09-09/loose.jpg": b"loose", "CAM/2022-02-24/sorted.jpg": b"sorted"}
    assert [path.name for path in old.rglob("*.jpg")] == ["empty.jpg"]


def test_adoption_makes_no_second_copy_of_what_is_loose_in_the_bucket(
    emulator: Emulator, here: Settings, tmp_path: Path
) -> None:
    old = stranded(tmp_path)
    emulator.boto3_client().put_object(Bucket=here.bucket, Key="CAM/loose.jpg", Body=b"loose")
    adopt(here, old, camera="", keep=True, dry_run=False)
    assert sorted(keys(emulator, here.bucket)) == ["CAM/2022-02-24/sorted.jpg", "CAM/loose.jpg"]
    assert len(list(old.rglob("*.jpg"))) == 3


def test_adoption_of_one_camera_and_what_fails_stays(emulator: Emulator, here: Settings, tmp_path: Path) -> None:
    old = stranded(tmp_path)
    emulator.fault("error", operation="PutObject", key="*loose*", status=500)
    outcome = adopt(here, old / "CAM", camera="NEW", keep=False, dry_run=False)
    assert list(outcome.failures) == [str(old / "CAM" / "loose.jpg")]
    assert (old / "CAM" / "loose.jpg").exists()
    assert list(keys(emulator, here.bucket)) == ["NEW/2022-02-24/sorted.jpg"]


@pytest.mark.parametrize("folder", ["none", "spool", "."])
def test_adoption_refuses_what_is_no_old_folder(here: Settings, tmp_path: Path, folder: str) -> None:
    (tmp_path / "spool" / "CAM").mkdir(parents=True)
    with pytest.raises(CctvError):
        adopt(here, tmp_path / folder, camera="", keep=False, dry_run=False)


def test_a_key_that_may_only_create_delivers_beside_what_it_cannot_read(
    emulator: Emulator, here: Settings, tmp_path: Path
) -> None:
    """Same name, same size, other bytes that came in parts: no ETag says whether they are ours, and HEAD is refused."""
    arn, iam, admin = f"arn:aws:s3:::{here.bucket}", emulator.boto3_client("iam"), emulator.boto3_client()
    target = {"Bucket": here.bucket, "Key": "CAM/1970-01-01/a.jpg"}
    upload = admin.create_multipart_upload(**target)["UploadId"]
    etag = admin.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"forgery")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    admin.complete_multipart_upload(**target, UploadId=upload, MultipartUpload=parts)
    allowed = [("s3:ListBucket", arn), ("s3:PutObject", f"{arn}/*")]
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
    iam.create_user(UserName=here.bucket)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=here.bucket, PolicyName="create", PolicyDocument=policy)
    key = iam.create_access_key(UserName=here.bucket)["AccessKey"]
    emulator.set(enforce_iam=True)
    file = tmp_path / "a.jpg"
    file.write_bytes(b"picture")
    mine = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    access = Access(bucket=here.bucket, endpoint_url=emulator.url, region="us-east-1", **mine)
    assert Delivery(lambda: Store(access)).deliver(str(file), goal(here)) != target["Key"]
    emulator.set(enforce_iam=False)
    assert sorted(keys(emulator, here.bucket).values()) == [b"forgery", b"picture"]
