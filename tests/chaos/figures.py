"""The figures: seconds from 226 to durable, processor, memory, requests, and how fast a backlog drains.

``python -m tests.chaos.figures`` prints them as Markdown; without faults, on S3's latency given.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forwarder.latency import Latency
from tests.chaos.cameras import Answer, Fleet
from tests.chaos.course import scene
from tests.chaos.throughput import plain_rate
from tests.emulator.client import Emulator

if TYPE_CHECKING:
    from tests.chaos.cameras import Offer
    from tests.chaos.faults import Scene

BACKLOG = 600
TICK = os.sysconf("SC_CLK_TCK")


class Use(NamedTuple):
    cpu: float  # seconds
    megabytes: float
    at: float

    @classmethod
    def of(cls, pid: int) -> Use:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return cls((int(fields[11]) + int(fields[12])) / TICK, resident / 1e6, time.monotonic())

    def since(self, before: Use) -> str:
        share = (self.cpu - before.cpu) / (self.at - before.at)
        return f"{share:.1%} of a core, {self.megabytes:.0f} MB"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.chaos.figures", description=__doc__)
    options.add_argument("--latency-ms", type=float, default=0.0)
    options.add_argument("--seconds", type=float, default=20.0)
    given = options.parse_args()
    with Emulator.start(latency_ms=given.latency_ms) as emulator:
        print("| pictures a second | sent | median | p99 | processor, memory | PUT per picture |\n|" + " --- |" * 6)
        for rate in (0, 1, 12, 60):
            print(_at_rate(emulator, rate, given.seconds), flush=True)
        print(f"\n{drain(emulator)}")


def _at_rate(emulator: Emulator, rate: int, seconds: float) -> str:
    with scene(emulator, connections=8, patience=60) as stage:
        time.sleep(2)
        before = Use.of(stage.relay.forwarder_pid)
        if not rate:
            time.sleep(seconds)
            return f"| 0 | | | | {Use.of(stage.relay.forwarder_pid).since(before)} | |"
        with Fleet(stage.relay.port, rate) as fleet:
            departures = Departures(stage, fleet)
            departures.start()
            time.sleep(seconds)
            use = Use.of(stage.relay.forwarder_pid)
        departures.stop()
        latency = departures.latency
        puts = emulator.requests()["PutObject"] / len(fleet.offers)
        median, p99 = latency.quantile(0.5), latency.quantile(0.99)
        return f"| {rate} | {len(fleet.offers)} | {median:.2f} s | {p99:.2f} s | {use.since(before)} | {puts:.2f} |"


class Departures(threading.Thread):
    """When each picture left the spool, which is just after S3 confirmed it: looked at fifty times a second."""

    def __init__(self, stage: Scene, fleet: Fleet) -> None:
        super().__init__()
        self.latency = Latency()
        self._stage = stage
        self._fleet = fleet
        self._over = threading.Event()

    def run(self) -> None:
        settled = 0
        pending: list[Offer] = []
        while not self._over.wait(0.02) or pending or settled < len(self._fleet.offers):
            fresh = self._fleet.offers[settled:]
            settled += len(fresh)
            pending += [offer for offer in fresh if offer.answer is Answer.ACKNOWLEDGED]
            present = {name.rpartition("/")[2] for name in self._stage.relay.left()}
            now = time.monotonic()
            self.latency.seconds.extend(now - offer.at for offer in pending if offer.name not in present)
            pending = [offer for offer in pending if offer.name in present]

    def stop(self) -> None:
        self._over.set()
        self.join()


class Drain(NamedTuple):
    backlog: int
    rate: float  # pictures a second
    plain: float  # of as many uploads by as many threads, and nothing else

    def __str__(self) -> str:
        return (
            f"A backlog of {self.backlog} drains at {self.rate:.0f} pictures a second; plain parallel uploads make"
            f" {self.plain:.0f}: {self.rate / self.plain:.0%}."
        )


def drain(emulator: Emulator) -> Drain:
    """Let a backlog gather while S3 asks to slow down, and see how fast it goes when S3 is well."""
    plain = plain_rate(emulator, connections=8, pictures=BACKLOG)
    with scene(emulator, connections=8, patience=60) as stage:
        emulator.fault("error", status=503, code="SlowDown")
        with Fleet(stage.relay.port, rate=80) as fleet:
            while len(fleet.offers) < BACKLOG:
                time.sleep(0.1)
        backlog = len(stage.relay.left())
        emulator.clear_faults()
        while len(stage.relay.left()) == backlog:  # the forwarder's pause is not what is measured
            time.sleep(0.01)
        began = time.monotonic()
        stage.relay.wait_until_empty(120)
        return Drain(backlog, backlog / (time.monotonic() - began), plain)


if __name__ == "__main__":
    main()
