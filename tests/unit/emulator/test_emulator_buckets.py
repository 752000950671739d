"""What AWS says of a whole bucket: where it is, and what is left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


def test_a_folder_of_delete_markers_is_in_no_listing(emulator: Emulator, bucket: str) -> None:
    s3 = emulator.boto3_client()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("CAM-1/a", "CAM-1/b", "CAM-2/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.delete_object(Bucket=bucket, Key="CAM-1/a")
    s3.delete_object(Bucket=bucket, Key="CAM-2/a")
    for listing in (s3.list_objects_v2, s3.list_objects):
        assert [each["Prefix"] for each in listing(Bucket=bucket, Delimiter="/")["CommonPrefixes"]] == ["CAM-1/"]
    assert len(s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]) == 2
    s3.delete_object(Bucket=bucket, Key="CAM-1/b")
    assert s3.list_objects_v2(Bucket=bucket, Delimiter="/")["KeyCount"] == 0


def test_a_bucket_answers_in_its_own_region_once_that_is_set(emulator: Emulator, bucket: str) -> None:
    name = f"{bucket}-far"
    there, here = (emulator.boto3_client(region_name=region) for region in ("eu-central-1", "us-east-1"))
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert here.list_objects_v2(Bucket=name)["KeyCount"] == 0
    emulator.set(enforce_regions=True)
    here.meta.events.register_first("needs-retry.s3", lambda response, **_: _refuse(response))
    with pytest.raises(ClientError) as refused:
        here.list_objects_v2(Bucket=name)
    reply = refused.value.response
    assert reply["Error"]["Code"] == "PermanentRedirect"
    assert reply["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-central-1"
    assert there.list_objects_v2(Bucket=name)["KeyCount"] == 0
    there.delete_bucket(Bucket=name)


def _refuse(response: tuple[object, dict[str, dict[str, str]]] | None) -> None:
    """Keep botocore from following the bucket there."""
    if response and response[1].get("Error", {}).get("Code") == "PermanentRedirect":
        raise ClientError(response[1], "ListObjectsV2")
