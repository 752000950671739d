"""Object Lock as AWS keeps it: no shorter retention, no marker refused, and any checksum will do for a write."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from moto.s3 import models
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable


class LockedError(S3ClientError):
    """moto answers 400."""

    code = 403

    def __init__(self) -> None:
        super().__init__("AccessDenied", "Access Denied because object protected by object lock.")


def install() -> None:
    """Guard retentions; take a write's own checksum for the one that a locked bucket demands."""
    models.AccessDeniedByLock = LockedError
    S3Response.put_object_retention = _never_shorter(S3Response.put_object_retention)
    models.S3Backend.complete_multipart_upload = _locked(models.S3Backend.complete_multipart_upload)
    S3Response._key_response_put = _with_its_checksum(S3Response._key_response_put)


def _never_shorter(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def put_object_retention(self: Any) -> Any:
        version = self._get_param("versionId")
        stored = self.backend.get_object(self.bucket_name, self.parse_key_name(), version_id=version)
        mode, until = self._mode_until_from_body()
        bypass = self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"
        if stored is not None and stored.lock_until and not (stored.lock_mode == "GOVERNANCE" and bypass):
            weaker = stored.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE"
            if weaker or not until or until < stored.lock_until:
                raise LockedError
        return original(self)

    return put_object_retention


def _locked(original: Callable[..., Any]) -> Callable[..., Any]:
    """What came in parts is locked as anything else."""

    @functools.wraps(original)
    def complete(self: Any, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        key, bucket = original(self, bucket_name, *args, **kwargs), self.get_bucket(bucket_name)
        if key is not None and bucket.has_default_lock and not key.lock_mode:
            key.lock_mode, key.lock_until = bucket.default_lock_mode, bucket.default_retention()
        return key

    return complete


def _with_its_checksum(original: Callable[..., Any]) -> Callable[..., Any]:
    """moto wants Content-MD5 or the name of an algorithm, of copies too."""

    @functools.wraps(original)
    def put(self: Any, query: dict[str, Any], key_name: str) -> Any:
        named = [name for name in dict(self.headers) if name.lower().startswith("x-amz-checksum-")]
        if named or self.headers.get("x-amz-copy-source"):
            self.headers.environ.setdefault("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", "SHA256")
        return original(self, query, key_name)

    return put
