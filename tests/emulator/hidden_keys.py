"""A folder in which only delete markers are left is in no listing. moto goes on naming it."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeDeleteMarker, S3Backend

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Let ListObjects and ListObjectsV2 see no key that is deleted."""
    S3Backend.list_objects = _of_what_is_there(S3Backend.list_objects)


def _of_what_is_there(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def list_objects(self: Any, bucket: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(bucket, "versioning_status", None):  # else nothing leaves a marker
            there = {name: key for name, key in bucket.keys.items() if not isinstance(key, FakeDeleteMarker)}
            bucket = SimpleNamespace(keys=there)
        return original(self, bucket, *args, **kwargs)

    return list_objects
