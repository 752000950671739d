"""What keeps evidence on AWS: a policy of the bucket, versions, locks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.emulator.asking import refusal
from tests.unit.emulator.test_emulator_access import user

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

DENIED = (403, "AccessDenied")
EVERYTHING = {"Action": "*", "Resource": "*"}


def deny(admin: Any, bucket: str, name: str, *actions: str, **conditions: Any) -> None:
    """Have the bucket's policy deny ``actions`` to the user ``name``."""
    named = {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::*:user/{name}"]}}
    arn = f"arn:aws:s3:::{bucket}"
    statement = {"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": [arn, f"{arn}/*"]}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": {**named, **conditions}}]}
    admin.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_a_bucket_policy_denies_one_user_by_the_action(emulator: Emulator, bucket: str) -> None:
    admin, thief = emulator.boto3_client(), user(emulator, bucket, EVERYTHING)
    admin.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = admin.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    deny(admin, bucket, bucket, "s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutObjectTagging")
    suspended = {"Bucket": bucket, "VersioningConfiguration": {"Status": "Suspended"}}
    tags = {"Bucket": bucket, "Key": "a", "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
    assert refusal(thief.put_bucket_versioning, **suspended) == DENIED
    assert refusal(thief.delete_object, Bucket=bucket, Key="a", VersionId=version) == DENIED
    assert refusal(thief.put_object_tagging, **tags) == DENIED
    batch = thief.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a", "VersionId": version}]})
    assert [error["Code"] for error in batch["Errors"]] == ["AccessDenied"]
    thief.delete_object(Bucket=bucket, Key="a")
    admin.put_object_tagging(**tags | {"VersionId": version})


def test_creating_alone_is_demanded_of_one_user(emulator: Emulator, bucket: str) -> None:
    admin, relay = emulator.boto3_client(), user(emulator, bucket, EVERYTHING)
    deny(admin, bucket, bucket, "s3:PutObject", Null={"s3:if-none-match": "true"})
    picture = {"Bucket": bucket, "Key": "a", "Body": b"1"}
    assert refusal(relay.put_object, **picture)[0] == 403
    relay.put_object(**picture, IfNoneMatch="*")
    assert refusal(relay.put_object, **picture, IfNoneMatch="*") == (412, "PreconditionFailed")
    assert refusal(relay.put_object, **picture, IfMatch="*")[0] == 403
    assert refusal(relay.create_multipart_upload, Bucket=bucket, Key="b")[0] == 403
    admin.put_object(**picture)


def test_a_lock_is_kept(emulator: Emulator, bucket: str) -> None:
    admin, name = emulator.boto3_client(), f"{bucket}-locked"
    admin.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    admin.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)
    thief = user(emulator, bucket, EVERYTHING)
    picture = {"Bucket": name, "Key": "a"}
    picture["VersionId"] = admin.put_object(Bucket=name, Key="a", Body=b"1", ChecksumAlgorithm="SHA256")["VersionId"]
    sooner = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    assert refusal(thief.delete_object, **picture) == DENIED
    assert refusal(thief.put_object_retention, **picture, Retention=sooner) == DENIED
    deny(admin, name, bucket, "s3:BypassGovernanceRetention")
    assert refusal(thief.delete_object, **picture, BypassGovernanceRetention=True) == DENIED
    passing = {"Retention": sooner, "BypassGovernanceRetention": True}
    assert refusal(thief.put_object_retention, **picture, **passing) == DENIED
    admin.delete_object(**picture, BypassGovernanceRetention=True)
