"""What a thief would try with the keys of a relay, and how AWS answers him.

Each attempt has a picture of its own, so that afterwards each can be judged by what became of it. Where success would
cost the owner something that no version brings back (a policy, lifecycle rules), what is there is written once more:
it needs the same permission. What it made, it takes away again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

REFUSED, DONE, UNCLEAR = "refused", "done", "unclear"
CAMERA, ELSEWHERE = "SITE-DRILL", "SITE-DRILL-ELSEWHERE"
LOCKING = "change how new pictures are locked"
"""Tried only where the bucket locks: success elsewhere would turn Object Lock on, for ever."""
PICTURE = b"\xff\xd8 a picture that only the drill knows \xff\xd9"
FORGERY = b"\xff\xd8 a forgery \xff\xd9"
FOREIGN_KEY = "only the thief has these letters"
DAY = "2000-01-01"
"""The folder of the drill's pictures: a relay may write into those of days alone. No camera writes into this one."""
_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "403", "PreconditionFailed"})
"""Not the status: CloudTrail refuses with 400. 403 is the code of an answer without a body."""
_DEFAULT_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_HARMLESS = {"ID": "site-drill", "Status": "Disabled", "Filter": {"Prefix": CAMERA}, "Expiration": {"Days": 3650}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where the thief stands. ``folder``: of the drill's camera; ``key``, ``version``, ``etag``: of this attempt."""

    s3: Any
    iam: Any
    sts: Any
    trail: Any
    bucket: str
    folder: str
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
        raise ClientError({"Error": error}, "DeleteObjects")


def _parts(scene: Scene) -> Any:
    upload = scene.s3.create_multipart_upload(**scene.picture)["UploadId"]
    part = {"UploadId": upload, "PartNumber": 1}
    try:
        etag = scene.s3.upload_part(**scene.picture, **part, Body=FORGERY)["ETag"]
        made = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        scene.s3.complete_multipart_upload(**scene.picture, UploadId=upload, MultipartUpload=made)
    except ClientError:
        with suppress(ClientError):  # whoever may not: the bucket's rule takes it away
            scene.s3.abort_multipart_upload(**scene.picture, UploadId=upload)
        raise


def _copy(scene: Scene, **change: Any) -> Any:
    scene.s3.copy_object(**scene.picture, CopySource=scene.picture, **change)


def _tag(scene: Scene, **tags: str) -> Any:
    named = [{"Key": name, "Value": value} for name, value in tags.items()]
    scene.s3.put_object_tagging(**scene.picture, Tagging={"TagSet": named})


def _plant(scene: Scene, name: str) -> Any:
    """Have something forged lie where the next archive run looks for its own."""
    scene.s3.put_object(Bucket=scene.bucket, Key=f"{scene.folder}archive/{name}", Body=FORGERY, IfNoneMatch="*")


def _shorten(scene: Scene) -> Any:
    soon = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(minutes=5)}
    scene.s3.put_object_retention(**scene.picture, Retention=soon, BypassGovernanceRetention=True)


def _own_name(scene: Scene) -> str:
    """Whoever has a key may ask this; asking IAM for the user would need a right that the attempt does not."""
    return str(scene.sts.get_caller_identity()["Arn"].rpartition("/")[2])


def _grant(scene: Scene) -> Any:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policy = {"UserName": _own_name(scene), "PolicyName": "site-drill"}
    scene.iam.put_user_policy(**policy, PolicyDocument=json.dumps(everything))
    scene.iam.delete_user_policy(**policy)


def _attach(scene: Scene) -> Any:
    policy = {"UserName": _own_name(scene), "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    scene.iam.attach_user_policy(**policy)
    scene.iam.detach_user_policy(**policy)


def _accomplice(scene: Scene) -> Any:
    scene.iam.create_user(UserName="site-drill")
    scene.iam.delete_user(UserName="site-drill")


def _key(scene: Scene) -> Any:
    made = scene.iam.create_access_key()["AccessKey"]
    scene.iam.delete_access_key(UserName=made["UserName"], AccessKeyId=made["AccessKeyId"])


def _borrow(scene: Scene) -> Any:
    """Ask for credentials that live on for hours after the key is taken away, and use them."""
    held, meta = scene.sts.get_session_token(DurationSeconds=900)["Credentials"], scene.s3.meta
    lasting = boto3.client(
        "s3",
        endpoint_url=meta.endpoint_url,
        region_name=meta.region_name,
        aws_access_key_id=held["AccessKeyId"],
        aws_secret_access_key=held["SecretAccessKey"],
        aws_session_token=held["SessionToken"],
        config=meta.config,
    )
    lasting.list_objects_v2(Bucket=scene.bucket, Prefix=scene.folder, MaxKeys=1)


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


Attempts = dict[str, Callable[[Scene], Any]]
# What is tried, and how. The order matters where an earlier success would hide a later one.
ON_PICTURES: Attempts = {
    "delete a picture": lambda it: it.s3.delete_object(**it.picture),
    "delete a picture in a batch": _batch,
    "overwrite a picture": lambda it: it.s3.put_object(**it.picture, Body=FORGERY),
    "overwrite it knowing its ETag": lambda it: it.s3.put_object(**it.picture, Body=FORGERY, IfMatch=it.etag),
    "overwrite it as if it were new": lambda it: it.s3.put_object(**it.picture, Body=FORGERY, IfNoneMatch="*"),
    "overwrite it in parts": _parts,
    "overwrite it with a key of its own": lambda it: it.s3.put_object(
        **it.picture, Body=FORGERY, SSECustomerAlgorithm="AES256", SSECustomerKey=FOREIGN_KEY
    ),
    "empty a picture": lambda it: it.s3.put_object(**it.picture, Body=b""),
    "change what is written beside it": lambda it: _copy(it, MetadataDirective="REPLACE", Metadata={"forged": "yes"}),
    "change its storage class": lambda it: _copy(it, StorageClass="DEEP_ARCHIVE"),
    "re-tag it": lambda it: _tag(it, a="b"),
    "re-tag it as archived": lambda it: _tag(it, archived="yes", a="b"),
    "delete a version": lambda it: it.s3.delete_object(**it.picture, VersionId=it.version),
    "delete a version past its lock": lambda it: it.s3.delete_object(
        **it.picture, VersionId=it.version, BypassGovernanceRetention=True
    ),
}
"""Those that undelete is there for; what else succeeds is damage."""
ON_THE_REST: Attempts = {
    "plant an archive": lambda it: _plant(it, f"{DAY}.tar.gz"),
    "plant an index": lambda it: _plant(it, f"{DAY}.index.json"),
    "plant a link of the chain": lambda it: _plant(it, "chain/00000001.json"),
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
    "change the bucket's encryption": lambda it: it.s3.put_bucket_encryption(
        Bucket=it.bucket, ServerSideEncryptionConfiguration=it.settings["encryption"] or _DEFAULT_ENCRYPTION
    ),
    "delete the bucket": lambda it: it.s3.delete_bucket(Bucket=it.bucket),
    "read the picture of another camera": lambda it: it.s3.get_object(Bucket=it.bucket, Key=it.elsewhere),
    "make a new key": _key,
    "use credentials that outlive the key": _borrow,
    "make a new user": _accomplice,
    "give itself every right": _grant,
    "become administrator": _attach,
    "stop the trail": _stop,
    "change the trail": lambda it: it.trail.update_trail(Name=it.trail_name),
}
ATTEMPTS = ON_PICTURES | ON_THE_REST


def attempt(name: str, scene: Scene) -> tuple[str, str]:
    """Really try it; return how it ended and what AWS said."""
    try:
        ATTEMPTS[name](scene)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        # Any other answer does not say that it was not allowed.
        return (REFUSED if code in _REFUSALS else UNCLEAR), "AccessDenied" if code == "403" else code
    except BotoCoreError as error:
        return UNCLEAR, type(error).__name__
    return DONE, ""


def slug(name: str) -> str:
    """Return the file name of the picture that belongs to an attempt."""
    return "".join(char if char.isalnum() else "-" for char in name) + ".jpg"
