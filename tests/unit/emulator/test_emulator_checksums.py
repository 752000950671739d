"""Checksums are verified, kept and composed as AWS does."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import obstore
import pytest
from obstore.store import S3Store

from tests.emulator.asking import keys, refusal, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator

PART = 5 * 1024 * 1024


def test_wrong_checksum_is_refused(s3: Any, bucket: str) -> None:
    put = {"Bucket": bucket, "Key": "a", "Body": b"body"}
    assert refusal(s3.put_object, ChecksumSHA256=sha256(b"other"), **put) == (400, "BadDigest")
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert refusal(s3.put_object, ContentMD5=md5, **put) == (400, "BadDigest")
    assert keys(s3, bucket) == []
    s3.put_object(ChecksumSHA256=sha256(b"body"), **put)
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], head["ChecksumType"]) == (sha256(b"body"), "FULL_OBJECT")


def test_checksum_without_an_sdk(s3: Any, emulator: Emulator, bucket: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    connection.request("PUT", f"/{bucket}/a", b"body", {"x-amz-checksum-sha256": sha256(b"body")})
    assert connection.getresponse().status == 200
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == sha256(b"body")


def test_checksum_survives_a_copy(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"body", ChecksumAlgorithm="SHA256")
    source = {"Bucket": bucket, "Key": "a"}
    copied = s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == sha256(b"body")
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source, ChecksumAlgorithm="SHA256")
    for key in "bc":
        assert s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")["ChecksumSHA256"] == sha256(b"body")


@pytest.mark.parametrize("algorithm", ["SHA256", "CRC32"])
def test_trailer(s3: Any, bucket: str, tmp_path: Path, algorithm: str) -> None:
    body = bytes(range(256)) * 8192
    path = tmp_path / "a"
    path.write_bytes(body)
    with path.open("rb") as file:
        s3.put_object(Bucket=bucket, Key="a", Body=file, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert f"Checksum{algorithm}" in got


def test_wrong_trailer_is_refused(emulator: Emulator, bucket: str) -> None:
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


def test_composite(s3: Any, bucket: str) -> None:
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


def test_part_without_the_promised_checksum(s3: Any, bucket: str) -> None:
    target = {"Bucket": bucket, "Key": "a"}
    target["UploadId"] = s3.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")["UploadId"]
    assert refusal(s3.upload_part, **target, PartNumber=1, Body=b"1") == (400, "InvalidRequest")
    wrong = {"PartNumber": 1, "Body": b"1", "ChecksumSHA256": sha256(b"2")}
    assert refusal(s3.upload_part, **target, **wrong) == (400, "BadDigest")


def test_unknown_upload(s3: Any, bucket: str) -> None:
    target = {"Bucket": bucket, "Key": "a", "UploadId": "none"}
    assert refusal(s3.upload_part, **target, PartNumber=1, Body=b"1") == (404, "NoSuchUpload")
    parts = {"Parts": [{"PartNumber": 1, "ETag": "x"}]}
    assert refusal(s3.complete_multipart_upload, **target, MultipartUpload=parts) == (404, "NoSuchUpload")


def test_multipart_with_obstore(s3: Any, emulator: Emulator, bucket: str) -> None:
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


def test_upload_cut_off_is_not_stored(s3: Any, emulator: Emulator, bucket: str) -> None:
    address = urlsplit(emulator.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(f"PUT /{bucket}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
        line.shutdown(socket.SHUT_WR)
        line.recv(100)
    assert keys(s3, bucket) == []


def test_large_body(s3: Any, bucket: str) -> None:
    body = b"0123456789abcdef" * (40 * 65536)
    s3.put_object(Bucket=bucket, Key="a", Body=body, ChecksumSHA256=sha256(body))
    assert s3.head_object(Bucket=bucket, Key="a")["ContentLength"] == len(body)
