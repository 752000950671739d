"""The server starts, is found again, and goes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.emulator.client import ROOT, Emulator

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_that_is_kept_can_be_found_again(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    with Emulator.start(state_file=state_file, latency_ms=1, enforce_iam=True):
        found = Emulator.at(state_file)
        assert found.boto3_client().list_buckets()["Buckets"] == []
        assert found.requests() == {"ListBuckets": 1}
        assert state_file.stat().st_mode & 0o077 == 0
    assert not state_file.exists()


def test_a_server_goes_with_its_parent() -> None:
    script = "from tests.emulator.client import Emulator as E; print(E.start().url)"
    parent = subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    address = urlsplit(parent.stdout.strip())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((address.hostname, address.port), timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.1)
    pytest.fail("the server is still there")
