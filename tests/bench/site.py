"""The server under the benchmark, and the pictures put into it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from PIL import Image

ROOT = Path(__file__).parents[2]
FRAMES = ROOT.parent / "shared/data/frames"
BUCKET = "bench"
FIRST = datetime(2022, 2, 24, tzinfo=UTC)
EVENTS = ("MOTION_DETECTION", "LINE_CROSSING_DETECTION", "FACE_SNAP")
SIZES = {"small": 20_000, "usual": 200_000, "large": 3_000_000}


def names(count: int, *, day: datetime = FIRST) -> list[str]:
    """Return ``count`` Hikvision names of one day."""
    step = timedelta(days=1) / max(count, 1)
    return [
        f"192.168.1.64_01_{day + number * step:%Y%m%d%H%M%S%f}"[:-3] + f"_{EVENTS[number % len(EVENTS)]}.jpg"
        for number in range(count)
    ]


def pictures(folder: Path, size: int, *, count: int = 25) -> list[str]:
    """Make ``count`` pictures of about ``size`` bytes: of real frames where there are some, else drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = sorted(FRAMES.glob("*.jpg"))
    made = []
    for number in range(count):
        path = folder / f"{size}-{number}.jpg"
        made.append(str(path))
        if path.exists():
            continue
        image = Image.open(frames[number % len(frames)]).convert("RGB") if frames else _drawn(number)
        scale = (size / max(_weight(image), 1)) ** 0.5
        image = image.resize((max(16, int(image.width * scale)), max(16, int(image.height * scale))))
        image.save(path, quality=90)
    return made


def _drawn(number: int) -> Image.Image:
    return Image.effect_noise((960, 540), 40 + number).convert("RGB")


def _weight(image: Image.Image) -> int:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.tell()


class Site:
    """One server process with one bucket. Its address and keys are in ``environment``.

    ``out`` is a folder in memory for what a side brings out of the bucket: a disk would be measured instead of it.
    """

    def __init__(self, work: Path) -> None:
        self.work = work
        self.out = Path(tempfile.mkdtemp(prefix="cctv-bench-", dir="/dev/shm"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))
        } | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "RCLONE_CONFIG": os.devnull,
            "PYTHONPATH": str(ROOT),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.out)

    def clear(self) -> None:
        """Forget everything, answer at once."""
        self.ask("clear")
        self.ask("set?latency=0")
        shutil.rmtree(self.out)
        self.out.mkdir()

    def fill(self, keys: Sequence[str], size: str = "usual") -> None:
        """Put pictures of ``size`` under ``keys``."""
        files = pictures(self.work / "pictures", SIZES[size])
        self.ask(f"fill?bucket={BUCKET}", {"files": files, "keys": list(keys)})

    def ask(self, what: str, body: Any = None) -> dict[str, Any]:
        """Order something of the server; return what it counted since the last order."""
        data = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/-/{what}", data=data)) as reply:
            answer: dict[str, Any] = json.load(reply)
        return answer

    def holds(self, prefix: str) -> dict[str, Any]:
        """Return count and bytes of what lies below ``prefix``."""
        return self.ask(f"state?bucket={BUCKET}&prefix={prefix}")

    @property
    def cpu(self) -> float:
        """CPU seconds the server has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
