"""The demo's viewer comes up beside another one."""

from __future__ import annotations

import socket

import pytest

from demo import viewer


def test_it_has_another_port_where_something_is_at_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        own = taken.getsockname()[1]
        monkeypatch.setattr(viewer, "PORT", own)
        assert viewer.free_port() not in (own, 0)
    assert viewer.free_port() == own
