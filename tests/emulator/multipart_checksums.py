"""Checksums of multipart uploads: one with each part, a composite of them for the whole."""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from moto.s3.exceptions import InvalidPart, NoSuchUpload, S3ClientError
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

from tests.emulator import checksums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def install() -> None:
    """Put the checks around moto's handlers."""
    S3Response.upload_part = _part_verified(S3Response.upload_part)
    S3Response._complete_multipart_body = _parts_verified(S3Response._complete_multipart_body)
    S3Response._key_response_post = _composite_reported(S3Response._key_response_post)
    S3Response.head_object = _composite_in_head(S3Response.head_object)
    S3Backend.copy_object = _whole_after_copy(S3Backend.copy_object)


def _part_verified(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def upload_part(self: Any) -> Any:
        declared = checksums.verify(self)
        upload = _upload(self)
        expected = upload.metadata.get("x-amz-checksum-algorithm")
        if expected and (declared is None or declared[0] != expected):
            actual = declared[0].lower() if declared else "null"
            raise S3ClientError(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, "
                f"actual checksum Type: {actual}",
            )
        answer = original(self)
        if declared:
            part = upload.parts[self._get_int_param("partNumber")]
            part.checksum_algorithm, part.checksum_value = declared
        return answer

    return upload_part


def _upload(response: Any) -> Any:
    upload_id = response._get_param("uploadId")
    upload = response.backend.get_bucket(response.bucket_name).multiparts.get(upload_id)
    if upload is None:
        raise NoSuchUpload(upload_id)
    return upload


def _parts_verified(original: Callable[..., Any]) -> Callable[..., Any]:
    """A composite upload is completed only with the checksum of every part."""

    @functools.wraps(original)
    def complete_multipart_body(self: Any, body: bytes) -> Iterator[tuple[int, str]]:
        upload = _upload(self)
        algorithm = upload.metadata.get("x-amz-checksum-algorithm")
        if algorithm and upload.metadata.get("x-amz-checksum-type") != "FULL_OBJECT":
            digests = b""
            for named in ElementTree.fromstring(body).findall("{*}Part"):
                digest = _part_checksum(upload, algorithm, named)
                digests += base64.b64decode(digest)
            announced = self.headers.get(f"x-amz-checksum-{algorithm.lower()}")
            if announced and announced.partition("-")[0] != compute_checksum(digests, algorithm).decode():
                raise S3ClientError("BadDigest", f"The {algorithm} you specified did not match what we received.")
        return original(self, body)

    return complete_multipart_body


def _part_checksum(upload: Any, algorithm: str, named: ElementTree.Element) -> str:
    number = named.findtext("{*}PartNumber", "")
    digest = named.findtext("{*}Checksum" + algorithm)
    if not digest:
        raise S3ClientError(
            "InvalidRequest",
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {number} in the request.",
        )
    part = upload.parts.get(int(number))
    if part is None or part.checksum_value != digest:
        raise InvalidPart
    return digest


def _composite(key: Any) -> str | None:
    if key is None or key.checksum_type != "COMPOSITE" or not key.checksum_algorithm:
        return None
    return f"{key.checksum_value}-{key.checksum_parts}"


def _composite_reported(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def key_response_post(
        self: Any, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str
    ) -> Any:
        status, headers, answer = original(self, request, body, bucket_name, query, key_name)
        if status == 200 and query.get("uploadId"):
            key = self.backend.get_object(bucket_name, key_name)
            checksum = _composite(key)
            if checksum:
                element = f"Checksum{key.checksum_algorithm}"
                text = answer.decode() if isinstance(answer, bytes) else answer
                head, closing, tail = text.rpartition("</CompleteMultipartUploadResult>")
                more = f"<{element}>{checksum}</{element}><ChecksumType>COMPOSITE</ChecksumType>"
                answer = head + more + closing + tail
        return status, headers, answer

    return key_response_post


def _composite_in_head(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def head_object(self: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        status, answer, body = original(self, bucket_name, query, key_name, headers)
        if status == 200 and headers.get("x-amz-checksum-mode") == "ENABLED":
            version = query.get("versionId", [None])[0]
            key = self.backend.get_object(bucket_name, key_name, version_id=version)
            if key.checksum_algorithm:
                composite = _composite(key)
                answer["x-amz-checksum-type"] = "COMPOSITE" if composite else "FULL_OBJECT"
                answer[f"x-amz-checksum-{key.checksum_algorithm.lower()}"] = composite or key.checksum_value
        return status, answer, body

    return head_object


def _whole_after_copy(original: Callable[..., Any]) -> Callable[..., Any]:
    """A copy is one whole object, whatever parts its source had, and so is its checksum."""

    @functools.wraps(original)
    def copy_object(
        self: Any, src_key: Any, dest_bucket_name: str, dest_key_name: str, *args: Any, **kwargs: Any
    ) -> None:
        original(self, src_key, dest_bucket_name, dest_key_name, *args, **kwargs)
        if _composite(src_key):
            copy = self.get_object(dest_bucket_name, dest_key_name)
            copy.checksum_value = compute_checksum(copy.value, src_key.checksum_algorithm).decode()

    return copy_object
