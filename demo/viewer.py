"""The demo's viewer, on loopback, with a password of this run."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import urllib.request
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
    password = secrets.token_urlsafe(9)
    settings = {
        "bucket": bucket,
        "timezone": zone,
        "port": PORT,
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
    address = f"http://127.0.0.1:{PORT}/"
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
