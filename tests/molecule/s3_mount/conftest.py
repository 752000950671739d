"""The relay under test from inside, and its bucket from outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.molecule import store

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())[os.environ["RELAY"]]
BUCKET = STATE["bucket"]
MOUNT = "/var/lib/cctv/storage"
S3 = store.client(STATE, "s3")


def inside(command: str, *, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a shell command in the relay as root."""
    words = ["podman", "exec", os.environ["RELAY_CONTAINER"], "sh", "-c", command]
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=timeout)


def reboot() -> None:
    """Stop the relay's systemd in an orderly way and start it again."""
    subprocess.run(
        ["podman", "restart", "--time", "30", os.environ["RELAY_CONTAINER"]], check=True, capture_output=True
    )


def content(key: str) -> bytes | None:
    """Return an object's bytes as S3 has them, or None."""
    try:
        return S3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except S3.exceptions.NoSuchKey:
        return None


def wait_until(true: Callable[[], bool], seconds: float = 90) -> float:
    """Wait for the condition; return how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not mended within {seconds} s"
        time.sleep(1)
    return time.monotonic() - begun


def status() -> dict[str, object]:
    return json.loads(inside('cat /run/s3_mount/status.json || echo \'{"state": "unknown"}\'').stdout)


def usable() -> bool:
    """Tell whether the owner can write through the mount, without waiting for it for long."""
    write = f"timeout 8 setpriv --reuid cctv --regid cctv --clear-groups sh -c 'echo ok > {MOUNT}/usable.txt'"
    return f" {MOUNT} " in inside("cat /proc/mounts").stdout and inside(write, check=False).returncode == 0


@pytest.fixture(autouse=True)
def healthy():
    """Begin every test with a mount that works."""
    wait_until(usable)
