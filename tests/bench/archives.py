"""Archives, and what is brought back out of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from .contests import CAMERA, DAY, Contest, baseline, ours, shell
from .goals import memory, rate, requests, within
from .measure import run
from .site import BUCKET, FIRST, Site, names

PIPELINE = (
    "for day in %s; do rm -rf {work}/day {work}/day.tar.gz; mkdir {work}/day; "
    f'{{s5}} cp "s3://{{b}}/{CAMERA}/$day/*" {{work}}/day/; tar %sf {{work}}/day.tar.gz -C {{work}}/day .; '
    f"{{s5}} cp --storage-class GLACIER {{work}}/day.tar.gz s3://{{b}}/{CAMERA}/archive/$day.tar.gz; "
    f'{{s5}} rm "s3://{{b}}/{CAMERA}/$day/*"; done'
)
S3_TAR = f"s3-tar --source-bucket {{b}} --folder {CAMERA}/{DAY}/ --filename {CAMERA}/archive/{DAY}.tar.gz --remove"


def archives(count: int, *, days: int = 1, latency: float = 0.0, size: str = "usual", **more: object) -> Contest:
    """Archive ``days`` days of ``count`` pictures each: the scripts one after the other, and ``s3-tar`` one only."""
    some = [FIRST + timedelta(days=number) for number in range(days)]
    dates = [day.date().isoformat() for day in some]
    keys = [f"{CAMERA}/{day.date()}/{name}" for day in some for name in names(count, day=day)]
    label = "" if size == "usual" else f" {size}"
    sides = {
        "ours": ours("archive", CAMERA, *dates),
        "s5cmd + tar + gzip": shell(PIPELINE % (" ".join(dates), "cz")),
        "s5cmd + tar": shell(PIPELINE % (" ".join(dates), "c")),
        "s3-tar": shell(S3_TAR),
        "the limit": baseline("limit", f"{CAMERA}/"),
    }
    if days > 1:
        del sides["s3-tar"]
    return Contest(
        name=f"archive {days} day{'s' * (days > 1)} of {count:,}{label} pictures, {latency * 1000:.0f} ms",
        items=count * days,
        fill=lambda site: site.fill(keys, size),
        sides=sides,
        check=lambda site: site.holds(f"{CAMERA}/archive/")["count"] > 0 or site.holds("limit.bin")["count"] == 1,
        latency=latency,
        goals=(
            memory(150),
            rate("s5cmd + tar + gzip", 3),
            rate("s5cmd + tar", 1.6),
            within("the limit", 1.25),
        ),
        **more,
    )


def archived(count: int, size: str) -> Callable[[Site], None]:
    """Have a day of ``count`` pictures archived by our core, in a class that can be read at once."""

    def fill(site: Site) -> None:
        site.fill([f"{CAMERA}/{DAY}/{name}" for name in names(count)], size)
        run(site, ours("archive", CAMERA, DAY)(site))
        site.ask(f"thaw?bucket={BUCKET}")

    return fill


def restores() -> list[Contest]:
    """Bring back one picture, and whole days of small and of usual pictures, out of an archive."""
    one = names(5000)[1234]
    key = f"{CAMERA}/archive/{DAY}.tar.gz"
    whole_days = {
        "ours": lambda site: ours("restore", CAMERA, str(site.out))(site),
        "plain download": lambda site: baseline("download", key, str(site.out / "whole"))(site),
        "download + tar xzf": shell(f"{{s5}} cat s3://{{b}}/{key} | tar xzf - -C {{out}}"),
    }

    def there(site: Site) -> bool:
        return any(site.out.rglob("*.jpg")) or (site.out / "whole").exists()

    return [
        Contest(
            "restore 1 of 5,000 pictures",
            1,
            archived(5000, "small"),
            {"ours": lambda site: ours("restore", CAMERA, str(site.out), one)(site)},
            there,
            goals=(requests(2, 1, kind="GetObject"),),
        ),
        *(
            Contest(
                f"restore a day of {count:,} {size} pictures",
                count,
                archived(count, size),
                whole_days,
                there,
                goals=(within("plain download", 1.25),),
            )
            for count, size in ((2000, "small"), (1000, "usual"))
        ),
    ]
