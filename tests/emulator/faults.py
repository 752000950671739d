"""What goes wrong between a client and S3, made to go wrong on request."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from tests.emulator import operation
from tests.emulator.fault_kinds import KINDS
from tests.emulator.fault_rule import FaultRule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Faults:
    """WSGI middleware: applies the rules, in their order, to the requests they match."""

    def __init__(self, app: WSGIApplication, latency_ms: float = 0) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []
        self.latency_ms = latency_ms

    def set_rules(self, rules: list[dict[str, Any]]) -> None:
        parsed = [FaultRule(**rule) for rule in rules]
        for rule in parsed:
            if rule.kind not in KINDS:
                raise ValueError(f"unknown kind of fault {rule.kind!r}: use one of {', '.join(KINDS)}")
        with self._lock:
            self._rules = parsed

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.latency_ms:
            time.sleep(self.latency_ms / 1000)
        app = self._app
        if self._rules:
            asked = operation.of(environ)
            with self._lock:
                firing = [rule for rule in self._rules if rule.fires(asked)]
            for rule in reversed(firing):  # the first rule is the outermost
                app = _faulty(rule, app)
        return app(environ, start_response)


def _faulty(rule: FaultRule, app: WSGIApplication) -> WSGIApplication:
    fault = KINDS[rule.kind]

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return fault(rule, app, environ, start_response)

    return call
