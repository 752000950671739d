"""``python -m tests.bench``: run the suite, sides alternating, and write the tables and plot of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
from obstore.store import S3Store

from .contests import Contest
from .measure import Sample, run
from .report import PAGE, Results, write
from .site import BUCKET, Site, names
from .suite import suite


def hold(site: Site, contest: Contest, rounds: int) -> dict[str, list[Sample]]:
    """Run a contest: each round each side once, from the same start."""
    results: dict[str, list[Sample]] = {side: [] for side in contest.sides}
    for _ in range(contest.rounds or rounds):
        for side, command in contest.sides.items():
            site.clear()
            contest.fill(site)
            site.ask(f"set?latency={contest.latency}&writes={contest.writes}")
            sample = run(site, command(site))
            if not contest.check(site):
                sys.exit(f"{contest.name}: {side} did not do it")
            results[side].append(sample)
            print(
                f"{contest.name}: {side} {sample.wall:.2f} s, {sample.cpu:.2f} s CPU, {sample.peak:.0f} MB", flush=True
            )
    return results


def ceiling(site: Site, count: int = 4000) -> float:
    """Return the copies a second that the server makes by the CPU it takes for one: what it could, had it a core."""
    site.clear()
    keys = names(count)
    site.fill(keys, "small")
    store = S3Store(
        BUCKET,
        endpoint=site.url,
        virtual_hosted_style_request=False,
        access_key_id="bench",
        secret_access_key="bench",
        region="us-east-1",
        client_options={"allow_http": True},
    )
    before = site.cpu
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda key: obstore.copy(store, key, f"to/{key}"), keys))
    return count / (site.cpu - before)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds, and nothing that takes minutes")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--only", default="", help="contests whose name holds this")
    parser.add_argument("--output", type=Path, default=PAGE, help="a page with the marks of suite")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 5)
    work = Path(tempfile.mkdtemp(prefix="cctv-bench-"))
    try:
        with Site(work) as site:
            most = ceiling(site)
            chosen = [contest for contest in suite(quick=options.quick) if options.only in contest.name]
            results: Results = []
            for contest in chosen:
                results.append((contest, hold(site, contest, rounds)))
                write(options.output, results, ceiling=most, rounds=rounds)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
