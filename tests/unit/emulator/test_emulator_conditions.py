"""Writes and deletes under a condition, as AWS honours them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import obstore
from botocore.exceptions import ClientError

from tests.emulator.asking import keys, refusal

if TYPE_CHECKING:
    from obstore.store import S3Store


def test_copy_does_not_overwrite(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"new")
    s3.put_object(Bucket=bucket, Key="b", Body=b"old")
    copy = {"Bucket": bucket, "CopySource": {"Bucket": bucket, "Key": "a"}, "IfNoneMatch": "*"}
    assert refusal(s3.copy_object, Key="b", **copy) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"old"
    s3.copy_object(Key="c", **copy)
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"new"


def test_one_of_many_copies_wins(s3: Any, bucket: str) -> None:
    for number in range(8):
        s3.put_object(Bucket=bucket, Key=f"a{number}", Body=str(number).encode())

    def copy(number: int) -> bool:
        source = f"{bucket}/a{number}"
        try:
            s3.copy_object(Bucket=bucket, Key="b", CopySource=source, IfNoneMatch="*")
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(copy, range(8)))
    assert won.count(True) == 1
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == str(won.index(True)).encode()


def test_copy_with_obstore(s3: Any, store: S3Store) -> None:
    obstore.put(store, "a", b"one")
    obstore.put(store, "b", b"two")
    obstore.copy(store, "a", "c/ü [M][0@0][0].jpg")
    assert obstore.get(store, "c/ü [M][0@0][0].jpg").bytes() == b"one"
    assert keys(s3, store.config["bucket"]) == ["a", "b", "c/ü [M][0@0][0].jpg"]


def test_copy_of_a_source_that_changed(s3: Any, bucket: str) -> None:
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


def test_delete_batch_keeps_what_changed(s3: Any, bucket: str) -> None:
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


def test_delete_batch_of_which_nothing_agrees(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a & b", Body=b"1")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a & b", "ETag": '"0"'}]})
    assert "Deleted" not in answer
    assert [each["Key"] for each in answer["Errors"]] == ["a & b"]
    assert keys(s3, bucket) == ["a & b"]


def test_delete_only_what_exists(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert refusal(s3.delete_object, Bucket=bucket, Key="a", IfMatch='"0"') == (412, "PreconditionFailed")
    s3.delete_object(Bucket=bucket, Key="a", IfMatch="*")
    assert refusal(s3.delete_object, Bucket=bucket, Key="a", IfMatch="*") == (404, "NoSuchKey")


def test_delete_batch_is_limited(s3: Any, bucket: str) -> None:
    objects = [{"Key": str(number)} for number in range(1001)]
    assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": objects}) == (400, "MalformedXML")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects[:1000]})
