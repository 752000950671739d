"""The demo's viewer, on loopback, with a password of this run."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from werkzeug.security import generate_password_hash

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "demo" / "run"
PID = RUN / "viewer.pid"
PORT = 8181
USER = "owner"


def start(emulator: Emulator, bucket: str, zone: str) -> str:
    """Start it; return the sentence that says where it is and how to log in."""
    password, port = secrets.token_urlsafe(9), free_port()
    settings = {
        "bucket": bucket,
        "timezone": zone,
        "port": port,
        "cache_folder": str(RUN / "thumbnails"),
        "users": {USER: generate_password_hash(password)},
    }
    configuration = RUN / "viewer.yml"
    configuration.touch(mode=0o600)
    configuration.write_text(yaml.safe_dump(settings))
    environment = os.environ | emulator.environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'module_utils'}"}
    command = [sys.executable, "-m", "viewer", str(configuration)]
    with (RUN / "viewer.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    PID.write_text(str(process.pid))
    address = f"http://127.0.0.1:{port}/"
    for _ in range(100):
        time.sleep(0.2)
        if process.poll() is not None:
            return f"The viewer did not start: see {RUN.relative_to(ROOT) / 'viewer.log'}"
        try:
            urllib.request.urlopen(f"{address}login", timeout=5).close()
        except OSError:
            continue
        return f"{address}  (log in as {USER} with {password})"
    return f"The viewer does not answer: see {RUN.relative_to(ROOT) / 'viewer.log'}"


def free_port() -> int:
    """Return the viewer's own port, or a free one if something else is there."""
    for wanted in (PORT, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that has just ended is no obstacle
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    raise AssertionError("no port is free")
