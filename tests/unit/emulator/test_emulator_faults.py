"""What goes wrong on request, and the journal that saw it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import obstore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.emulator.asking import keys, refusal

if TYPE_CHECKING:
    from obstore.store import S3Store

    from tests.emulator.client import Emulator


class TestJournal:
    def test_counts(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="CAM/ä.jpg", Body=b"12345")
        s3.get_object(Bucket=bucket, Key="CAM/ä.jpg")["Body"].read()
        s3.head_object(Bucket=bucket, Key="CAM/ä.jpg")
        s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/CAM/ä.jpg")
        s3.list_objects_v2(Bucket=bucket)
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}]})
        s3.put_object_tagging(Bucket=bucket, Key="CAM/ä.jpg", Tagging={"TagSet": [{"Key": "archived", "Value": "yes"}]})
        s3.get_bucket_versioning(Bucket=bucket)
        emulator.boto3_client("iam").list_users()
        journal = emulator.journal()
        expected = ["PutObject", "GetObject", "HeadObject", "CopyObject", "ListObjectsV2", "DeleteObjects"]
        expected += ["PutObjectTagging", "GetBucketVersioning", "ListUsers"]
        assert [each["operation"] for each in journal["recent"]] == expected
        assert journal["counts"] == dict.fromkeys(expected, 1)
        put = {
            "operation": "PutObject",
            "bucket": bucket,
            "key": "CAM/ä.jpg",
            "access_key": emulator.access_key,
        }
        assert journal["recent"][0] == {**put, "status": 200, "at_once": 1}
        assert journal["bytes_received"] >= 5
        emulator.reset()
        assert emulator.requests() == {}


class TestFaults:
    def test_error_for_the_nth(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        emulator.fault("error", operation="PutObject", key="CAM/*", nth=2, count=1, status=503, code="SlowDown")
        put = {"Bucket": bucket, "Body": b"1"}
        s3.put_object(Key="other", **put)
        s3.put_object(Key="CAM/1", **put)
        assert refusal(s3.put_object, Key="CAM/2", **put) == (503, "SlowDown")
        s3.put_object(Key="CAM/3", **put)
        assert keys(s3, bucket) == ["CAM/1", "CAM/3", "other"]
        assert emulator.journal()["recent"][2]["status"] == 503

    def test_probability(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        emulator.fault("error", operation="HeadBucket", probability=0.5, seed=1)
        refused = 0
        for _ in range(20):
            try:
                s3.head_bucket(Bucket=bucket)
            except ClientError:
                refused += 1
        assert 3 < refused < 17

    @pytest.mark.parametrize(("kind", "stored"), [("reset", []), ("reset_after", ["a"])])
    def test_connection_lost(self, s3: Any, emulator: Emulator, bucket: str, kind: str, stored: list[str]) -> None:
        emulator.fault(kind, operation="PutObject")
        with pytest.raises(ConnectionClosedError):
            s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        emulator.clear_faults()
        assert keys(s3, bucket) == stored

    def test_hang(self, emulator: Emulator, bucket: str) -> None:
        emulator.fault("hang", operation="HeadBucket", seconds=1, count=1)
        impatient = emulator.boto3_client(config=Config(retries={"total_max_attempts": 1}, read_timeout=0.3))
        with pytest.raises(ReadTimeoutError):
            impatient.head_bucket(Bucket=bucket)

    def test_latency_of_one_operation_and_of_all(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        emulator.fault("latency", operation="HeadBucket", seconds=0.2)
        emulator.set(latency_ms=200)
        begin = time.monotonic()
        s3.head_bucket(Bucket=bucket)
        assert time.monotonic() - begin >= 0.4

    def test_slow(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1" * 30000)
        emulator.fault("slow", operation="GetObject", bytes_per_second=100_000)
        begin = time.monotonic()
        assert len(s3.get_object(Bucket=bucket, Key="a")["Body"].read()) == 30000
        assert time.monotonic() - begin >= 0.25

    def test_truncate(self, s3: Any, emulator: Emulator, store: S3Store, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1" * 30000)
        emulator.fault("truncate", operation="GetObject")
        with pytest.raises(Exception, match=r"Connection broken|IncompleteRead"):
            s3.get_object(Bucket=bucket, Key="a")["Body"].read()
        with pytest.raises(obstore.exceptions.GenericError):
            obstore.get(store, "a").bytes()

    def test_corrupt(self, s3: Any, emulator: Emulator, store: S3Store, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1" * 30000)
        emulator.fault("corrupt", operation="GetObject")
        assert obstore.get(store, "a").bytes() == b"1" * 15000 + b"0" + b"1" * 14999

    def test_error_in_200(self, s3: Any, emulator: Emulator, store: S3Store, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        emulator.fault("error_in_200", operation="CopyObject", code="InternalError")
        source = {"Bucket": bucket, "Key": "a"}
        assert refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource=source) == (500, "InternalError")
        with pytest.raises(obstore.exceptions.BaseError):
            obstore.copy(store, "a", "b")
        assert keys(s3, bucket) == ["a"]

    def test_head_and_iam_may_fail_too(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        emulator.faults(
            {"kind": "error", "operation": "HeadObject", "status": 403, "code": "AccessDenied"},
            {"kind": "error", "operation": "ListUsers", "status": 403, "code": "AccessDenied"},
        )
        assert refusal(s3.head_object, Bucket=bucket, Key="a")[0] == 403
        assert refusal(emulator.boto3_client("iam").list_users) == (403, "AccessDenied")

    def test_unknown_kind(self, emulator: Emulator) -> None:
        with pytest.raises(ValueError, match="unknown kind of fault 'eror'"):
            emulator.fault("eror")
        with pytest.raises(ValueError, match="opration"):
            emulator.fault("error", opration="*")
