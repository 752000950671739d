"""End the demo's server and viewer."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

RUN = Path(__file__).parent / "run"


def main() -> None:
    state, viewer = RUN / "emulator.json", RUN / "viewer.pid"
    if viewer.exists():
        end(int(viewer.read_text()), b"-m\0viewer\0")
        viewer.unlink()
    if state.exists():
        end(json.loads(state.read_text())["pid"], b"tests.emulator")
        state.unlink()


def end(pid: int, words: bytes) -> None:
    """End a process, but only if it is the one with these words: its number may have gone to another since."""
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists() and words in command.read_bytes():
        os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
