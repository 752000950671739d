"""Text goes out compressed: the page of a day is 100 KB of it, and a phone away from home has a thin line.

What comes out of the bucket goes out as it is: pictures do not shrink, and evidence stays the bytes that were sent.
"""

from __future__ import annotations

from flask import Flask, Response, request
from isal import igzip

TEXT = {"text/html", "text/css", "text/javascript", "image/svg+xml"}
LEAST = 1024
"""Bytes; fewer fit into one packet as they are."""


def install(app: Flask) -> None:
    """Compress every answer that is a page or a file of the viewer's own, for those who can read it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    is_own = request.endpoint == "static" or not response.is_streamed
    if not is_own or response.status_code in {206, 304} or response.mimetype not in TEXT:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] <= 0:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST:
        return response
    response.set_data(igzip.compress(body))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same file, other bytes
    return response
