"""Where the demo takes place, and how it announces what comes next."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "demo" / "run"
BUCKET = "my-video-surveillance"
ZONE = "Europe/Kyiv"


def heading(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)
