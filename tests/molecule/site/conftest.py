"""The relay as the site made it: as cameras see it (FTP), from inside, and its bucket from outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from ftplib import FTP
from pathlib import Path

from tests.molecule import store

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())["site"]
CONTAINER = os.environ["RELAY_CONTAINER"]
BUCKET = STATE["bucket"]
PASSWORD = "all-of-them"
S3 = store.client(STATE, "s3")


def inside(*command: str, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a command in the relay as root."""
    words = ["podman", "exec", CONTAINER, *command]
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=timeout)


def address() -> str:
    """Return the relay's address, which a restart may change."""
    form = "{{.NetworkSettings.IPAddress}}"
    words = ["podman", "inspect", "--format", form, CONTAINER]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def log_in(account: str = "cctv", password: str = PASSWORD) -> FTP:
    ftp = FTP(address(), timeout=60)
    ftp.login(account, password)
    return ftp


def keys() -> set[str]:
    """Return the keys of all pictures in the bucket."""
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(".jpg")}


def content(key: str) -> bytes:
    return S3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not so within {seconds} s"
        time.sleep(1)
