"""Runs a command and says what it cost: seconds, CPU, memory, requests, dollars."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .site import Site

sys.path.insert(0, str(Path(__file__).parents[2] / "module_utils"))
from cctv.prices import CLASSES

LAUNCH = Path(__file__).with_name("launch.py")
_READS = {"GetObject", "HeadObject", "HeadBucket"}
_FREE = {"DeleteObject", "DeleteObjects", "AbortMultipartUpload", "SlowDown"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. ``peak``: MB of the largest process of its tree; ``own``: CPU seconds of our work without start-up."""

    wall: float
    cpu: float
    peak: float
    server: float
    requests: dict[str, int]
    bytes_out: int
    own: float = 0.0

    @property
    def usd(self) -> float:
        """What S3 asks for these requests; an archive is completed at the price of its class."""
        standard, glacier = CLASSES["STANDARD"], CLASSES["GLACIER"]
        total = 0.0
        for name, count in self.requests.items():
            if name not in _FREE:
                price = standard.reads_per_thousand if name in _READS else standard.writes_per_thousand
                price = glacier.writes_per_thousand if name == "CompleteMultipartUpload" else price
                total += count * price / 1000
        return total


def run(site: Site, command: Sequence[str]) -> Sample:
    """Run ``command`` to its end; RuntimeError when it fails."""
    site.ask("counts")
    before, start = site.cpu, time.perf_counter()
    launched = [sys.executable, "-S", str(LAUNCH), str(site.work / "usage"), *command]
    done = subprocess.run(launched, env=site.environment, cwd=site.work, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]} ended with {done.returncode}: {done.stderr[-2000:]}")
    text, usage = done.stdout, json.loads((site.work / "usage").read_text())
    counts = site.ask("counts")
    last = text.strip().rpartition("\n")[2]
    own = json.loads(last)["cpu"] if last.startswith('{"done"') else 0.0
    return Sample(
        wall=wall,
        cpu=usage["cpu"],
        peak=usage["peak"],
        server=site.cpu - before,
        requests=counts["requests"],
        bytes_out=counts["bytes"].get("out", 0),
        own=own,
    )


def middle(samples: Sequence[Sample], name: str) -> float:
    """Return the median of one figure."""
    return statistics.median(getattr(sample, name) for sample in samples)
