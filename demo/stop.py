"""End the demo's server."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

STATE = Path(__file__).parent / "run" / "emulator.json"


def main() -> None:
    if not STATE.exists():
        return
    pid = json.loads(STATE.read_text())["pid"]
    STATE.unlink()
    # The number may have gone to another process since: end it only if it is the emulator.
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists() and b"tests.emulator" in command.read_bytes():
        os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
