"""Signatures are made over the encoded query string; moto checks them over what was sent.

s3fs sends ``delimiter=/`` as it is but signs ``%2F``, as AWS wants. Encoded anew, both agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class QueryEncoding:
    """WSGI middleware: write every query string the way AWS canonicalises it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if query:
            environ["QUERY_STRING"] = "&".join(map(_encode, query.split("&")))
        return self._app(environ, start_response)


def _encode(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return quote(unquote(name), safe="-_.~") + equals + quote(unquote(value), safe="-_.~")
