"""Which AWS operation a request is: what the journal counts and the faults match."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/")
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}
_SUBRESOURCES = {
    "accelerate": "BucketAccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCors",
    "encryption": "BucketEncryption",
    "lifecycle": "BucketLifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotificationConfiguration",
    "object-lock": "ObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "PublicAccessBlock",
    "replication": "BucketReplication",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_OBJECT_SUBRESOURCES = {
    "acl": "ObjectAcl",
    "attributes": "ObjectAttributes",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
}
_LISTINGS = {
    "versions": "ListObjectVersions",
    "uploads": "ListMultipartUploads",
    "list-type": "ListObjectsV2",
}
_POSTS = {"uploads": "CreateMultipartUpload", "restore": "RestoreObject", "select": "SelectObjectContent"}
_BUCKET = {"HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket", "GET": "ListObjects"}
_OBJECT = {"HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject", "GET": "GetObject"}
_PART = {"GET": "ListParts", "DELETE": "AbortMultipartUpload", "POST": "CompleteMultipartUpload"}


@dataclass(frozen=True)
class Operation:
    """One request, in the words of the AWS documentation."""

    service: str
    name: str
    bucket: str
    key: str
    access_key: str


def of(environ: WSGIEnvironment) -> Operation:
    """Name the operation; the answer is kept in the environ, for the next middleware that asks."""
    known = environ.get("emulator.operation")
    if isinstance(known, Operation):
        return known
    operation = _identify(environ)
    environ["emulator.operation"] = operation
    return operation


def _identify(environ: WSGIEnvironment) -> Operation:
    query = environ.get("QUERY_STRING", "")
    credential = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or unquote(query).replace("X-Amz-", ""))
    access_key, service = credential.groups() if credential else ("", "s3")
    if service != "s3":
        return Operation(service, _action(environ) or service, "", "", access_key)
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace").lstrip("/")
    if path.startswith("v20180820/"):
        return Operation("s3", "S3Control", "", "", access_key)
    bucket, _, key = path.partition("/")
    parameters = parse_qs(query, keep_blank_values=True)
    method = environ["REQUEST_METHOD"]
    name = _object(method, parameters, environ) if key else _bucket(method, parameters, bucket)
    return Operation("s3", name, bucket, key, access_key)


def _bucket(method: str, parameters: dict[str, list[str]], bucket: str) -> str:
    if not bucket:
        return "ListBuckets"
    if method == "POST":
        return "DeleteObjects" if "delete" in parameters else "PostObject"
    if method == "GET":
        for parameter, name in _LISTINGS.items():
            if parameter in parameters:
                return name
    for parameter, name in _SUBRESOURCES.items():
        if parameter in parameters and method in _VERBS:
            return _VERBS[method] + name
    return _BUCKET.get(method, method)


def _object(method: str, parameters: dict[str, list[str]], environ: WSGIEnvironment) -> str:
    copies = "HTTP_X_AMZ_COPY_SOURCE" in environ
    if "uploadId" in parameters:
        return _PART.get(method) or ("UploadPartCopy" if copies else "UploadPart")
    if method == "POST":
        return next((name for parameter, name in _POSTS.items() if parameter in parameters), "PostObject")
    for parameter, name in _OBJECT_SUBRESOURCES.items():
        if parameter in parameters and method in _VERBS:
            return _VERBS[method] + name
    return "CopyObject" if method == "PUT" and copies else _OBJECT.get(method, method)


def _action(environ: WSGIEnvironment) -> str:
    """IAM, STS, SQS and the like: named in the form body or in a header."""
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return ""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    found = _ACTION.search(body)
    return found[1].decode() if found else ""
