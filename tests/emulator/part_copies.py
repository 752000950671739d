"""UploadPartCopy heeds its condition and storage classes, and states the checksum of the part."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlparse

from moto.s3.exceptions import InvalidObjectState, PreconditionFailed
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

if TYPE_CHECKING:
    from collections.abc import Callable

_COLD = ("GLACIER", "DEEP_ARCHIVE")


def install() -> None:
    """Put the checks around moto's handler."""
    S3Response.upload_part_copy = _checked(S3Response.upload_part_copy)


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def upload_part_copy(self: Any) -> Any:
        source = urlparse(self.headers["x-amz-copy-source"])
        bucket, _, name = unquote(source.path).lstrip("/").partition("/")
        version = parse_qs(source.query).get("versionId", [None])[0]
        old = self.backend.get_object(bucket, name, version_id=version)
        wanted = self.headers.get("x-amz-copy-source-if-match")
        if old is not None and wanted and old.etag != wanted:
            raise PreconditionFailed("x-amz-copy-source-If-Match")
        if old is not None and old.storage_class in _COLD and not (old.expiry_date and old.status == "RESTORED"):
            raise InvalidObjectState(old.storage_class)
        status, headers, body = original(self)
        upload = self.backend.get_bucket(self.bucket_name).multiparts[self._get_param("uploadId")]
        algorithm = upload.metadata.get("x-amz-checksum-algorithm")
        if status == 200 and algorithm:
            part = upload.parts[self._get_int_param("partNumber")]
            part.checksum_algorithm = algorithm
            part.checksum_value = compute_checksum(part.value, algorithm).decode()
            text, element = body.decode() if isinstance(body, bytes) else body, f"Checksum{algorithm}"
            head, closing, tail = text.rpartition("</CopyPartResult>")
            body = f"{head}<{element}>{part.checksum_value}</{element}>{closing}{tail}"
            headers["content-length"] = str(len(body))
        return status, headers, body

    return upload_part_copy
