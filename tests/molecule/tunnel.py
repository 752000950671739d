"""The guides' way to the viewer: a tunnel of SSH that is left open, in a network of its own, with a visitor."""

from __future__ import annotations

import os
import subprocess

from tests.documentation.blocks import Block
from tests.documentation.reader import ANSWERS, Reader
from tests.documentation.terminal import converse

PAGE = "import urllib.request as r; print(r.urlopen('http://localhost:8181/', timeout=30).read().decode())"


def tunnelled(reader: Reader, block: Block) -> None:
    """Open it, see the viewer's form at its end, and close it."""
    network = f"cctv-{os.getpid()}"
    inside = ["nsenter", f"--net=/run/netns/{network}"]  # unlike ip, it leaves podman its /sys
    seen: list[str] = []

    def visit() -> str:
        seen.append(subprocess.run([*inside, "python", "-c", PAGE], capture_output=True, text=True, check=True).stdout)
        return "exit"

    subprocess.run(["ip", "netns", "add", network], check=True)
    try:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        command = [*inside, "bash", "-c", block.body]
        answers = {r"pi@\w+:~\$ $": visit} | ANSWERS
        status, said = converse(command, answers, cwd=reader.project, env=reader.environment, seconds=120)
    finally:
        subprocess.run(["ip", "netns", "delete", network], check=False)
    assert status == 0, said
    assert 'type="password"' in "".join(seen), said
