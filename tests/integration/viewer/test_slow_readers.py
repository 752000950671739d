"""Clients that ask for much and do not read it: the pages of all others stay as quick."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from cctv.store import Object
from waitress.server import create_server

from tests.integration.viewer.bucket import CAMERA, DAY, name
from tests.integration.viewer.test_export import SPAN
from tests.integration.viewer.test_export_truth import CLIP, planned
from viewer.__main__ import options
from viewer.evidence_zip import EXPORTS_AT_ONCE, write
from viewer.guard import SESSION_COOKIE
from viewer.pictures import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.viewer.visitor import Visitor

ADDRESS = {"camera": CAMERA, "date": str(DAY), "place": "sorted", "name": CLIP}
PICTURE = 2_000_000


@pytest.fixture
def full(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """An owner of pictures and a clip whose bytes are made here."""
    arrived = datetime(2022, 2, 25, tzinfo=UTC)

    def listing(_: object, prefix: str) -> Iterator[Object]:
        if prefix == f"{CAMERA}/{DAY}/":
            yield Object(prefix + CLIP, 100_000_000, "c" * 32, arrived)
            for number in range(60):
                yield Object(prefix + name(number), PICTURE, f"{number:032x}", arrived)

    monkeypatch.setattr("cctv.store.Store.list_all", listing)
    monkeypatch.setattr("cctv.store.Store.list_level", lambda _, prefix: iter([f"{prefix}{DAY}/"]))
    monkeypatch.setattr("cctv.store.Store.get", lambda *_, **__: bytes(bytearray(PICTURE)))
    monkeypatch.setattr("cctv.store.Store.view", lambda *_, length, **__: memoryview(bytearray(length)))
    monkeypatch.setattr("cctv.store.Store.stream", lambda *_, length, **__: iter([bytes(bytearray(length))]))
    return owner


@pytest.fixture
def port(full: Visitor) -> Iterator[int]:
    """Where the server listens, run as the service runs it."""
    server = create_server(full.app, **options(full.site.configuration) | {"port": 0})
    threading.Thread(target=server.run, daemon=True).start()
    yield server.effective_port
    server.close()


@pytest.mark.parametrize("path", ["/original", "/export"])
def test_twelve_clients_that_do_not_read_keep_nobody_else(full: Visitor, port: int, path: str) -> None:
    cookie = full.client.get_cookie(SESSION_COOKIE)
    assert cookie
    form = urlencode({"camera": CAMERA, **SPAN, "form_token": full.token("/export")})
    asked = f"GET {path}?{urlencode(ADDRESS)} HTTP/1.1\r\n", ""
    if path == "/export":
        kind = "application/x-www-form-urlencoded"
        asked = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(form)}\r\n", form
    with ExitStack() as stack:
        for _ in range(12):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(f"{asked[0]}Host: x\r\nCookie: {SESSION_COOKIE}={cookie.value}\r\n\r\n{asked[1]}".encode())
        time.sleep(0.3)
        begun = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=3) as answer:
            assert answer.status == 200
        assert time.monotonic() - begun < 1
        last = client.recv(65536).decode()
        assert last.startswith("HTTP/1.1 429 ")
        assert "try again when one of them has ended" in last


def test_a_player_gets_the_beginning_of_the_rest_and_a_download_all_of_it(full: Visitor) -> None:
    part = full.get("/original", **ADDRESS, headers={"Range": "bytes=1000-"})
    assert (part.status_code, len(part.data)) == (206, STEP)
    assert part.headers["Content-Range"] == f"bytes 1000-{999 + STEP}/100000000"
    end = full.get("/original", **ADDRESS, headers={"Range": f"bytes={100_000_000 - 5}-"})
    assert (end.status_code, len(end.data)) == (206, 5)
    with full.get("/original", **ADDRESS, download=1, headers={"Range": "bytes=1000-"}) as rest:
        assert rest.headers["Content-Length"] == str(100_000_000 - 1000)


def test_an_answer_that_ended_or_was_never_read_frees_its_place(full: Visitor) -> None:
    for _ in range(20):
        full.client.head("/original", query_string=ADDRESS)
        full.get("/original", **ADDRESS, buffered=False).close()
        fields = {"form_token": full.token("/export"), "camera": CAMERA, **SPAN}
        answer = full.client.post("/export", data=fields)
        assert answer.status_code == 200
        answer.close()


def test_all_exports_together_hold_no_more_than_one_used_to(full: Visitor) -> None:
    found = planned(full)
    tracemalloc.start()
    exports = [write(full.site.gallery, found, user="owner") for _ in range(EXPORTS_AT_ONCE)]
    for each in exports:
        for _ in range(9):  # three pictures
            next(each)
    time.sleep(0.3)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for each in exports:
        each.close()  # type: ignore[attr-defined]
    assert held < 45_000_000
