"""Checksums are verified on arrival, and kept, whoever sends them."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from typing import TYPE_CHECKING, Any

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

if TYPE_CHECKING:
    from collections.abc import Callable

_VERIFIED = ("SHA256", "SHA1", "CRC32")
_UNVERIFIED = ("CRC32C", "CRC64NVME")  # need a library that moto does without
_TRAILER = re.compile(rb"x-amz-checksum-(\w+):([A-Za-z0-9+/]+=*)")


def install() -> None:
    """Put the check in front of moto's handler."""
    S3Response.put_object = _verified(S3Response.put_object)


def _declared(response: Any) -> tuple[str, str] | None:
    """The algorithm and digest that came with a body, in a header or behind an aws-chunked body."""
    for algorithm in _VERIFIED + _UNVERIFIED:
        digest = response.headers.get(f"x-amz-checksum-{algorithm.lower()}")
        if digest:
            return algorithm, digest
    if "x-amz-trailer" in response.headers:
        trailer = _TRAILER.search(response.raw_body[-300:])
        if trailer:
            return trailer[1].decode().upper(), trailer[2].decode()
    return None


def verify(response: Any) -> tuple[str, str] | None:
    """Refuse a body that is not what its sender computed; say which checksum came with it."""
    md5 = response.headers.get("Content-MD5")
    if md5 and base64.b64encode(hashlib.md5(response.body or b"").digest()).decode() != md5:
        raise S3ClientError("BadDigest", "The Content-MD5 you specified did not match what we received.")
    declared = _declared(response)
    if declared and declared[0] in _VERIFIED:
        algorithm, digest = declared
        if compute_checksum(response.body or b"", algorithm).decode() != digest:
            raise S3ClientError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        # moto keeps the checksum only when an SDK announces it this way.
        response.headers.environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = algorithm
    return declared


def _verified(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def put_object(self: Any) -> Any:
        verify(self)
        return original(self)

    return put_object
