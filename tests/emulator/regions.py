"""A bucket answers in its own region alone: who signs for another one is redirected, and told where it lies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from tests.emulator import operation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/s3/")
_BODY = "<Error><Code>PermanentRedirect</Code><Message>Address the bucket by its own endpoint.</Message></Error>"


class Regions:
    """WSGI middleware. Off, as it starts, a bucket answers in every region."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.enforced = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        home = self._elsewhere(environ) if self.enforced else ""
        if not home:
            return self._app(environ, start_response)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else _BODY.encode()
        headers = [("x-amz-bucket-region", home), ("Content-Length", str(len(body))), ("Content-Type", "text/xml")]
        start_response("301 Moved Permanently", headers)
        return [body]

    def _elsewhere(self, environ: WSGIEnvironment) -> str:
        """Return the bucket's region, if the request is signed for another one."""
        asked = operation.of(environ)
        bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(asked.bucket)
        signed = _SIGNED_FOR.search(unquote(environ.get("HTTP_AUTHORIZATION", "")))
        away = bucket and signed and signed[1] != bucket.region_name and asked.name != "CreateBucket"
        return str(bucket.region_name) if bucket and away else ""
