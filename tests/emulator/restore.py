"""Restores from Glacier that take their time: in progress for the first HEADs, as many as one wishes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from moto.s3 import notifications
from moto.s3.models import FakeKey, s3_backends
from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable


class Restores:
    """How many HEADs a restore stays in progress; may be changed while the server runs."""

    def __init__(self, heads: int = 0) -> None:
        self.heads = heads

    def install(self) -> None:
        """Replace moto's own clock of restores, which also ticks on other calls."""
        S3Response._key_response_post = _with_refusals(S3Response._key_response_post)
        S3Response.head_object = _ticking(S3Response.head_object)
        FakeKey.restore = self._begun(FakeKey.restore)
        FakeKey.status = property(_status)

    def _begun(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def restore(key: Any, days: int) -> None:
            again = key.expiry_date is not None
            original(key, days)
            if not again:
                key.heads_left = self.heads
                if not self.heads:
                    _completed(key)

        return restore


def _status(key: Any) -> str:
    return "IN_PROGRESS" if getattr(key, "heads_left", 0) else "RESTORED"


def _completed(key: Any) -> None:
    notifications.send_event(
        key.account_id,
        notifications.S3NotificationEvent.OBJECT_RESTORE_COMPLETED_EVENT,
        s3_backends[key.account_id][key.partition].get_bucket(key.bucket_name),
        key=key,
    )


def _ticking(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def head_object(self: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        answer = original(self, bucket_name, query, key_name, headers)
        key = self.backend.get_object(bucket_name, key_name, version_id=query.get("versionId", [None])[0])
        if getattr(key, "heads_left", 0):
            key.heads_left -= 1
            if not key.heads_left:
                _completed(key)
        return answer

    return head_object


def _with_refusals(original: Callable[..., Any]) -> Callable[..., Any]:
    """What AWS refuses and moto grants."""

    @functools.wraps(original)
    def key_response_post(
        self: Any, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str
    ) -> Any:
        if "restore" in query:
            self._set_action("KEY", "POST", query)
            self._authenticate_and_authorize_s3_action(bucket_name=bucket_name, key_name=key_name)
            key = self.backend.get_object(bucket_name, key_name)
            if getattr(key, "heads_left", 0):
                return _refused(409, "RestoreAlreadyInProgress", "Object restore is already in progress")
            if key is not None and key.storage_class == "DEEP_ARCHIVE" and _tier(body) == "Expedited":
                return _refused(400, "InvalidArgument", "Retrieval option is not supported by this storage class")
        return original(self, request, body, bucket_name, query, key_name)

    return key_response_post


def _tier(body: bytes) -> str:
    return ElementTree.fromstring(body).findtext(".//{*}Tier", "Standard")


def _refused(status: int, code: str, message: str) -> tuple[int, dict[str, str], str]:
    return status, {}, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
