"""Preconditions of writes that AWS honours and moto does not.

They sit behind moto's own authentication, so that a client without permission hears 403, never 412.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlparse
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from moto.s3.exceptions import MalformedXML, PreconditionFailed
from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable

# moto looks for plain names, so a request that is written anew must not get prefixes.
ElementTree.register_namespace("", "http://s3.amazonaws.com/doc/2006-03-01/")

_writing = threading.RLock()  # a condition and the write that depends on it are one step


def install() -> None:
    """Put the conditions around moto's handlers."""
    S3Response.copy_object = _with_conditions(S3Response.copy_object)
    S3Response._bucket_response_delete_keys = _with_etags(S3Response._bucket_response_delete_keys)
    S3Response.delete_object = _of_what_exists(S3Response.delete_object)
    for name in ("put_object", "delete_object", "_key_response_post"):
        setattr(S3Response, name, _one_at_a_time(getattr(S3Response, name)))


def _one_at_a_time(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def handle(*args: Any, **kwargs: Any) -> Any:
        with _writing:
            return original(*args, **kwargs)

    return handle


def _with_conditions(original: Callable[..., Any]) -> Callable[..., Any]:
    """CopyObject: If-None-Match and If-Match on the destination, x-amz-copy-source-if-match on the source."""

    @functools.wraps(original)
    def copy_object(self: Any) -> Any:
        _may_read_source(self)
        with _writing:
            destination = self.backend.get_object(self.bucket_name, self.parse_key_name())
            if self.headers.get("If-None-Match") == "*" and destination is not None:
                raise PreconditionFailed("If-None-Match")
            if not _matches(destination, self.headers.get("If-Match")):
                raise PreconditionFailed("If-Match")
            source = _source(self)
            if source is not None and not _matches(source, self.headers.get("x-amz-copy-source-if-match")):
                raise PreconditionFailed("x-amz-copy-source-If-Match")
            return original(self)

    return copy_object


def _of_what_exists(original: Callable[..., Any]) -> Callable[..., Any]:
    """DeleteObject with If-Match: *, which moto compares with the ETag."""

    @functools.wraps(original)
    def delete_object(self: Any) -> Any:
        if self.headers.get("If-Match") == "*":
            existing = self.backend.get_object(self.bucket_name, self.parse_key_name())
            if existing is not None:
                self.headers.environ["HTTP_IF_MATCH"] = existing.etag
        return original(self)

    return delete_object


def _may_read_source(response: Any) -> None:
    """moto asks for PutObject on the destination only."""
    bucket, key, version = _copy_source(response)
    response.data["Action"] = "GetObjectVersion" if version else "GetObject"
    response._authenticate_and_authorize_s3_action(bucket_name=bucket, key_name=key)
    response.data["Action"] = "PutObject"


def _source(response: Any) -> Any:
    bucket, key, version = _copy_source(response)
    return response.backend.get_object(bucket, key, version_id=version)


def _copy_source(response: Any) -> tuple[str, str, str | None]:
    parsed = urlparse(response.headers["x-amz-copy-source"])
    bucket, _, key = unquote(parsed.path).lstrip("/").partition("/")
    return bucket, key, parse_qs(parsed.query).get("versionId", [None])[0]


def _matches(stored: Any, etag: str | None) -> bool:
    if not etag:
        return True
    return stored is not None and (etag == "*" or stored.etag.strip('"') == etag.strip('"'))


def _with_etags(original: Callable[..., Any]) -> Callable[..., Any]:
    """DeleteObjects: at most 1000 keys; a key whose ETag is not the one named stays, and is reported."""

    @functools.wraps(original)
    def delete_keys(self: Any, bucket_name: str, authenticated: bool = True) -> Any:
        request = ElementTree.fromstring(self.body)
        objects = request.findall("{*}Object")
        if len(objects) > 1000:
            raise MalformedXML
        if not authenticated or all(each.find("{*}ETag") is None for each in objects):
            return original(self, bucket_name, authenticated)
        with _writing:
            refused = [each for each in objects if not _agrees(self, bucket_name, each)]
            for each in refused:
                request.remove(each)
            self.body = ElementTree.tostring(request, encoding="unicode")
            nothing = len(refused) == len(objects)
            answer = (200, {}, EMPTY) if nothing else original(self, bucket_name, authenticated)
        status, headers, body = answer
        keys = [each.findtext("{*}Key", "") for each in refused]
        message = "At least one of the pre-conditions you specified did not hold"
        return status, headers, report(body, keys, code="PreconditionFailed", message=message)

    return delete_keys


def _agrees(response: Any, bucket_name: str, named: ElementTree.Element) -> bool:
    stored = response.backend.get_object(
        bucket_name, named.findtext("{*}Key"), version_id=named.findtext("{*}VersionId")
    )
    return _matches(stored, named.findtext("{*}ETag"))


EMPTY = '<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'


def report(body: str | bytes, refused: list[str], *, code: str, message: str) -> str:
    """Return DeleteObjects' reply with an error for each of the ``refused`` keys."""
    text = body.decode() if isinstance(body, bytes) else body
    errors = "".join(
        f"<Error><Key>{escape(key)}</Key><Code>{code}</Code><Message>{message}</Message></Error>" for key in refused
    )
    if text.rstrip().endswith("/>"):
        return text.rstrip()[:-2] + f">{errors}</DeleteResult>"
    head, closing, tail = text.rpartition("</DeleteResult>")
    return head + errors + closing + tail
