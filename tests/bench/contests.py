"""What is measured: each contest fills the bucket, lets its sides do the same job in turn, and checks the result."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .site import BUCKET, FIRST, Site, names

CAMERA = "CAM-EXT-001"
DAY = "2022-02-24"
Command = Callable[[Site], Sequence[str]]


def ours(*arguments: str) -> Command:
    """Our core."""
    return lambda site: [sys.executable, "-m", "tests.bench.core", BUCKET, *arguments]


def baseline(what: str, *arguments: str) -> Command:
    """One of our own baselines."""
    return lambda site: [sys.executable, "-m", "tests.bench.baselines", what, BUCKET, *arguments]


def shell(script: str) -> Command:
    """What a person would script; ``{s5}`` is s5cmd with its endpoint, ``{work}`` a folder."""
    return lambda site: [
        "bash",
        "-ec",
        script.format(s5=f"s5cmd --endpoint-url {site.url} --log error", url=site.url, work=site.work, b=BUCKET),
    ]


@dataclass(frozen=True)
class Contest:
    """``sides`` by name, ours first; ``items`` pictures each. ``check`` says whether the job is done."""

    name: str
    items: int
    fill: Callable[[Site], None]
    sides: dict[str, Command]
    check: Callable[[Site], bool]
    latency: float = 0.0
    writes: int = 0
    rounds: int | None = None


def sort_by_s5cmd(site: Site) -> Sequence[str]:
    """One ``mv`` per picture, as ``s5cmd run`` takes it: the list is there beforehand."""
    return ["s5cmd", "--endpoint-url", site.url, "--log", "error", "run", str(site.work / "moves")]


def backlog(count: int) -> Callable[[Site], None]:
    """Put ``count`` loose pictures into one camera, and s5cmd's list of moves beside."""

    def fill(site: Site) -> None:
        found = names(count)
        site.fill([f"{CAMERA}/{name}" for name in found], "small")
        moves = (f"mv s3://{BUCKET}/{CAMERA}/{name} s3://{BUCKET}/{CAMERA}/{DAY}/{name}\n" for name in found)
        (site.work / "moves").write_text("".join(moves))

    return fill


def sorts(count: int, *, latency: float = 0.0, everybody: bool = False, **more: object) -> Contest:
    """Sort a backlog."""
    rclone = (
        "rclone move --s3-provider Other --s3-env-auth --s3-endpoint {url} --s3-no-check-bucket --transfers 64 "
        f"--checkers 64 --max-depth 1 --no-traverse --exclude '/{DAY}/**' :s3:{{b}}/{CAMERA} :s3:{{b}}/{CAMERA}/{DAY}"
    )
    aws = f"aws s3 mv --only-show-errors --recursive --exclude '*/*' s3://{{b}}/{CAMERA}/ s3://{{b}}/{CAMERA}/{DAY}/"
    sides = {"ours": ours("sort", CAMERA), "s5cmd": sort_by_s5cmd}
    if everybody:
        sides |= {"rclone": shell(rclone), "aws-cli": shell(aws), "seed's algorithm": baseline("seed", CAMERA, DAY)}
    return Contest(
        name=f"sort {count:,} pictures, {latency * 1000:.0f} ms",
        items=count,
        fill=backlog(count),
        sides=sides,
        check=lambda site: site.holds(f"{CAMERA}/{DAY}/")["count"] == count and site.holds(CAMERA)["count"] == count,
        latency=latency,
        **more,
    )


PIPELINE = (
    "rm -rf {work}/day {work}/day.tar.gz; mkdir {work}/day; "
    f"{{s5}} cp 's3://{{b}}/{CAMERA}/{DAY}/*' {{work}}/day/; tar %sf {{work}}/day.tar.gz -C {{work}}/day .; "
    f"{{s5}} cp --storage-class GLACIER {{work}}/day.tar.gz s3://{{b}}/{CAMERA}/archive/{DAY}.tar.gz; "
    f"{{s5}} rm 's3://{{b}}/{CAMERA}/{DAY}/*'"
)


def archives(count: int, *, days: int = 1, latency: float = 0.0, size: str = "usual", **more: object) -> Contest:
    """Archive ``days`` days of ``count`` pictures each; the peers take one day only."""
    some = [FIRST + timedelta(days=number) for number in range(days)]
    dates = [day.date().isoformat() for day in some]
    keys = [f"{CAMERA}/{day.date()}/{name}" for day in some for name in names(count, day=day)]
    sides = {"ours": ours("archive", CAMERA, *dates)}
    if days == 1:
        sides |= {
            "s5cmd + tar + gzip": shell(PIPELINE % "cz"),
            "s5cmd + tar": shell(PIPELINE % "c"),
            "the limit": baseline("limit", f"{CAMERA}/{DAY}/"),
        }
    return Contest(
        name=f"archive {days} day{'s' * (days > 1)} of {count:,} pictures, {latency * 1000:.0f} ms",
        items=count * days,
        fill=lambda site: site.fill(keys, size),
        sides=sides,
        check=lambda site: site.holds(f"{CAMERA}/archive/")["count"] > 0 or site.holds("limit.bin")["count"] == 1,
        latency=latency,
        **more,
    )


def archived(site: Site) -> None:
    """Have a day of 5,000 pictures archived by our core, in a class that can be read at once."""
    from .measure import run

    site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(2000)], "small")
    run(site, ours("archive", CAMERA, DAY)(site))
    site.ask(f"thaw?bucket={BUCKET}")
    shutil.rmtree(site.work / "out", ignore_errors=True)


def restores() -> list[Contest]:
    """Bring back one picture, and a whole day, out of an archive."""
    one = names(2000)[1234]
    key = f"{CAMERA}/archive/{DAY}.tar.gz"
    there = lambda site: any((site.work / "out").rglob("*.jpg")) or (site.work / "whole").exists()  # noqa: E731
    return [
        Contest(
            "restore 1 of 2,000 pictures",
            1,
            archived,
            {"ours": lambda site: ours("restore", CAMERA, str(site.work / "out"), one)(site)},
            there,
        ),
        Contest(
            "restore a day of 2,000 pictures",
            2000,
            archived,
            {
                "ours": lambda site: ours("restore", CAMERA, str(site.work / "out"))(site),
                "plain download": lambda site: baseline("download", key, str(site.work / "whole"))(site),
                "download + tar xzf": shell(
                    f"mkdir {{work}}/out; {{s5}} cat s3://{{b}}/{key} | tar xzf - -C {{work}}/out"
                ),
            },
            there,
        ),
    ]


def lists() -> Contest:
    """Name the cameras of a bucket of 200,000 pictures."""
    keys = [f"CAM-{number:04}/{DAY}/{name}" for number in range(2000) for name in names(100)]
    return Contest(
        "list 2,000 cameras in 200,000 pictures",
        2000,
        lambda site: site.fill(keys, "small"),
        {"ours": ours("cameras")},
        lambda _: True,
    )


def purges() -> Contest:
    """Delete a year of one camera."""
    days = [FIRST + timedelta(days=number) for number in range(365)]
    keys = [f"{CAMERA}/{day.date()}/{name}" for day in days for name in names(20, day=day)]
    return Contest(
        "purge 365 days of 20 pictures",
        len(keys),
        lambda site: site.fill(keys, "small"),
        {"ours": ours("purge", CAMERA), "s5cmd rm": shell(f"{{s5}} rm 's3://{{b}}/{CAMERA}/202*'")},
        lambda site: site.holds(CAMERA)["count"] == 0,
    )


def start_ups() -> Contest:
    """A scheduled job that finds nothing to do, by Ansible, against Ansible alone."""
    arguments = f"bucket={BUCKET} timezone=UTC cameras={CAMERA}"
    return Contest(
        "a sort with nothing to do, by Ansible",
        1,
        lambda site: site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(100)], "small"),
        {
            "ours": lambda _: ["ansible", "localhost", "-m", "cctv_capture_sort", "-a", arguments],
            "ansible -m ping": lambda _: ["ansible", "localhost", "-m", "ping"],
        },
        lambda _: True,
    )


def suite(*, quick: bool) -> list[Contest]:
    """Return what is measured."""
    chosen = [
        sorts(300, everybody=True),
        sorts(3000),
        sorts(3000, latency=0.02),
        archives(250),
        archives(500),
        archives(250, latency=0.02),
        archives(50, days=8, latency=0.02),
        *restores(),
        lists(),
        purges(),
        start_ups(),
        Contest(
            "sort 3,000 pictures, 800 writes/s then 503",
            3000,
            backlog(3000),
            {"ours": ours("sort", CAMERA)},
            lambda site: site.holds(f"{CAMERA}/{DAY}/")["count"] == 3000,
            writes=800,
        ),
        *[_alone(sorts(count)) for count in (1000, 50_000)],
        *[_alone(archives(count, size="small")) for count in (1000, 50_000)],
    ]
    if not quick:
        chosen += [
            sorts(30_000),
            sorts(3000, latency=0.08),
            _alone(sorts(200_000)),
            archives(5000),
            archives(250, days=31),
        ]
    return chosen


def _alone(contest: Contest) -> Contest:
    """Return ``contest`` with our side alone, once: for memory, which does not vary."""
    return Contest(
        f"{contest.name}, memory", contest.items, contest.fill, {"ours": contest.sides["ours"]}, contest.check, rounds=1
    )
