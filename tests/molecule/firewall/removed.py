"""Without the role everybody gets in everywhere: the proof that the tests before could fail."""

from __future__ import annotations

from conftest import PORTS, inside, reached


def test_nothing_is_left():
    assert reached("stranger", "relay") == PORTS
    assert "cctv" not in inside("relay", "nft", "list", "tables").stdout
    assert inside("relay", "systemctl", "status", "cctv-firewall", check=False).returncode == 4
