"""Copies an old version in the parts that it came in, and proves the copy before it appears.

One request copies 5 GiB at most, and makes one object of many parts, with other checksums than an index states.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from ..errors import StoreError
from ..parallel import ordered_map
from .upload import Call
from .version_listing import Version

LARGEST = 5 * 1024**3
"""Bytes that one request copies."""
AT_ONCE = 8
STATED = (
    "Metadata",
    "ContentType",
    "ContentEncoding",
    "ContentDisposition",
    "ContentLanguage",
    "CacheControl",
    "Expires",
    "WebsiteRedirectLocation",
)
"""What is written beside an object's bytes, by its name in a HEAD and in a write."""


def came_in_parts(version: Version) -> bool:
    """Say whether a version has to be copied in parts."""
    return "-" in version.etag or version.size > LARGEST


def copy_in_parts(call: Call, bucket: str, version: Version, *, head: Mapping[str, Any], tags: str) -> None:
    """Make a copy of ``version`` the present one; ``head`` is what S3 states of it, with its checksums.

    StoreError, and nothing appears, where S3 does not state the same of the copied parts as of the version.
    """
    key, sizes = version.key, _sizes(call, version)
    algorithm = {"ChecksumAlgorithm": "SHA256"} if head.get("ChecksumSHA256") else {}
    beside = {name: head[name] for name in STATED if head.get(name)}
    begun = call(
        "CreateMultipartUpload", Key=key, StorageClass=version.storage_class, Tagging=tags, **beside, **algorithm
    )
    upload = begun["UploadId"]

    def copy(part: tuple[int, int, int]) -> dict[str, Any]:
        number, start, size = part
        reply = call(
            "UploadPartCopyVersion",
            Key=key,
            UploadId=upload,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": key, "VersionId": version.id},
            CopySourceIfMatch=f'"{version.etag}"',
            CopySourceRange=f"bytes={start}-{start + size - 1}",
        )
        stated: dict[str, Any] = reply["CopyPartResult"]
        return {name: stated[name] for name in ("ETag", "ChecksumSHA256") if name in stated} | {"PartNumber": number}

    try:
        starts = accumulate(sizes, initial=0)
        spans = [(number, start, size) for number, (start, size) in enumerate(zip(starts, sizes, strict=False), 1)]
        parts = list(ordered_map(copy, spans, threads=AT_ONCE, budget=AT_ONCE))
        if not is_proven(parts, etag=version.etag, sha256=head.get("ChecksumSHA256", "")):
            raise StoreError("S3 states other checksums of its copy than of the old version: run again.")
        call("CompleteMultipartUpload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    except BaseException:
        # The bucket's lifecycle rule takes what cannot be aborted now.
        with contextlib.suppress(StoreError):
            call("AbortMultipartUpload", Key=key, UploadId=upload)
        raise


def is_proven(parts: Sequence[Mapping[str, Any]], *, etag: str, sha256: str) -> bool:
    """Say whether copied parts add up to the SHA-256 that S3 states of the whole, or without one to its ETag. Pure."""
    digests = [base64.b64decode(part.get("ChecksumSHA256", "")) for part in parts]
    if sha256 and all(digests):
        return base64.b64decode(sha256.partition("-")[0]) == hashlib.sha256(b"".join(digests)).digest()
    tags = [part["ETag"].strip('"') for part in parts]
    # Of what KMS encrypts no ETag is an MD5, and none fits.
    joined = b"".join(bytes.fromhex(tag) for tag in tags)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(tags)}" == etag


def _sizes(call: Call, version: Version) -> list[int]:
    """Return how many bytes each part of a version has: the copy's checksums are the same only in the same parts."""
    _, _, count = version.etag.partition("-")
    numbers = range(1, int(count) + 1) if count.isdecimal() else range(0)

    def size(number: int) -> int:
        reply = call("HeadObjectVersion", Key=version.key, VersionId=version.id, PartNumber=number)
        return int(reply["ContentLength"])

    sizes = list(ordered_map(size, numbers, threads=AT_ONCE, budget=AT_ONCE))
    if sum(sizes) != version.size:
        raise StoreError(
            "S3 does not say in which parts its old version came, so no copy can be proven: give"
            " overwritten=uncover, which removes the newer versions for good."
        )
    return sizes
