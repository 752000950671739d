"""Keep s3fs's cache within bounds while it is mounted: the oldest files go first.

Only files that are in the bucket go: those whose record says that every byte was uploaded, and that nobody has open.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import settings
from settings import Settings

QUIET_SECONDS = 60


def clean(told: Settings) -> tuple[int, int]:
    """Remove files until the cache is small and the disk free enough; return the files removed and those kept."""
    files = sorted(cached(told.cache_dir), key=lambda pair: pair[0].stat().st_mtime)
    size = sum(file.stat().st_blocks * 512 for file, _ in files)
    removed = kept = 0
    in_use = opened()
    for file, record in files:
        if size <= told.cache_max_bytes and shutil.disk_usage(told.cache_dir).free >= told.disk_free_bytes:
            break
        found = file.stat()
        if (
            found.st_ino in in_use
            or time.time() - found.st_mtime < QUIET_SECONDS
            or not uploaded(record, found.st_size)
        ):
            kept += 1
            continue
        record.unlink(missing_ok=True)  # first: s3fs takes a file without a record for an empty cache
        file.unlink(missing_ok=True)
        size -= found.st_blocks * 512
        removed += 1
    return removed, kept


def salvage(told: Settings) -> int:
    """Take what s3fs had not uploaded when it ended out of its cache, to be moved into the bucket; return how many."""
    batch = told.holding / str(time.time_ns())
    count = 0
    for file, record in list(cached(told.cache_dir)):
        found = file.stat()
        complete = found.st_size > 0 and found.st_blocks * 512 >= found.st_size  # no holes: written here, not read
        if complete and not uploaded(record, found.st_size):
            target = batch / file.relative_to(told.cache_dir).relative_to(file.relative_to(told.cache_dir).parts[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, target)
            record.unlink(missing_ok=True)
            count += 1
    return count


def cached(cache_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each cached file with its record: DIR/BUCKET/name and DIR/.BUCKET.stat/name."""
    for bucket in cache_dir.glob("[!.]*"):
        records = cache_dir / f".{bucket.name}.stat"
        for file in bucket.rglob("*"):
            if file.is_file():
                yield file, records / file.relative_to(bucket)


def uploaded(record: Path, size: int) -> bool:
    """Tell from s3fs's record (lines offset:length:loaded:modified) whether the whole file is in the bucket."""
    try:
        pages = [line.split(":") for line in record.read_text().splitlines()[1:]]
    except OSError:
        return False
    return all(page[3] == "0" for page in pages) and sum(int(page[1]) for page in pages) == size


def opened() -> set[int]:
    """Return the inodes of all files that an s3fs process has open."""
    inodes = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == "s3fs":
                inodes |= {os.stat(link).st_ino for link in (folder / "fd").iterdir()}
        except OSError:
            continue  # it ended meanwhile
    return inodes


def main() -> int:
    """Clean once, and say so if something was removed or had to stay."""
    told = settings.read()
    if told.cache_dir.is_dir():
        removed, kept = clean(told)
        if removed or kept:
            print(f"<6>removed {removed} files from {told.cache_dir}; {kept} are in use or not in the bucket yet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
