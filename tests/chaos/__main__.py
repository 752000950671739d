"""The whole table, as Markdown: ``python -m tests.chaos`` (hours), or a part of it (see --help)."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from tests.chaos.course import Outcome, course, run
from tests.chaos.deployed import deployed
from tests.chaos.faults import FAULTS, faults_of, pairs
from tests.chaos.power import power_cut
from tests.chaos.throughput import plain_rate
from tests.emulator.client import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = (
    "| fault | seconds | offered | acknowledged | refused | no reply | lost | stored twice | half pictures "
    "| backlog | drained in | PUT per picture |"
)


def main() -> int:
    options = _options()
    broken = 0
    if options.way:
        with Emulator.start(latency_ms=options.latency_ms) as emulator, deployed(options.way, emulator) as stage:
            stage.may_refuse = options.way == "mount"
            for seconds, faults in _courses(options, faults_of(options.way)):
                stage.relay.clear(emulator)
                outcome = course(stage, faults, seconds, rate=options.rate)
                broken += not outcome.holds
                print(_row(outcome), flush=True)
        return bool(broken)
    for seconds, faults in _courses(options, faults_of("spool", deployed=False)):
        with Emulator.start(latency_ms=options.latency_ms) as emulator:
            outcome = run(emulator, faults, seconds, rate=options.rate)
        broken += not outcome.holds
        print(_row(outcome), flush=True)
    if not options.fault:
        with Emulator.start() as emulator:
            broken += _power_cuts(emulator)
            print(f"\nPlain parallel uploads: {plain_rate(emulator, connections=8):.0f} pictures a second.")
    return bool(broken)


def _courses(options: argparse.Namespace, names: list[str]) -> Iterator[tuple[float, list[str]]]:
    """Print the table's head and yield each run: how long, and which faults together."""
    print(_HEAD + "\n|" + " --- |" * 12, flush=True)
    courses = [[name] for name in names if not options.fault or name in options.fault]
    if options.pairs:
        courses += pairs(names[1:])
    for seconds in options.seconds:
        yield from ((seconds, faults) for faults in courses)


def _power_cuts(emulator: Emulator) -> int:
    broken = 0
    print("\n| power cut | acknowledged before | lost | stored twice | half pictures |\n|" + " --- |" * 5)
    for kind, options in (("ext4", "loop"), ("xfs", "loop"), ("btrfs", "loop,sync")):
        for during in ("none", "S3 refuses connections", "forwarder killed"):
            cut = power_cut(emulator, kind, options=options, during=during)
            books = cut.balance
            broken += not (books.holds and cut.emptied)
            cells = (f"{kind}, {during}", books.acknowledged, books.lost, books.twice, books.foreign)
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
            time.sleep(1)
    return broken


def _row(outcome: Outcome) -> str:
    books = outcome.balance
    drained = f"{outcome.drained_in:.1f} s" if outcome.emptied else "never"
    puts = outcome.requests.get("PutObject", 0) / max(1, books.stored)
    cells = (
        outcome.fault,
        f"{outcome.seconds:g}",
        books.offered,
        books.acknowledged,
        books.refused,
        books.no_reply,
        books.lost,
        books.twice,
        books.foreign,
        outcome.backlog,
        drained,
        f"{puts:.2f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, nargs="+", default=[30.0, 300.0], help="how long a fault lasts")
    parser.add_argument("--pairs", action="store_true", help="every two faults together as well")
    parser.add_argument("--fault", nargs="+", default=[], choices=FAULTS, metavar="FAULT", help="only these")
    parser.add_argument("--way", choices=["spool", "mount"], help="on a relay that site.yml makes in a container")
    parser.add_argument("--rate", type=float, default=12.0, help="pictures a second of all cameras")
    parser.add_argument("--latency-ms", type=float, default=40.0, help="of S3")
    return parser.parse_args()


raise SystemExit(main())
