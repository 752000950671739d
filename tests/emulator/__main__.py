"""Start the emulator: ``python -m tests.emulator --port 5000``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.emulator import access, server

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    options = _options()
    serving = server.create(
        options.host, options.port, latency_ms=options.latency_ms, restore_heads=options.restore_heads
    )
    key = access.create_administrator()
    access.enforce(options.enforce_iam)
    state = {
        "url": f"http://{options.host}:{serving.port}",
        "access_key": key.access_key,
        "secret_key": key.secret_key,
        "pid": os.getpid(),
    }
    if options.state_file:
        _write(options.state_file, json.dumps(state))
    print(f"emulated AWS on {state['url']}", flush=True)
    signal.signal(signal.SIGTERM, _leave)
    if options.with_parent:
        threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        if options.state_file:
            options.state_file.unlink(missing_ok=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--state-file", type=Path, help="url, administrator's key and pid, as JSON, once it listens")
    parser.add_argument("--latency-ms", type=float, default=0, help="added to every request")
    parser.add_argument("--enforce-iam", action="store_true", help="check signatures and policies")
    parser.add_argument("--restore-heads", type=int, default=0, help="HEADs for which a restore is in progress")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    return parser.parse_args()


def _write(path: Path, text: str) -> None:
    """Whole or not at all: somebody is waiting for the file to appear."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.rename(path)


def _leave_with(parent: int) -> None:
    """A test run that was killed leaves no server behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


main()
