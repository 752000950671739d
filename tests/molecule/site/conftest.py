"""The relay as the site made it: as cameras see it (FTP), from inside, and its bucket from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from ftplib import FTP
from pathlib import Path

from tests.molecule import store

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())["site"]
CONTAINER = os.environ["RELAY_CONTAINER"]
BUCKET = STATE["bucket"]
INGEST = os.environ["INGEST"]
PREFIX = os.environ["PREFIX"] and os.environ["PREFIX"] + "/"
PASSWORD = "all-of-them"
S3 = store.client(STATE, "s3")


def inside(*command: str, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a command in the relay as root."""
    words = ["podman", "exec", CONTAINER, *command]
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=timeout)


def secrets() -> dict[str, str]:
    """Return what must be nowhere else, by the file it is kept in: the relay's keys, the hash of its account."""
    files = {
        "mount": ["/var/lib/hkawstoolkit/.aws/credentials", "/etc/passwd-s3fs"],
        "spool": ["/etc/hkawstoolkit/forwarder.credentials"],
    }[INGEST]
    keys = {file: re.split("[=:]", inside("cat", file).stdout.strip())[-1].strip() for file in files}
    return keys | {"/etc/shadow": inside("getent", "shadow", "cctv").stdout.split(":")[1]}


def processes() -> str:
    """Return the command lines and environments of everything that runs in the relay."""
    return inside("sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null || true").stdout


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
    """Return the keys of all pictures of this relay, without its prefix."""
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=PREFIX)
    found = {item["Key"] for page in pages for item in page.get("Contents", [])}
    return {key.removeprefix(PREFIX) for key in found if key.endswith(".jpg")}


def content(key: str) -> bytes:
    return S3.get_object(Bucket=BUCKET, Key=PREFIX + key)["Body"].read()


def delete(key: str) -> None:
    S3.delete_object(Bucket=BUCKET, Key=PREFIX + key)


def sorted_key(key: str) -> str:
    """CAM/…_20220224071500123_….jpg belongs into CAM/2022-02-24/."""
    digits = key.split("_")[2]
    return key.replace("/", f"/{digits[:4]}-{digits[4:6]}-{digits[6:8]}/")


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not so within {seconds} s"
        time.sleep(1)
