"""The relay and three hosts beside it, each in a container with an address of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable

NAMES: dict[str, str] = json.loads(os.environ.get("CONTAINERS", "{}"))
PORTS = [21, 22, 50100, 8181, 4444]
LISTEN = """
import socket, time
servers = [socket.create_server(("", port)) for port in (21, 22, 50100, 8181, 4444)]
time.sleep(600)
"""
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1).close()"


def inside(name: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    words = ["podman", "exec", NAMES[name], *command]
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=300)


def address(name: str) -> str:
    """Return a container's address, which a restart may change."""
    words = ["podman", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", NAMES[name]]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not so within {seconds} s"
        time.sleep(1)


def listen(name: str) -> None:
    """Have something listen at every port that is asked for, if nothing does yet."""
    inside(name, "systemd-run", "--quiet", "--collect", "--unit=listen", "python3", "-c", LISTEN, check=False)
    wait_until(lambda: ":4444 " in inside(name, "ss", "--listening", "--tcp", "--numeric").stdout)


def reached(source: str, target: str) -> list[int]:
    """Return the ports at which ``source`` gets in."""
    goal = address(target)
    return [
        port for port in PORTS if inside(source, "python3", "-c", CONNECT, goal, str(port), check=False).returncode == 0
    ]
