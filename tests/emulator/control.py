"""The emulator's own endpoints, ``/_emulator/...``, which no AWS request ever reaches.

| endpoint   | GET        | PUT                                        | DELETE |
| ---------- | ---------- | ------------------------------------------ | ------ |
| requests   | the journal |                                           | reset  |
| faults     |            | a list of fault rules                      | clear  |
| settings   |            | latency_ms, enforce_iam, enforce_regions, restore_heads, clock_offset_seconds | |
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.emulator import access

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.emulator.clock import Clock
    from tests.emulator.faults import Faults
    from tests.emulator.journal import Journal
    from tests.emulator.regions import Regions
    from tests.emulator.restore import Restores

PREFIX = "/_emulator/"


class Control:
    """WSGI middleware: answers the emulator's own endpoints, and passes on everything else."""

    def __init__(
        self,
        app: WSGIApplication,
        journal: Journal,
        faults: Faults,
        restores: Restores,
        clock: Clock,
        regions: Regions,
    ) -> None:
        self._app = app
        self._journal = journal
        self._faults = faults
        self._restores = restores
        self._clock = clock
        self._regions = regions

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._app(environ, start_response)
        status, answer = "200 OK", None
        try:
            answer = self._answer(environ["REQUEST_METHOD"], path.removeprefix(PREFIX), _json(environ))
        except (KeyError, TypeError, ValueError) as wrong:
            status, answer = "400 Bad Request", {"error": str(wrong)}
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, method: str, name: str, given: Any) -> Any:
        match method, name:
            case "GET", "requests":
                return self._journal.report()
            case "DELETE", "requests":
                return self._journal.reset()
            case "PUT", "faults":
                return self._faults.set_rules(given)
            case "DELETE", "faults":
                return self._faults.set_rules([])
            case "PUT", "settings":
                return self._set(**given)
            case _:
                raise ValueError(f"no such endpoint: {method} {PREFIX}{name}")

    def _set(
        self,
        *,
        latency_ms: float | None = None,
        enforce_iam: bool | None = None,
        enforce_regions: bool | None = None,
        restore_heads: int | None = None,
        clock_offset_seconds: float | None = None,
    ) -> None:
        if latency_ms is not None:
            self._faults.latency_ms = latency_ms
        if enforce_iam is not None:
            access.enforce(enforce_iam)
        if enforce_regions is not None:
            self._regions.enforced = enforce_regions
        if restore_heads is not None:
            self._restores.heads = restore_heads
        if clock_offset_seconds is not None:
            self._clock.offset_seconds = clock_offset_seconds


def _json(environ: WSGIEnvironment) -> Any:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return json.loads(environ["wsgi.input"].read(length)) if length else None
