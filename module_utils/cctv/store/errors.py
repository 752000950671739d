"""S3's and the libraries' errors as one sentence that says what to do."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from ..errors import StoreError, UnusableError

# What each operation needs by IAM, so that a refusal can say what to grant. The policies of role bucket and
# docs/iam_permissions.md hold the same actions, by test.
ACTIONS: dict[str, tuple[str, ...]] = {
    "ListObjectsV2": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject",),
    "GetObject": ("s3:GetObject",),
    "PutObject": ("s3:PutObject",),
    "CopyObject": ("s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"),
    "DeleteObject": ("s3:DeleteObject",),
    "DeleteObjects": ("s3:DeleteObject",),
    "CreateMultipartUpload": ("s3:PutObject", "s3:PutObjectTagging"),
    "UploadPart": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "RestoreObject": ("s3:RestoreObject",),
    "GetBucketVersioning": ("s3:GetBucketVersioning",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "HeadObjectLock": ("s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectLegalHold"),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "CopyObjectVersion": (
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ),
    "UploadPartCopyVersion": ("s3:GetObjectVersion", "s3:PutObject"),
    "HeadObjectVersion": ("s3:GetObjectVersion",),
    "GetObjectVersionTagging": ("s3:GetObjectVersionTagging",),
    "DeleteObjectVersions": ("s3:DeleteObjectVersion",),
}

_SENTENCES = {
    "NoSuchBucket": "Bucket {bucket} does not exist: check the name, or create it with playbooks/bucket_deploy.yml.",
    "InvalidBucketName": "{bucket} is no bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens.",
    "InvalidAccessKeyId": "S3 does not know this access key: check the profile or the key and secret that are used.",
    "SignatureDoesNotMatch": "S3 refuses the secret of this access key: check that key and secret belong together.",
    "ExpiredToken": "The session token has expired: log in again.",
    "InvalidToken": "S3 does not know this session token: log in again.",
    "RequestTimeTooSkewed": "This host's clock is too far from S3's: set it (timedatectl set-ntp true) and run again.",
    "PermanentRedirect": "Bucket {bucket} is in another region{region}: set the region option to it.",
    "AuthorizationHeaderMalformed": "Bucket {bucket} is in another region{region}: set the region option to it.",
    "IllegalLocationConstraintException": "Bucket {bucket} is in another region{region}: set the region option to it.",
    "301": "Bucket {bucket} is in another region{region}: set the region option to it.",
    "InvalidStorageClass": "S3 does not know the storage class asked for: use one of the choices in the documentation.",
    "InvalidObjectState": "{key} is in cold storage: restore it first (playbooks/captures_restore.yml).",
    "ObjectNotInActiveTierError": "{key} is in cold storage: restore it first (playbooks/captures_restore.yml).",
    "NoSuchKey": "{key} is not in bucket {bucket}.",
    "404": "{key} is not in bucket {bucket}.",
    "PreconditionFailed": "{key} changed meanwhile: run again.",
    "ConditionalRequestConflict": "{key} is being written by somebody else: run again.",
    "SlowDown": "S3 asks to slow down for longer than we wait: run again later.",
}
# After one of these no other call would fare better.
_UNUSABLE = {
    "NoSuchBucket",
    "InvalidBucketName",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
    "Unreachable",
}
_CODE = re.compile(r"<Code>([^<]+)</Code>")
_OF_BUCKETS = {
    "ListObjectsV2",
    "ListObjectVersions",
    "GetBucketVersioning",
    "GetBucketLifecycleConfiguration",
    "GetObjectLockConfiguration",
}
_REFUSED = {"AccessDenied", "AllAccessDisabled", "403", "Forbidden", "UnauthorizedAccess"}


def translate(error: Exception, *, operation: str, bucket: str, key: str = "", endpoint: str = "") -> StoreError:
    """Return the StoreError for an ``error`` that botocore or obstore raised during ``operation``."""
    code, details = _code_of(error)
    if code in _REFUSED:
        target = bucket if operation in _OF_BUCKETS else f"{bucket}/{key or '*'}"
        actions = " and ".join(ACTIONS.get(operation, (f"s3:{operation}",)))
        what = f"{actions} below {key}" if operation in _OF_BUCKETS and key else actions
        refusal = f"Not allowed to {what} on arn:aws:s3:::{target}: grant it to this user (docs/iam_permissions.md)."
        # A user may be allowed some prefixes only; one who may not list the bucket itself can do nothing.
        if operation == "ListObjectsV2" and not key:
            return UnusableError(refusal, code="AccessDenied", bucket=bucket)
        return StoreError(refusal, code="AccessDenied")
    if code in _SENTENCES:
        region = f" ({details})" if details else ""
        told = _SENTENCES[code].format(bucket=bucket, key=key or "The object", region=region)
        return UnusableError(told, code=code, bucket=bucket) if code in _UNUSABLE else StoreError(told, code=code)
    if code == "Unreachable":
        where = endpoint or "Amazon S3"
        told = f"Cannot reach {where}: check the network, the endpoint URL and the region."
        return UnusableError(told, code=code, bucket=bucket)
    text = " ".join(str(error).partition("Debug source")[0].split())
    return StoreError(f"{operation} of {key or bucket} failed, run again: {text[:300]}", code=code)


def _code_of(error: Exception) -> tuple[str, str]:
    if isinstance(error, ClientError):
        answer: dict[str, Any] = dict(error.response)
        body = answer.get("Error", {})
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return str(body.get("Code", "")), str(body.get("Region") or headers.get("x-amz-bucket-region") or "")
    if isinstance(error, ParamValidationError):
        return "InvalidBucketName", ""  # all else that we pass is made by ourselves
    if isinstance(error, (BotoConnectionError, ConnectionError)):
        return "Unreachable", ""
    # obstore gives a text: the name of the object, which may say anything, then what the server returned.
    text = str(error).partition("Debug source")[0]
    if text.rstrip().endswith("HTTP error: error sending request"):
        return "Unreachable", ""
    match = _CODE.search(text.rpartition("Server returned")[2])
    if match:
        return match[1], ""
    return type(error).__name__, ""


def credentials_error(error: BotoCoreError) -> StoreError:
    """Return the sentence for credentials that are missing, half given, or of an unknown profile."""
    if isinstance(error, ProfileNotFound):
        return UnusableError(f"{error}: check the profile option and ~/.aws/credentials.", code="ProfileNotFound")
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return UnusableError(
            "No AWS credentials: set the profile option, access_key and secret_key, or AWS_PROFILE.",
            code="NoCredentials",
        )
    return UnusableError(f"AWS is not configured: {error}", code=type(error).__name__)
