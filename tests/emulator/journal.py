"""Counts what the clients asked for, so that a test can say how many requests a picture may cost."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from tests.emulator import operation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

RECENT = 2000


class Journal:
    """WSGI middleware: counts requests and bytes by operation, and remembers the last ones."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._running = 0
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._counts: Counter[str] = Counter()
            self._received = self._sent = 0
            self._recent: deque[dict[str, Any]] = deque(maxlen=RECENT)

    def report(self) -> dict[str, Any]:
        with self._lock:
            return {
                "counts": dict(self._counts),
                "total": self._counts.total(),
                "bytes_received": self._received,
                "bytes_sent": self._sent,
                "recent": list(self._recent),
            }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = operation.of(environ)
        answer = {"status": 0, "length": 0}  # 0: the connection was closed without an answer

        def noting_start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer["status"] = int(status.split(" ", 1)[0])
            answer["length"] = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            return start_response(status, headers, exc_info)

        with self._lock:
            self._running += 1
            at_once = self._running
        try:
            return self._app(environ, noting_start)
        finally:
            sent = 0 if environ["REQUEST_METHOD"] == "HEAD" else answer["length"]
            with self._lock:
                self._running -= 1
                self._counts[asked.name] += 1
                self._received += int(environ.get("CONTENT_LENGTH") or 0)
                self._sent += sent
                self._recent.append(
                    {
                        "operation": asked.name,
                        "bucket": asked.bucket,
                        "key": asked.key,
                        "access_key": asked.access_key,
                        "status": answer["status"],
                        "at_once": at_once,
                    }
                )
