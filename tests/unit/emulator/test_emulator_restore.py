"""Restores take their time, and archived objects keep their tags."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.asking import refusal

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


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
