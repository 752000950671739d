"""DeleteObjects asks for s3:DeleteObject key by key, of a version s3:DeleteObjectVersion. moto asks once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from moto.s3.exceptions import BucketAccessDeniedError
from moto.s3.responses import S3Response

from tests.emulator.conditions import EMPTY, report

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Ask before anything else looks at the batch."""
    S3Response._bucket_response_delete_keys = _key_by_key(S3Response._bucket_response_delete_keys)


def _key_by_key(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def delete_keys(self: Any, bucket_name: str, authenticated: bool = True) -> Any:
        request = ElementTree.fromstring(self.body)
        objects = request.findall("{*}Object")
        refused = [each for each in objects if not _permitted(self, bucket_name, each)]
        for each in refused:
            request.remove(each)
        if refused:
            self.body = ElementTree.tostring(request, encoding="unicode")
        nothing = objects and len(refused) == len(objects)
        status, headers, body = (200, {}, EMPTY) if nothing else original(self, bucket_name)
        if not refused:
            return status, headers, body
        keys = [each.findtext("{*}Key", "") for each in refused]
        return status, headers, report(body, keys, code="AccessDenied", message="Access Denied")

    return delete_keys


def _permitted(response: Any, bucket: str, named: ElementTree.Element) -> bool:
    response.data["Action"] = "DeleteObject" if named.find("{*}VersionId") is None else "DeleteObjectVersion"
    try:
        response._authenticate_and_authorize_s3_action(bucket_name=bucket, key_name=named.findtext("{*}Key", ""))
    except BucketAccessDeniedError:
        return False
    return True
