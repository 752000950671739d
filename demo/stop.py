"""End the demo's server, viewer and relay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

RUN = Path(__file__).parent / "run"


def main() -> None:
    state, viewer, relay = RUN / "emulator.json", RUN / "viewer.pid", RUN / "podman.json"
    if relay.exists():
        made = json.loads(relay.read_text())
        command = ["podman", "rm", "--force", "--ignore", "--volumes", "--time", "2", made["name"]]
        subprocess.run(command, env=os.environ | made["settings"], check=False, stdout=subprocess.DEVNULL)
        relay.unlink()
    if viewer.exists():
        end(int(viewer.read_text()), b"-m\0viewer\0")
        viewer.unlink()
    if state.exists():
        end(json.loads(state.read_text())["pid"], b"tests.emulator")
        state.unlink(missing_ok=True)  # it does so itself, too


def end(pid: int, words: bytes) -> None:
    """End a process, but only if it is the one with these words: its number may have gone to another since.

    Waits for it, so that the next demo finds its ports free.
    """
    if not is_there(pid, words):
        return
    os.kill(pid, signal.SIGTERM)
    patience = time.monotonic() + 10
    while is_there(pid, words) and time.monotonic() < patience:
        time.sleep(0.05)


def is_there(pid: int, words: bytes) -> bool:
    """Say whether a process runs that has these words in its command."""
    try:
        return words in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # also where it ends meanwhile
        return False


if __name__ == "__main__":
    main()
