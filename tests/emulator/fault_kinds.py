"""The faults themselves: each a function that answers in place of S3, or spoils its answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tests.emulator import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.fault_rule import FaultRule

_CHUNK = 16 * 1024

Fault = Callable[["FaultRule", WSGIApplication, WSGIEnvironment, StartResponse], Iterable[bytes]]


def _error(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    return _refuse(rule.status, rule.code, environ, start)


def _error_in_200(
    rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    """CopyObject and CompleteMultipartUpload say 200 first, and may think better of it."""
    return _refuse(200, rule.code, environ, start)


def _refuse(status: int, code: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    error = f"<Error><Code>{code}</Code><Message>Fault on request</Message><RequestId>FAULT</RequestId></Error>"
    if operation.of(environ).service != "s3":
        error = f"<ErrorResponse>{error}</ErrorResponse>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'.encode()
    start(
        f"{status} {HTTPStatus(status).phrase}",
        [
            ("Content-Type", "application/xml"),
            ("Content-Length", str(len(body))),
            ("x-amz-request-id", "FAULT"),
        ],
    )
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def _reset(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    _close(environ)


def _reset_after(
    rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    """Stored, but the reply is lost."""
    _answer_of(app, environ)
    _close(environ)


def _hang(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    time.sleep(rule.seconds)
    _close(environ)


def _latency(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    time.sleep(rule.seconds)
    return app(environ, start)


def _slow(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """A thin line, both ways."""
    time.sleep(int(environ.get("CONTENT_LENGTH") or 0) / rule.bytes_per_second)
    status, headers, body = _answer_of(app, environ)
    start(status, headers)
    return _drip(body, rule.bytes_per_second)


def _drip(body: bytes, bytes_per_second: int) -> Iterator[bytes]:
    step = min(_CHUNK, max(1, bytes_per_second // 10))
    for begin in range(0, len(body), step):
        time.sleep(min(step, len(body) - begin) / bytes_per_second)
        yield body[begin : begin + step]


def _truncate(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    status, headers, body = _answer_of(app, environ)
    start(status, headers)
    return _half(body, environ)


def _half(body: bytes, environ: WSGIEnvironment) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    _close(environ)


def _corrupt(rule: FaultRule, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """The right length, one bit wrong."""
    status, headers, body = _answer_of(app, environ)
    start(status, headers)
    middle = len(body) // 2
    return [body[:middle], bytes([body[middle] ^ 1]), body[middle + 1 :]] if body else [body]


def _answer_of(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Perform the request, and hold the answer back."""
    begun: dict[str, Any] = {}

    def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        begun.update(status=status, headers=headers)
        return lambda data: None

    answer = app(environ, hold)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return begun["status"], begun["headers"], body


def _close(environ: WSGIEnvironment) -> NoReturn:
    """Leave without a word: the server takes the exception for a client that went away."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


KINDS: dict[str, Fault] = {
    "error": _error,
    "error_in_200": _error_in_200,
    "reset": _reset,
    "reset_after": _reset_after,
    "hang": _hang,
    "latency": _latency,
    "slow": _slow,
    "truncate": _truncate,
    "corrupt": _corrupt,
}
