"""What is measured, what takes longest at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from .archives import archives, restores
from .contests import CAMERA, DAY, Contest, baseline, ours, shell
from .goals import memory, own_time, rate, requests, thrift, within
from .site import BUCKET, FIRST, Site, names

FLAT = {CAMERA: 50_000, "CAM-SMALL": 1000}


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
    """Sort a backlog. Beyond 20 ms the link decides and not the tool: there is no goal for the rate."""
    rclone = (
        "rclone move --s3-provider Other --s3-env-auth --s3-endpoint {url} --s3-no-check-bucket --transfers 64 "
        f"--checkers 64 --max-depth 1 --no-traverse --exclude '/{DAY}/**' :s3:{{b}}/{CAMERA} :s3:{{b}}/{CAMERA}/{DAY}"
    )
    aws = f"aws s3 mv --only-show-errors --recursive --exclude '*/*' s3://{{b}}/{CAMERA}/ s3://{{b}}/{CAMERA}/{DAY}/"
    sides = {"ours": ours("sort", CAMERA), "s5cmd": sort_by_s5cmd}
    if everybody:
        sides |= {"rclone": shell(rclone), "aws-cli": shell(aws), "seed's algorithm": baseline("seed", CAMERA, DAY)}
    goals = [thrift("s5cmd", 4), requests(1.02, count), memory(150)]
    if latency <= 0.02:
        goals.insert(0, rate("s5cmd", 3))
    return Contest(
        name=f"sort {count:,} pictures, {latency * 1000:.0f} ms",
        items=count,
        fill=backlog(count),
        sides=sides,
        check=lambda site: site.holds(f"{CAMERA}/{DAY}/")["count"] == count and site.holds(CAMERA)["count"] == count,
        latency=latency,
        goals=() if everybody else tuple(goals),
        **more,
    )


def lists() -> Contest:
    """Name the cameras of a bucket of 200,000 pictures."""
    keys = [f"CAM-{number:04}/{DAY}/{name}" for number in range(2000) for name in names(100)]
    return Contest(
        "list 2,000 cameras in 200,000 pictures",
        2000,
        lambda site: site.fill(keys, "small"),
        {"ours": ours("cameras")},
        lambda _: True,
        goals=(requests(0.001, 2000), own_time(0.05)),
    )


def workers(names_of_workers: str = "a b c") -> Contest:
    """Sort a backlog by three processes that share it and by one, so far from the bucket that no core limits them."""
    keys = [
        f"CAM-{camera}/{name}"
        for camera in range(8)
        for number in range(300)
        for name in names(40, day=FIRST + timedelta(days=number))
    ]
    core = f"{sys.executable} -m tests.bench.core {BUCKET} sort 'CAM-*'"
    shares = " ".join(f"{core} {worker} {names_of_workers} & pids+=($!);" for worker in names_of_workers.split())
    return Contest(
        f"sort {len(keys):,} pictures by three workers, 300 ms",
        len(keys),
        lambda site: site.fill(keys, "small"),
        {
            "ours": shell(f'{shares} for pid in "${{{{pids[@]}}}}"; do wait "$pid"; done'),
            "ours, one worker": shell(core),
        },
        lambda site: site.holds("")["count"] == len(keys) and site.holds("CAM-0/202")["count"] == 12_000,
        latency=0.3,
        goals=(rate("ours, one worker", 2.5),),
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
        goals=(requests(0.0011, len(keys), kind="DeleteObjects"),),
    )


def flat(what: str, *arguments: str) -> Contest:
    """Do the same with 50,000 pictures of one camera and with 1,000 of another: memory must not grow with them."""
    folder = f"{DAY}/" if arguments else ""
    done = "archive" if arguments else DAY
    keys = {camera: [f"{camera}/{folder}{name}" for name in names(count)] for camera, count in FLAT.items()}
    return Contest(
        f"{what} 50,000 small pictures and 1,000, memory",
        50_000,
        lambda site: site.fill([key for of_camera in keys.values() for key in of_camera], "small"),
        {"ours": ours(what, CAMERA, *arguments), "ours, 1,000 pictures": ours(what, "CAM-SMALL", *arguments)},
        lambda site: any(site.holds(f"{camera}/{done}")["count"] for camera in FLAT),
        goals=(memory(150), within("ours, 1,000 pictures", 1.2, "peak")),
        rounds=3,
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
        goals=(within("ansible -m ping", 2, "cpu"),),
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
        flat("sort"),
        flat("archive", DAY),
    ]
    if not quick:
        chosen += [
            sorts(3000, latency=0.08),
            sorts(30_000),
            sorts(30_000, latency=0.02),
            archives(100, size="large"),
            archives(250, days=31),
            archives(5000),
            workers(),
            sorts(200_000),
        ]
    return chosen
