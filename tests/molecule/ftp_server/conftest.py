"""The relay under test, as a camera sees it (FTP) and as its owner does (a command inside)."""

from __future__ import annotations

import os
import subprocess
from ftplib import FTP

import pytest

ADDRESS = os.environ.get("RELAY_ADDRESS", "")
CONTAINER = os.environ.get("RELAY_CONTAINER", "")
PASSWORDS = {"cctv": "all-of-them", "cam1": "only-the-first", "cam2": "only-the-second"}


def inside(*command: str) -> str:
    """Run a command in the relay; return what it says."""
    return subprocess.run(["podman", "exec", CONTAINER, *command], check=True, capture_output=True, text=True).stdout


def log_in(account: str, client: type[FTP] = FTP) -> FTP:
    ftp = client(ADDRESS, timeout=20)
    ftp.login(account, PASSWORDS[account])
    return ftp


@pytest.fixture
def cctv():
    with log_in("cctv") as ftp:
        yield ftp


@pytest.fixture
def cam1():
    with log_in("cam1") as ftp:
        yield ftp
