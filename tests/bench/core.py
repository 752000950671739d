"""``python -m tests.bench.core WHAT ...``: our core in a process of its own, without Ansible around it.

Each job loads what its module in ``library/`` loads. Prints what it did and the CPU seconds of the work alone, without
those of starting Python and botocore.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "module_utils"))

from cctv.dependencies import declared

with declared():
    from cctv.catalog import Catalog
    from cctv.clock import Zones
    from cctv.layout import Layout
    from cctv.selection import DayRule, name_filter, select_cameras
    from cctv.share import EVERYTHING, Share
    from cctv.store import Access, Store


def work(catalog: Catalog, what: str, arguments: list[str]) -> tuple[int, dict[str, str]]:
    """Do ``what``; return how many things were done and what failed."""
    if what == "sort":
        from cctv.sorting import Sorter

        globs, *workers = arguments
        share = Share(workers[0], tuple(workers[1:])) if workers else EVERYTHING
        sorter = Sorter(catalog=catalog, takes=name_filter([]), min_age=timedelta(0), share=share)
        sorted_ = sorter.sort(select_cameras(catalog.cameras(), [globs]))
        return sorted_.moved, sorted_.failures
    if what == "archive":
        from cctv.archiving import Archiver

        camera, *days = arguments
        done = Archiver(catalog=catalog, storage_class="GLACIER").archive(
            [(camera, date.fromisoformat(d)) for d in days]
        )
        return done.removed, done.failures
    if what == "restore":
        from cctv.folder import Folder
        from cctv.restoring import Restorer

        camera, folder, *globs = arguments
        restorer = Restorer(
            catalog=catalog,
            days=DayRule(),
            names=globs,
            tier="Standard",
            keep_days=1,
            destination=Folder(Path(folder)),
        )
        restored = restorer.restore([camera])
        return restored.written, restored.failures
    if what == "purge":
        from cctv.purging import Purger

        purged = Purger(catalog=catalog, older_than_days=1).purge(arguments)
        return purged.captures, purged.failures
    return len(catalog.cameras()), {}


def main() -> None:
    """Run one job against the endpoint in the environment."""
    bucket, what, *arguments = sys.argv[1:]
    now = datetime.now(UTC)
    catalog = Catalog(Store(Access(bucket=bucket)), Layout(), Zones.load("UTC"), now)
    before = time.process_time()
    done, failures = work(catalog, what, arguments)
    if failures:
        sys.exit(f"{len(failures)} failed: {next(iter(failures.items()))}")
    print(json.dumps({"done": done, "cpu": time.process_time() - before}))


if __name__ == "__main__":
    main()
