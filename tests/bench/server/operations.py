"""What S3 answers to each operation: one function each, from a request to a reply."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from .objects import Bucket, Object, Upload

XML = (("content-type", "application/xml"),)
_KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding")


@dataclass(slots=True)
class Request:
    """One request for one ``key`` of a bucket; header names are lower case."""

    method: str
    bucket: Bucket
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Reply:
    """What goes back."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def error(status: int, code: str) -> Reply:
    """Return S3's form of a refusal."""
    return Reply(status, XML, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())


def name_of(request: Request) -> str:
    """Return the operation that ``request`` asks for, by S3's own name of it."""
    query, method = request.query, request.method
    if not request.key:
        if method == "POST":
            return "DeleteObjects"
        return "ListObjectsV2" if method == "GET" and not {"location", "versioning"} & query.keys() else "HeadBucket"
    if method == "PUT":
        if "uploadId" in query:
            return "UploadPart"
        return "CopyObject" if "x-amz-copy-source" in request.headers else "PutObject"
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
    if method == "DELETE":
        return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
    return {"GET": "GetObject", "HEAD": "HeadObject"}[method]


def head_bucket(request: Request) -> Reply:
    """HeadBucket, GetBucketLocation and CreateBucket: there is every bucket."""
    return Reply(200, XML, b"<LocationConstraint></LocationConstraint>" if request.method == "GET" else b"")


def list_objects(request: Request) -> Reply:
    """ListObjectsV2, and the first version for tools that still ask for it."""
    query = request.query
    encode = quote if query.get("encoding-type") == "url" else escape
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    token = query.get("continuation-token")
    after = unquote(token) if token else query.get("start-after") or query.get("marker", "")
    most = min(1000, int(query.get("max-keys", 1000)))
    keys, folders, rest = request.bucket.page(prefix=prefix, delimiter=delimiter, after=after, most=most)
    objects = request.bucket.objects
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>b</Name><Prefix>{encode(prefix)}</Prefix><KeyCount>{len(keys) + len(folders)}</KeyCount>"
        f"<MaxKeys>{most}</MaxKeys><IsTruncated>{'true' if rest else 'false'}</IsTruncated>"
    ]
    if "encoding-type" in query:
        parts.append("<EncodingType>url</EncodingType>")
    if rest:
        parts.append(
            f"<NextContinuationToken>{quote(rest)}</NextContinuationToken><NextMarker>{quote(rest)}</NextMarker>"
        )
    plain = encode is escape
    parts += [objects[key].entry(key if plain else quote(key)) for key in keys]
    parts += [f"<CommonPrefixes><Prefix>{encode(folder)}</Prefix></CommonPrefixes>" for folder in folders]
    parts.append("</ListBucketResult>")
    return Reply(200, XML, "".join(parts).encode())


def read(request: Request) -> Reply:
    """GetObject and HeadObject, with If-Match and one byte range."""
    held: Object | None = request.bucket.objects.get(request.key)
    if held is None:
        return error(404, "NoSuchKey")
    match = request.headers.get("if-match")
    if match and match.strip('"') not in (held.etag, "*"):
        return error(412, "PreconditionFailed")
    headers = [("etag", f'"{held.etag}"'), ("last-modified", held.http_date), ("accept-ranges", "bytes"), *held.headers]
    if held.storage_class != "STANDARD":
        headers.append(("x-amz-storage-class", held.storage_class))
    span = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if not span:
        return Reply(200, tuple(headers), held.body)
    size = len(held.body)
    start, end = (int(span[1]), min(int(span[2] or size), size - 1)) if span[1] else (size - int(span[2]), size - 1)
    if start >= size:
        return error(416, "InvalidRange")
    headers.append(("content-range", f"bytes {start}-{end}/{size}"))
    return Reply(206, tuple(headers), held.body[start : end + 1])


def put(request: Request) -> Reply:
    """PutObject, create-only with If-None-Match."""
    if request.headers.get("if-none-match") == "*" and request.key in request.bucket.objects:
        return error(412, "PreconditionFailed")
    sums = tuple(item for item in request.headers.items() if item[0].startswith("x-amz-checksum-"))
    digest = request.headers.get("x-amz-checksum-sha256")
    if digest and b64decode(digest) != hashlib.sha256(request.body).digest():
        return error(400, "BadDigest")
    headers, storage_class, tags = _described(request)
    held = Object.of(request.body, headers=headers + sums, storage_class=storage_class, tags=tags)
    request.bucket.objects[request.key] = held
    return Reply(200, (("etag", f'"{held.etag}"'), *sums))


def copy(request: Request) -> Reply:
    """CopyObject within the bucket, metadata and tags with it."""
    source = unquote(request.headers["x-amz-copy-source"]).lstrip("/").partition("/")[2]
    held: Object | None = request.bucket.objects.get(source)
    if held is None:
        return error(404, "NoSuchKey")
    if request.headers.get("if-none-match") == "*" and request.key in request.bucket.objects:
        return error(412, "PreconditionFailed")
    match = request.headers.get("x-amz-copy-source-if-match")
    if match and match.strip('"') != held.etag:
        return error(412, "PreconditionFailed")
    storage_class = request.headers.get("x-amz-storage-class", "STANDARD")
    made = Object(held.body, held.etag, held.headers, storage_class, held.tags)
    request.bucket.objects[request.key] = made
    return Reply(
        200,
        XML,
        f"<CopyObjectResult><LastModified>{made.iso_date}</LastModified><ETag>&quot;{made.etag}&quot;</ETag>"
        "</CopyObjectResult>".encode(),
    )


def delete(request: Request) -> Reply:
    """DeleteObject."""
    request.bucket.objects.pop(request.key, None)
    return Reply(204)


def delete_objects(request: Request) -> Reply:
    """DeleteObjects: those whose ETag is as said, if it is said."""
    objects, lines = request.bucket.objects, []
    root = ET.fromstring(request.body)
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    quiet = root.findtext(f"{space}Quiet") == "true"
    for item in root.iterfind(f"{space}Object"):
        key, etag = item.findtext(f"{space}Key", ""), item.findtext(f"{space}ETag", "").strip('"')
        held = objects.get(key)
        if held is not None and etag and held.etag != etag:
            lines.append(f"<Error><Key>{escape(key)}</Key><Code>PreconditionFailed</Code><Message/></Error>")
            continue
        objects.pop(key, None)
        if not quiet:
            lines.append(f"<Deleted><Key>{escape(key)}</Key></Deleted>")
    return Reply(200, XML, f"<DeleteResult>{''.join(lines)}</DeleteResult>".encode())


def create_upload(request: Request) -> Reply:
    """CreateMultipartUpload."""
    name = secrets.token_hex(8)
    sha256 = request.headers.get("x-amz-checksum-algorithm") == "SHA256"
    request.bucket.uploads[name] = Upload(request.key, *_described(request), sha256)
    body = f"<InitiateMultipartUploadResult><Key>{escape(request.key)}</Key><UploadId>{name}</UploadId>"
    return Reply(200, XML, f"{body}</InitiateMultipartUploadResult>".encode())


def upload_part(request: Request) -> Reply:
    """UploadPart, refused if its SHA-256 is not the one stated."""
    upload = request.bucket.uploads.get(request.query["uploadId"])
    if upload is None:
        return error(404, "NoSuchUpload")
    etag = hashlib.md5(request.body, usedforsecurity=False).hexdigest()
    digest, headers = b"", [("etag", f'"{etag}"')]
    if upload.sha256:
        digest = hashlib.sha256(request.body).digest()
        stated = request.headers.get("x-amz-checksum-sha256")
        if stated and b64decode(stated) != digest:
            return error(400, "BadDigest")
        headers.append(("x-amz-checksum-sha256", b64encode(digest).decode()))
    upload.parts[int(request.query["partNumber"])] = (request.body, etag, digest)
    return Reply(200, tuple(headers))


def complete_upload(request: Request) -> Reply:
    """CompleteMultipartUpload, create-only with If-None-Match."""
    bucket = request.bucket
    if request.headers.get("if-none-match") == "*" and request.key in bucket.objects:
        return error(412, "PreconditionFailed")
    upload = bucket.uploads.pop(request.query["uploadId"], None)
    if upload is None:
        return error(404, "NoSuchUpload")
    numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", request.body)]
    bucket.objects[request.key] = held = upload.complete(numbers)
    body = f"<CompleteMultipartUploadResult><Key>{escape(request.key)}</Key><ETag>&quot;{held.etag}&quot;</ETag>"
    return Reply(200, XML, f"{body}</CompleteMultipartUploadResult>".encode())


def abort_upload(request: Request) -> Reply:
    """AbortMultipartUpload."""
    request.bucket.uploads.pop(request.query["uploadId"], None)
    return Reply(204)


OPERATIONS = {
    "HeadBucket": head_bucket,
    "ListObjectsV2": list_objects,
    "GetObject": read,
    "HeadObject": read,
    "PutObject": put,
    "CopyObject": copy,
    "DeleteObject": delete,
    "DeleteObjects": delete_objects,
    "CreateMultipartUpload": create_upload,
    "UploadPart": upload_part,
    "CompleteMultipartUpload": complete_upload,
    "AbortMultipartUpload": abort_upload,
}


def _described(request: Request) -> tuple[tuple[tuple[str, str], ...], str, str]:
    headers = request.headers
    kept = tuple((name, value) for name, value in headers.items() if name in _KEPT or name.startswith("x-amz-meta-"))
    return kept, headers.get("x-amz-storage-class", "STANDARD"), headers.get("x-amz-tagging", "")
