"""What a thief would try with the keys of a relay. The one place besides ``store`` that talks to AWS: as the thief.

Each attempt has a picture of its own, so that afterwards each can be judged by what became of it. Where success would
cost the owner something that no version brings back (a policy, lifecycle rules), what is there is written once more:
it needs the same permission. What it made, it takes away again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

REFUSED, DONE, UNCLEAR = "refused", "done", "unclear"
CAMERA, ELSEWHERE = "SITE-DRILL", "SITE-DRILL-ELSEWHERE"
LOCKING = "change how new pictures are locked"
"""Tried only where the bucket locks: success elsewhere would turn Object Lock on, for ever."""
PICTURE = b"\xff\xd8 a picture that only the drill knows \xff\xd9"
FORGERY = b"\xff\xd8 a forgery \xff\xd9"
_HARMLESS = {"ID": "site-drill", "Status": "Disabled", "Filter": {"Prefix": CAMERA}, "Expiration": {"Days": 3650}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where the thief stands. ``key`` and ``version``: the picture of this attempt; ``settings``: as the owner sees."""

    s3: Any
    iam: Any
    trail: Any
    bucket: str
    elsewhere: str
    trail_name: str
    settings: Mapping[str, Any]
    key: str = ""
    version: str = ""
    etag: str = ""

    @property
    def picture(self) -> dict[str, str]:
        """The picture of this attempt."""
        return {"Bucket": self.bucket, "Key": self.key}


def _batch(scene: Scene) -> Any:
    reply = scene.s3.delete_objects(Bucket=scene.bucket, Delete={"Objects": [{"Key": scene.key}]})
    for error in reply.get("Errors", ()):
        raise ClientError({"Error": error, "ResponseMetadata": _status(error)}, "DeleteObjects")


def _status(error: Mapping[str, str]) -> Any:
    return {"HTTPStatusCode": 403 if error["Code"] == "AccessDenied" else 400}


def _parts(scene: Scene) -> Any:
    upload = scene.s3.create_multipart_upload(**scene.picture)["UploadId"]
    part = {"UploadId": upload, "PartNumber": 1}
    etag = scene.s3.upload_part(**scene.picture, **part, Body=FORGERY)["ETag"]
    made = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    scene.s3.complete_multipart_upload(**scene.picture, UploadId=upload, MultipartUpload=made)


def _copy(scene: Scene, **change: Any) -> Any:
    scene.s3.copy_object(**scene.picture, CopySource=scene.picture, **change)


def _shorten(scene: Scene) -> Any:
    soon = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(minutes=5)}
    scene.s3.put_object_retention(**scene.picture, Retention=soon, BypassGovernanceRetention=True)


def _grant(scene: Scene) -> Any:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    name = scene.iam.get_user()["User"]["UserName"]
    policy = {"UserName": name, "PolicyName": "site-drill"}
    scene.iam.put_user_policy(**policy, PolicyDocument=json.dumps(everything))
    scene.iam.delete_user_policy(**policy)


def _key(scene: Scene) -> Any:
    made = scene.iam.create_access_key()["AccessKey"]
    scene.iam.delete_access_key(UserName=made["UserName"], AccessKeyId=made["AccessKeyId"])


def _policy(scene: Scene) -> Any:
    harmless = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{scene.bucket}",
    }
    document = scene.settings["policy"] or json.dumps({"Version": "2012-10-17", "Statement": [harmless]})
    scene.s3.put_bucket_policy(Bucket=scene.bucket, Policy=document)


def _stop(scene: Scene) -> Any:
    scene.trail.stop_logging(Name=scene.trail_name)
    scene.trail.start_logging(Name=scene.trail_name)


# What is tried, and how. The order matters where an earlier success would hide a later one.
ATTEMPTS: dict[str, Callable[[Scene], Any]] = {
    "delete a picture": lambda it: it.s3.delete_object(**it.picture),
    "delete a picture in a batch": _batch,
    "overwrite a picture": lambda it: it.s3.put_object(**it.picture, Body=FORGERY),
    "overwrite it knowing its ETag": lambda it: it.s3.put_object(**it.picture, Body=FORGERY, IfMatch=it.etag),
    "overwrite it as if it were new": lambda it: it.s3.put_object(**it.picture, Body=FORGERY, IfNoneMatch="*"),
    "overwrite it in parts": _parts,
    "empty a picture": lambda it: it.s3.put_object(**it.picture, Body=b""),
    "change what is written beside it": lambda it: _copy(it, MetadataDirective="REPLACE", Metadata={"forged": "yes"}),
    "change its storage class": lambda it: _copy(it, StorageClass="DEEP_ARCHIVE"),
    "re-tag it": lambda it: it.s3.put_object_tagging(**it.picture, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
    "delete a version": lambda it: it.s3.delete_object(**it.picture, VersionId=it.version),
    "delete a version past its lock": lambda it: it.s3.delete_object(
        **it.picture, VersionId=it.version, BypassGovernanceRetention=True
    ),
    "shorten a lock": _shorten,
    "lift a legal hold": lambda it: it.s3.put_object_legal_hold(**it.picture, LegalHold={"Status": "OFF"}),
    LOCKING: lambda it: it.s3.put_object_lock_configuration(
        Bucket=it.bucket, ObjectLockConfiguration=it.settings["lock"]
    ),
    "suspend versioning": lambda it: it.s3.put_bucket_versioning(
        Bucket=it.bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
    "change the lifecycle rules": lambda it: it.s3.put_bucket_lifecycle_configuration(
        Bucket=it.bucket, LifecycleConfiguration={"Rules": it.settings["lifecycle"] or [_HARMLESS]}
    ),
    "change the bucket's policy": _policy,
    "open the bucket to the public": lambda it: it.s3.delete_public_access_block(Bucket=it.bucket),
    "delete the bucket": lambda it: it.s3.delete_bucket(Bucket=it.bucket),
    "read the picture of another camera": lambda it: it.s3.get_object(Bucket=it.bucket, Key=it.elsewhere),
    "make a new key": _key,
    "give itself every right": _grant,
    "stop the trail": _stop,
}
ON_PICTURES = frozenset(list(ATTEMPTS)[:12])
"""Those that undelete is there for; what else succeeds is damage."""


def attempt(name: str, scene: Scene) -> tuple[str, str]:
    """Really try it; return how it ended and what AWS said."""
    try:
        ATTEMPTS[name](scene)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = str(error.response.get("Error", {}).get("Code", ""))
        # 412: what is there is not written over. Any other answer does not say that it was not allowed.
        return (REFUSED if status in (403, 412) else UNCLEAR), "AccessDenied" if code == "403" else code
    except BotoCoreError as error:
        return UNCLEAR, type(error).__name__
    return DONE, ""


def slug(name: str) -> str:
    """Return the file name of the picture that belongs to an attempt."""
    return "".join(char if char.isalnum() else "-" for char in name) + ".jpg"
