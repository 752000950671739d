"""The emulator behaves as AWS does where moto alone does not, and fails on request."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import obstore
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from obstore.store import S3Store

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

PART = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def s3(emulator: Emulator) -> Any:
    return emulator.boto3_client(config=Config(retries={"total_max_attempts": 1}, read_timeout=2))


@pytest.fixture
def store(emulator: Emulator, bucket: str) -> S3Store:
    return S3Store(
        bucket,
        endpoint=emulator.url,
        access_key_id=emulator.access_key,
        secret_access_key=emulator.secret_key,
        region="us-east-1",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def refusal(call: Any, **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


class TestConditions:
    def test_copy_does_not_overwrite(self, s3: Any, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"new")
        s3.put_object(Bucket=bucket, Key="b", Body=b"old")
        copy = {"Bucket": bucket, "CopySource": {"Bucket": bucket, "Key": "a"}, "IfNoneMatch": "*"}
        assert refusal(s3.copy_object, Key="b", **copy) == (412, "PreconditionFailed")
        assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"old"
        s3.copy_object(Key="c", **copy)
        assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"new"

    def test_copy_with_obstore(self, s3: Any, store: S3Store) -> None:
        obstore.put(store, "a", b"one")
        obstore.put(store, "b", b"two")
        obstore.copy(store, "a", "c/ü [M][0@0][0].jpg")
        assert obstore.get(store, "c/ü [M][0@0][0].jpg").bytes() == b"one"
        assert keys(s3, store.config["bucket"]) == ["a", "b", "c/ü [M][0@0][0].jpg"]

    def test_copy_of_a_source_that_changed(self, s3: Any, bucket: str) -> None:
        etag = s3.put_object(Bucket=bucket, Key="a", Body=b"one")["ETag"]
        copy = {
            "Bucket": bucket,
            "Key": "b",
            "CopySource": {"Bucket": bucket, "Key": "a"},
            "CopySourceIfMatch": etag,
        }
        s3.copy_object(**copy)
        s3.put_object(Bucket=bucket, Key="a", Body=b"two")
        assert refusal(s3.copy_object, **copy) == (412, "PreconditionFailed")

    def test_delete_batch_keeps_what_changed(self, s3: Any, bucket: str) -> None:
        etag = s3.put_object(Bucket=bucket, Key="a & b", Body=b"same")["ETag"]
        for key in "bc":
            s3.put_object(Bucket=bucket, Key=key, Body=b"same")
        s3.put_object(Bucket=bucket, Key="b", Body=b"other")
        batch = [
            {"Key": "a & b", "ETag": etag},
            {"Key": "b", "ETag": etag},
            {"Key": "c"},
            {"Key": "gone", "ETag": etag},
        ]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch})
        assert {each["Key"] for each in answer["Deleted"]} == {"a & b", "c"}
        assert {(each["Key"], each["Code"]) for each in answer["Errors"]} == {
            ("b", "PreconditionFailed"),
            ("gone", "PreconditionFailed"),
        }
        assert keys(s3, bucket) == ["b"]

    def test_delete_batch_of_which_nothing_agrees(self, s3: Any, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a & b", Body=b"1")
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a & b", "ETag": '"0"'}]})
        assert "Deleted" not in answer
        assert [each["Key"] for each in answer["Errors"]] == ["a & b"]
        assert keys(s3, bucket) == ["a & b"]

    def test_delete_only_what_exists(self, s3: Any, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        assert refusal(s3.delete_object, Bucket=bucket, Key="a", IfMatch='"0"') == (412, "PreconditionFailed")
        s3.delete_object(Bucket=bucket, Key="a", IfMatch="*")
        assert refusal(s3.delete_object, Bucket=bucket, Key="a", IfMatch="*") == (404, "NoSuchKey")

    def test_delete_batch_is_limited(self, s3: Any, bucket: str) -> None:
        objects = [{"Key": str(number)} for number in range(1001)]
        assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": objects}) == (400, "MalformedXML")
        s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[:1000]})


class TestChecksums:
    def test_wrong_checksum_is_refused(self, s3: Any, bucket: str) -> None:
        put = {"Bucket": bucket, "Key": "a", "Body": b"body"}
        assert refusal(s3.put_object, ChecksumSHA256=sha256(b"other"), **put) == (400, "BadDigest")
        md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
        assert refusal(s3.put_object, ContentMD5=md5, **put) == (400, "BadDigest")
        assert keys(s3, bucket) == []
        s3.put_object(ChecksumSHA256=sha256(b"body"), **put)
        head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
        assert (head["ChecksumSHA256"], head["ChecksumType"]) == (sha256(b"body"), "FULL_OBJECT")

    def test_checksum_without_an_sdk(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
        connection.request("PUT", f"/{bucket}/a", b"body", {"x-amz-checksum-sha256": sha256(b"body")})
        assert connection.getresponse().status == 200
        head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
        assert head["ChecksumSHA256"] == sha256(b"body")

    def test_checksum_survives_a_copy(self, s3: Any, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"body", ChecksumAlgorithm="SHA256")
        source = {"Bucket": bucket, "Key": "a"}
        copied = s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
        assert copied["CopyObjectResult"]["ChecksumSHA256"] == sha256(b"body")
        s3.copy_object(Bucket=bucket, Key="c", CopySource=source, ChecksumAlgorithm="SHA256")
        for key in "bc":
            assert s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")["ChecksumSHA256"] == sha256(b"body")

    @pytest.mark.parametrize("algorithm", ["SHA256", "CRC32"])
    def test_trailer(self, s3: Any, bucket: str, tmp_path: Any, algorithm: str) -> None:
        body = bytes(range(256)) * 8192
        path = tmp_path / "a"
        path.write_bytes(body)
        with path.open("rb") as file:
            s3.put_object(Bucket=bucket, Key="a", Body=file, ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
        assert got["Body"].read() == body
        assert f"Checksum{algorithm}" in got

    def test_wrong_trailer_is_refused(self, emulator: Emulator, bucket: str) -> None:
        body = b"4\r\nbody\r\n0\r\nx-amz-checksum-sha256:" + sha256(b"other").encode() + b"\r\n\r\n"
        headers = {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": "4",
            "x-amz-trailer": "x-amz-checksum-sha256",
            "content-encoding": "aws-chunked",
        }
        connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
        connection.request("PUT", f"/{bucket}/a", body, headers)
        answer = connection.getresponse()
        assert answer.status == 400
        assert b"BadDigest" in answer.read()

    def test_composite(self, s3: Any, bucket: str) -> None:
        bodies = [b"a" * PART, b"b" * PART, b"c"]
        target = {"Bucket": bucket, "Key": "a"}
        target["UploadId"] = s3.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")["UploadId"]
        parts = []
        for number, body in enumerate(bodies, 1):
            part = s3.upload_part(**target, PartNumber=number, Body=body, ChecksumSHA256=sha256(body))
            parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
        wrong = [{**parts[0], "ChecksumSHA256": sha256(b"")}, *parts[1:]]
        assert refusal(s3.complete_multipart_upload, **target, MultipartUpload={"Parts": wrong}) == (
            400,
            "InvalidPart",
        )
        bare = [{name: part[name] for name in ("PartNumber", "ETag")} for part in parts]
        complete = s3.complete_multipart_upload
        assert refusal(complete, **target, MultipartUpload={"Parts": bare}) == (400, "InvalidRequest")
        done = complete(**target, MultipartUpload={"Parts": parts})
        whole = sha256(b"".join(hashlib.sha256(body).digest() for body in bodies)) + "-3"
        head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
        got = s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
        for answer in (done, head, got):
            assert (answer["ChecksumSHA256"], answer["ChecksumType"]) == (whole, "COMPOSITE")
        s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
        copied = s3.head_object(Bucket=bucket, Key="b", ChecksumMode="ENABLED")
        assert (copied["ChecksumSHA256"], copied["ChecksumType"]) == (sha256(b"".join(bodies)), "FULL_OBJECT")

    def test_part_without_the_promised_checksum(self, s3: Any, bucket: str) -> None:
        target = {"Bucket": bucket, "Key": "a"}
        target["UploadId"] = s3.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")["UploadId"]
        assert refusal(s3.upload_part, **target, PartNumber=1, Body=b"1") == (400, "InvalidRequest")
        wrong = {"PartNumber": 1, "Body": b"1", "ChecksumSHA256": sha256(b"2")}
        assert refusal(s3.upload_part, **target, **wrong) == (400, "BadDigest")

    def test_unknown_upload(self, s3: Any, bucket: str) -> None:
        target = {"Bucket": bucket, "Key": "a", "UploadId": "none"}
        assert refusal(s3.upload_part, **target, PartNumber=1, Body=b"1") == (404, "NoSuchUpload")
        parts = {"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        assert refusal(s3.complete_multipart_upload, **target, MultipartUpload=parts) == (404, "NoSuchUpload")

    def test_multipart_with_obstore(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        store = S3Store(
            bucket,
            endpoint=emulator.url,
            access_key_id=emulator.access_key,
            secret_access_key=emulator.secret_key,
            region="us-east-1",
            checksum_algorithm="SHA256",
            client_options={"allow_http": True},
        )
        body = b"x" * (2 * PART + 1)
        obstore.put(store, "a", body, use_multipart=True, chunk_size=PART)
        assert s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")["ChecksumSHA256"].endswith("-3")
        assert obstore.get_range(store, "a", start=PART - 1, length=2).to_bytes() == b"xx"

    def test_upload_cut_off_is_not_stored(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        address = urlsplit(emulator.url)
        with socket.create_connection((address.hostname, address.port)) as line:
            line.sendall(f"PUT /{bucket}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
            line.shutdown(socket.SHUT_WR)
            line.recv(100)
        assert keys(s3, bucket) == []

    def test_large_body(self, s3: Any, bucket: str) -> None:
        body = b"0123456789abcdef" * (40 * 65536)
        s3.put_object(Bucket=bucket, Key="a", Body=body, ChecksumSHA256=sha256(body))
        assert s3.head_object(Bucket=bucket, Key="a")["ContentLength"] == len(body)


class TestRestore:
    @pytest.fixture
    def cold(self, s3: Any, bucket: str) -> dict[str, str]:
        s3.put_object(Bucket=bucket, Key="a", Body=b"cold", StorageClass="GLACIER")
        return {"Bucket": bucket, "Key": "a"}

    def test_in_progress_for_so_many_heads(self, s3: Any, emulator: Emulator, cold: dict[str, str]) -> None:
        emulator.set(restore_heads=2)
        s3.head_object(**cold)
        request = {"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}}
        assert s3.restore_object(**cold, RestoreRequest=request)["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert refusal(s3.restore_object, **cold, RestoreRequest=request) == (409, "RestoreAlreadyInProgress")
        for _ in range(2):
            assert refusal(s3.get_object, **cold) == (403, "InvalidObjectState")
            assert s3.head_object(**cold)["Restore"] == 'ongoing-request="true"'
        assert s3.head_object(**cold)["Restore"].startswith('ongoing-request="false"')
        assert s3.get_object(**cold)["Body"].read() == b"cold"
        assert s3.restore_object(**cold, RestoreRequest=request)["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_tags_of_the_archived(self, s3: Any, cold: dict[str, str]) -> None:
        tags = [{"Key": "archived", "Value": "yes"}]
        s3.put_object_tagging(**cold, Tagging={"TagSet": tags})
        assert s3.get_object_tagging(**cold)["TagSet"] == tags
        s3.put_object_tagging(**cold, Tagging={"TagSet": []})
        assert s3.get_object_tagging(**cold)["TagSet"] == []

    def test_expedited(self, s3: Any, bucket: str, cold: dict[str, str]) -> None:
        request = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
        s3.put_object(Bucket=bucket, Key="deep", Body=b"cold", StorageClass="DEEP_ARCHIVE")
        deep = {"Bucket": bucket, "Key": "deep", "RestoreRequest": request}
        assert refusal(s3.restore_object, **deep) == (400, "InvalidArgument")
        s3.restore_object(**cold, RestoreRequest=request)
        assert s3.get_object(**cold)["Body"].read() == b"cold"


def test_clock(s3: Any, emulator: Emulator, bucket: str) -> None:
    emulator.set(clock_offset_seconds=-86400)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    age = dt.datetime.now(dt.UTC) - s3.head_object(Bucket=bucket, Key="a")["LastModified"]
    assert 86400 <= age.total_seconds() < 86410


class TestAccess:
    @staticmethod
    def user(emulator: Emulator, name: str, *statements: dict[str, Any]) -> Any:
        """A client with the key of a new user, who may do this and no more."""
        iam = emulator.boto3_client("iam")
        iam.create_user(UserName=name)
        allowed = [{"Effect": "Allow", **statement} for statement in statements]
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        emulator.set(enforce_iam=True)
        return emulator.boto3_client(
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    def test_enforced(self, emulator: Emulator, bucket: str) -> None:
        objects = f"arn:aws:s3:::{bucket}/*"
        relay = self.user(emulator, bucket, {"Action": "s3:PutObject", "Resource": objects})
        relay.put_object(Bucket=bucket, Key="a", Body=b"1")
        assert refusal(relay.get_object, Bucket=bucket, Key="a") == (403, "AccessDenied")
        copy = {"Bucket": bucket, "Key": "a", "CopySource": f"{bucket}/a", "IfNoneMatch": "*"}
        assert refusal(relay.copy_object, **copy) == (403, "AccessDenied")
        assert refusal(emulator.boto3_client().copy_object, **copy) == (412, "PreconditionFailed")
        nobody = emulator.boto3_client(aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
        assert refusal(nobody.copy_object, **copy) == (403, "InvalidAccessKeyId")
        wrong = emulator.boto3_client(aws_secret_access_key="x")
        assert refusal(wrong.list_objects_v2, Bucket=bucket) == (403, "SignatureDoesNotMatch")
        emulator.boto3_client().list_objects_v2(Bucket=bucket, Prefix="ä/ b+c", Delimiter="/")

    def test_inactive_key(self, emulator: Emulator, bucket: str) -> None:
        relay = self.user(emulator, bucket, {"Action": "s3:*", "Resource": "*"})
        relay.head_bucket(Bucket=bucket)
        iam = emulator.boto3_client("iam")
        key = iam.list_access_keys(UserName=bucket)["AccessKeyMetadata"][0]["AccessKeyId"]
        iam.update_access_key(UserName=bucket, AccessKeyId=key, Status="Inactive")
        assert refusal(relay.list_objects_v2, Bucket=bucket) == (403, "InvalidAccessKeyId")

    def test_conditions_of_a_user(self, emulator: Emulator, bucket: str) -> None:
        listing = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
        camera = self.user(
            emulator, bucket, {**listing, "Condition": {"StringLike": {"s3:prefix": "CAM-1/*"}}}
        )
        camera.list_objects_v2(Bucket=bucket, Prefix="CAM-1/2026")
        assert refusal(camera.list_objects_v2, Bucket=bucket, Prefix="CAM-2/") == (403, "AccessDenied")
        assert refusal(camera.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")

    def test_bucket_that_demands_conditional_writes(self, s3: Any, bucket: str) -> None:
        demand = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": {
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [demand]})
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        assert refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"1")[0] == 403
        s3.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
        target = {"Bucket": bucket, "Key": "b"}
        target["UploadId"] = s3.create_multipart_upload(**target)["UploadId"]
        s3.upload_part(**target, PartNumber=1, Body=b"1")

    def test_raw_query_signed_encoded(self, emulator: Emulator, bucket: str) -> None:
        """As s3fs does it."""
        emulator.set(enforce_iam=True)
        query = {"delimiter": "/", "max-keys": "1000", "prefix": "CAM/2022 ä+/"}
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        request = AWSRequest("GET", f"{emulator.url}/{bucket}/?{encoded}")
        S3SigV4Auth(Credentials(emulator.access_key, emulator.secret_key), "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
        raw = "&".join(f"{name}={quote(value, safe='/')}" for name, value in query.items())
        connection.request("GET", f"/{bucket}/?{raw}", headers=dict(request.headers.items()))
        assert connection.getresponse().status == 200


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
        assert journal["recent"][0] == {**put, "status": 200}
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
        assert 0.4 <= time.monotonic() - begin < 1.5

    def test_slow(self, s3: Any, emulator: Emulator, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1" * 30000)
        emulator.fault("slow", operation="GetObject", bytes_per_second=100_000)
        begin = time.monotonic()
        assert len(s3.get_object(Bucket=bucket, Key="a")["Body"].read()) == 30000
        assert 0.25 <= time.monotonic() - begin < 1.5

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
