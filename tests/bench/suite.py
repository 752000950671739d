"""What is measured."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from .contests import CAMERA, DAY, Contest, baseline, ours, shell
from .measure import run
from .site import BUCKET, FIRST, Site, names


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
S3_TAR = f"s3-tar --source-bucket {{b}} --folder {CAMERA}/{DAY}/ --filename {CAMERA}/archive/{DAY}.tar.gz --remove"


def archives(count: int, *, days: int = 1, latency: float = 0.0, size: str = "usual", **more: object) -> Contest:
    """Archive ``days`` days of ``count`` pictures each; the peers take one day only."""
    some = [FIRST + timedelta(days=number) for number in range(days)]
    dates = [day.date().isoformat() for day in some]
    keys = [f"{CAMERA}/{day.date()}/{name}" for day in some for name in names(count, day=day)]
    label = "" if size == "usual" else f" {size}"
    sides = {"ours": ours("archive", CAMERA, *dates)}
    if days == 1:
        sides |= {
            "s5cmd + tar + gzip": shell(PIPELINE % "cz"),
            "s5cmd + tar": shell(PIPELINE % "c"),
            "s3-tar": shell(S3_TAR),
            "the limit": baseline("limit", f"{CAMERA}/{DAY}/"),
        }
    return Contest(
        name=f"archive {days} day{'s' * (days > 1)} of {count:,}{label} pictures, {latency * 1000:.0f} ms",
        items=count * days,
        fill=lambda site: site.fill(keys, size),
        sides=sides,
        check=lambda site: site.holds(f"{CAMERA}/archive/")["count"] > 0 or site.holds("limit.bin")["count"] == 1,
        latency=latency,
        **more,
    )


def archived(count: int, size: str) -> Callable[[Site], None]:
    """Have a day of ``count`` pictures archived by our core, in a class that can be read at once."""

    def fill(site: Site) -> None:
        site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(count)], size)
        run(site, ours("archive", CAMERA, DAY)(site))
        site.ask(f"thaw?bucket={BUCKET}")
        shutil.rmtree(site.work / "out", ignore_errors=True)

    return fill


def restores() -> list[Contest]:
    """Bring back one picture, and whole days of small and of usual pictures, out of an archive."""
    one = names(5000)[1234]
    key = f"{CAMERA}/archive/{DAY}.tar.gz"
    whole_days = {
        "ours": lambda site: ours("restore", CAMERA, str(site.work / "out"))(site),
        "plain download": lambda site: baseline("download", key, str(site.work / "whole"))(site),
        "download + tar xzf": shell(f"mkdir {{work}}/out; {{s5}} cat s3://{{b}}/{key} | tar xzf - -C {{work}}/out"),
    }

    def there(site: Site) -> bool:
        return any((site.work / "out").rglob("*.jpg")) or (site.work / "whole").exists()

    return [
        Contest(
            "restore 1 of 5,000 pictures",
            1,
            archived(5000, "small"),
            {"ours": lambda site: ours("restore", CAMERA, str(site.work / "out"), one)(site)},
            there,
        ),
        *(
            Contest(f"restore a day of {count:,} {size} pictures", count, archived(count, size), whole_days, there)
            for count, size in ((2000, "small"), (1000, "usual"))
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


def workers(names_of_workers: str = "a b c") -> Contest:
    """Sort a backlog by three processes that share it and by one, so far from the bucket that no core limits them."""
    keys = [
        f"CAM-{camera}/{name}"
        for camera in range(8)
        for number in range(300)
        for name in names(30, day=FIRST + timedelta(days=number))
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
        lambda site: site.holds("")["count"] == len(keys) and site.holds("CAM-0/202")["count"] == 9000,
        latency=0.3,
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
        workers(),
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
            sorts(30_000, rounds=3),
            sorts(30_000, latency=0.02, rounds=3),
            sorts(3000, latency=0.08),
            sorts(200_000, rounds=1),
            archives(5000, rounds=3),
            archives(100, size="large", rounds=3),
            archives(250, days=31, rounds=3),
        ]
    return chosen


def _alone(contest: Contest) -> Contest:
    """Return ``contest`` with our side alone, once: for memory, which does not vary."""
    return replace(contest, name=f"{contest.name}, memory", sides={"ours": contest.sides["ours"]}, rounds=1)
