"""Files that were written to the folder underneath the mount: taken to safety, then moved into the bucket."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from limit import within
from settings import RUN, Settings, read

QUIET_SECONDS = 5  # a file that changed since then may still be written
REJECTED = ".rejected"  # what a spool, where the folder was one, set aside for a person: not for the bucket
SECONDS_PER_FILE = 60
SECONDS_PER_RUN = 20  # the rest waits for the next run, so that the mount is not left without its watchdog


@dataclass
class Drained:
    """What one run brought into the bucket, and what it did not: the files still waiting, and the first that failed."""

    moved: int = 0
    waiting: int = 0
    failed: int = 0
    trouble: str = ""


def sweep(folder: Path, holding: Path) -> int:
    """Move everything in the folder beside it: a rename, so nothing can be half moved."""
    found = list(folder.iterdir())
    for place, entries in (
        (holding, [entry for entry in found if entry.name != REJECTED]),
        (holding.with_name(f".{folder.name}{REJECTED}"), [entry for entry in found if entry.name == REJECTED]),
    ):
        if entries:
            batch = place / str(time.time_ns())
            place.mkdir(mode=0o700, exist_ok=True)
            batch.mkdir()
            for entry in entries:
                entry.rename(batch / entry.name)
    return len(found)


def shelter(folder: Path, holding: Path) -> int:
    """Close the folder, and move everything in it beside it."""
    folder.chmod(0o000)
    os.chown(folder, 0, 0)
    return sweep(folder, holding)


def shelter_hidden() -> int:
    """Do the same with the folder that a mount hides: a private view of its parent shows it."""
    command = ["unshare", "--mount", "--propagation", "private", sys.executable, __file__]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return int(done.stdout)


def drain(told: Settings) -> Drained:
    """Move what was taken to safety into the bucket; one file that cannot be moved keeps no other back."""
    begun = time.monotonic()
    batches = sorted(told.holding.glob("*"))
    files = [(file, batch) for batch in batches for file in sorted(batch.rglob("*")) if file.is_file()]
    done = Drained(waiting=len(files))
    for file, batch in files:
        if time.monotonic() - begun > SECONDS_PER_RUN:
            break
        try:
            if _may_still_be_written(file):
                continue
            within(SECONDS_PER_FILE, partial(_move, file, told.path / file.relative_to(batch)))
        except OSError as error:
            done.failed += 1
            done.trouble = done.trouble or f"{file}: {error}"
            continue
        done.moved += 1
        done.waiting -= 1
    for batch in batches:
        _remove_empty(batch)
    with suppress(OSError):  # it is not there, or not empty
        told.holding.rmdir()
    return done


def _may_still_be_written(file: Path) -> bool:
    """Tell whether it just changed, or the FTP server, which held it open when it was moved here, has it locked."""
    if 0 <= time.time() - file.stat().st_mtime < QUIET_SECONDS:
        return True
    with file.open("rb") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _move(file: Path, destination: Path) -> None:
    """Copy one file into the mount, and delete it only after S3 has confirmed every byte of it."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    target = destination
    while not (_begins(target, file) or _begins(file, target)):
        number += 1  # another picture has that name: keep both
        target = destination.with_stem(f"{destination.stem}.stranded-{number}")
    if not _begins(file, target):
        with file.open("rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())  # s3fs uploads now, with the content's MD5, and says whether S3 took it
        shutil.copystat(file, target)
    file.unlink()


def _begins(part: Path, whole: Path) -> bool:
    """Tell whether one file is the beginning of the other: what an interrupted copy or upload left of it."""
    try:
        with part.open("rb") as beginning, whole.open("rb") as all_of_it:
            content = beginning.read()
            return all_of_it.read(len(content)) == content
    except FileNotFoundError:
        return part.exists() < whole.exists()


def _remove_empty(batch: Path) -> None:
    for folder, _, _ in os.walk(batch, topdown=False):
        if not any(Path(folder).iterdir()):
            Path(folder).rmdir()


def _show_hidden() -> None:
    """In a mount namespace of our own: bind the parent without what is mounted in it, and shelter from there."""
    told = read()
    view = RUN / "below"
    view.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", told.path.parent, view], check=True)
    print(shelter(view / told.path.name, view / told.holding.name))


if __name__ == "__main__":
    _show_hidden()
