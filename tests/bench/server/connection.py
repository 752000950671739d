"""HTTP/1.1, just enough of it, as fast as Python allows: one object per connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from .operations import Reply

Answer = Callable[
    [str, str, dict[str, str], dict[str, str], bytes], "tuple[Reply, float] | asyncio.Future[tuple[Reply, float]]"
]
"""(method, path, query, headers, body) to a reply and the seconds to hold it back."""
_PHRASES = {200: "OK", 204: "No Content", 206: "Partial Content", 503: "Slow Down"}
_CHUNK = re.compile(rb"([0-9a-fA-F]+)(?:;[^\r\n]*)?\r\n")


class Connection(asyncio.Protocol):
    """Takes one request after the other from one client."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._chunks: list[bytes] = []
        self._missing = 0
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport: asyncio.Transport = transport
        transport.set_write_buffer_limits(high=1 << 26)

    def data_received(self, data: bytes) -> None:
        """Collect until a request is whole, and answer it."""
        self._chunks.append(data)
        if self._head is not None:
            self._missing -= len(data)
            if self._missing <= 0:
                self._finish(b"".join(self._chunks))
            return
        data = b"".join(self._chunks) if len(self._chunks) > 1 else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._chunks = [data]
            return
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = first.split(" ")
        self._head = (method, target, headers)
        body = data[end + 4 :]
        self._missing = int(headers.get("content-length", 0)) - len(body)
        self._chunks = [body]
        if "expect" in headers and not body:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._missing <= 0:
            self._finish(body)

    def _finish(self, body: bytes) -> None:
        assert self._head is not None
        method, target, headers = self._head
        self._head, self._chunks = None, []
        if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
            body = _unchunked(body)
        path, _, query = target.partition("?")
        fields = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        result = self._answer(method, unquote(path) if "%" in path else path, fields, headers, body)
        if isinstance(result, tuple):
            self._send_after(method, *result)
        else:
            result.add_done_callback(lambda done: self._send_after(method, *done.result()))

    def _send_after(self, method: str, reply: Reply, delay: float) -> None:
        if delay > 0:
            self._loop.call_later(delay, self._send, method, reply)
        else:
            self._send(method, reply)

    def _send(self, method: str, reply: Reply) -> None:
        if self._transport.is_closing():
            return
        lines = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
        status = f"{reply.status} {_PHRASES.get(reply.status, 'No')}"
        head = f"HTTP/1.1 {status}\r\n{lines}content-length: {len(reply.body)}\r\n\r\n"
        if reply.body and method != "HEAD":
            self._transport.writelines([head.encode("latin-1"), reply.body])
        else:
            self._transport.write(head.encode("latin-1"))


def _unchunked(body: bytes) -> bytes:
    """Return what an ``aws-chunked`` body holds."""
    parts, at = [], 0
    while match := _CHUNK.match(body, at):
        size = int(match[1], 16)
        if size == 0:
            break
        parts.append(body[match.end() : match.end() + size])
        at = match.end() + size + 2
    return b"".join(parts)
