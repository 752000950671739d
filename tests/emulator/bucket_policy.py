"""What the bucket's policy denies is denied, whatever the user's own policies allow.

moto asks the bucket's policy about three actions, named by HTTP methods: tagging counts as PutObject, deleting a
version as DeleteObject, and nothing that concerns the bucket itself is asked about at all.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from moto import settings
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import BucketAccessDeniedError, S3ClientError
from moto.s3.responses import ACTION_MAP, S3Response

if TYPE_CHECKING:
    from collections.abc import Callable

_BUCKET = {
    "object-lock": "BucketObjectLockConfiguration",
    "encryption": "EncryptionConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
}
_OBJECT = {"retention": "ObjectRetention", "legal-hold": "ObjectLegalHold"}


def install() -> None:
    """Name the actions that moto does not tell apart, and let the bucket's policy deny each of them."""
    for parameter, noun in _BUCKET.items():
        ACTION_MAP["BUCKET"]["GET"][parameter] = f"Get{noun}"
        ACTION_MAP["BUCKET"]["PUT"][parameter] = ACTION_MAP["BUCKET"]["DELETE"][parameter] = f"Put{noun}"
    for parameter, noun in _OBJECT.items():
        ACTION_MAP["KEY"]["GET"][parameter] = f"Get{noun}"
        ACTION_MAP["KEY"]["PUT"][parameter] = f"Put{noun}"
    ACTION_MAP["KEY"]["HEAD"]["versionId"] = "GetObjectVersion"
    denied = _unless_denied(S3Response._authenticate_and_authorize_s3_action)
    S3Response._authenticate_and_authorize_s3_action = _and_bypass(denied)


def _unless_denied(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        original(self, bucket_name=bucket_name, key_name=key_name)
        if bucket_name and float("inf") != settings.INITIAL_NO_AUTH_ACTION_COUNT:
            try:
                bucket = self.backend.get_bucket(bucket_name)
            except S3ClientError:
                return
            arn = f"arn:aws:s3:::{bucket_name}" + (f"/{key_name}" if key_name else "")
            if bucket.get_permission(f"s3:{self.data['Action']}", arn) == PermissionResult.DENIED:
                raise BucketAccessDeniedError(bucket=bucket_name)

    return authorize


def _and_bypass(original: Callable[..., Any]) -> Callable[..., Any]:
    """Who asks to pass by a lock of governance needs an action of its own for that."""

    @functools.wraps(original)
    def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        original(self, bucket_name=bucket_name, key_name=key_name)
        if self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true":
            asked = self.data["Action"]
            self.data["Action"] = "BypassGovernanceRetention"
            original(self, bucket_name=bucket_name, key_name=key_name)
            self.data["Action"] = asked

    return authorize
