"""Look after the mount: mend it when it is dead, hung or missing, and let nothing be hidden underneath.

Run every half minute. Writes /run/s3_mount/status.json, and a line to the journal whenever something changes.
"""

from __future__ import annotations

import fcntl
import json
import sys
import time
from dataclasses import asdict, dataclass

import cache
import mountpoint
import settings
import stranded
from settings import RUN, Settings

WARNING, NOTICE = "<4>", "<5>"  # the journal's priorities


@dataclass
class Status:
    """What the watchdog knows, for people and for other programs."""

    state: str
    since: float
    remounts: int = 0
    rescued: int = 0
    waiting: int = 0


def tend(told: Settings, last: Status) -> Status:
    """Bring the mount to life if it is not, bring in what was written underneath, and say what was done."""
    state = mountpoint.health(told)
    remounts = last.remounts
    if state.startswith(mountpoint.REFUSED) and last.state == mountpoint.HEALTHY:
        say(WARNING, f"{told.path} is {state}; if it stays so, it will be taken away")  # S3 may just be busy
        return Status(state, time.time(), last.remounts, last.rescued, last.waiting)
    if state != mountpoint.HEALTHY:
        say(WARNING, f"{told.path} is {state}; mounting it again", unless=last.state not in ("", mountpoint.HEALTHY))
        mountpoint.end(told)
        told.path.mkdir(parents=True, exist_ok=True)
        cache.salvage(told)
        state = mount(told)
        remounts += 1
        if state != mountpoint.HEALTHY:
            say(WARNING, f"{told.path} stays unmounted ({state})", unless=last.state == state)
            return Status(state, since(last, state), last.remounts, last.rescued, last.waiting)
        say(NOTICE, f"{told.path} is mounted")
    stranded.shelter_hidden()
    done = stranded.drain(told)
    say(NOTICE, f"moved {done.moved} files that {told.path} had not taken into the bucket", unless=not done.moved)
    failed = f"; {done.failed} failed, the first of them {done.trouble}" if done.failed else ""
    say(WARNING, f"{done.waiting} files wait in {told.holding}{failed}", unless=done.waiting in (0, last.waiting))
    return Status(state, since(last, state), remounts, last.rescued + done.moved, done.waiting)


def mount(told: Settings) -> str:
    """Mount over the folder while cameras may write to it, if they may; if one just did, over the closed one."""
    stranded.sweep(told.path, told.holding)
    state = mountpoint.make(told)
    if state == mountpoint.HEALTHY:
        return state
    mountpoint.end(told)
    if stranded.shelter(told.path, told.holding):
        state = mountpoint.make(told)
        if state != mountpoint.HEALTHY:
            mountpoint.end(told)
    return state  # not healthy: a camera is refused at once, instead of waiting for a mount that will not answer


def leave(told: Settings) -> None:
    """Take the mount away for good; what did not reach the bucket is beside the mount point then."""
    mountpoint.release(told)
    mountpoint.end(told)
    if told.path.is_dir():
        stranded.shelter(told.path, told.holding)
    cache.salvage(told)


def since(last: Status, state: str) -> float:
    """Return when this state began."""
    return last.since if last.state == state else time.time()


def say(priority: str, line: str, *, unless: bool = False) -> None:
    """Write a line for the journal."""
    if not unless:
        print(priority + line, file=sys.stderr, flush=True)


def main() -> int:
    """Tend the mount once; with --again, take it away first; with --end, take it away and leave it so."""
    told = settings.read()
    RUN.mkdir(mode=0o755, exist_ok=True)
    file = RUN / "status.json"
    with (RUN / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)  # the timer and a person may call at once
        if sys.argv[1:] == ["--end"]:
            leave(told)
            file.unlink(missing_ok=True)
            return 0
        last = Status(**json.loads(file.read_text())) if file.exists() else Status("", 0)
        if sys.argv[1:] == ["--again"]:  # its key or options changed
            mountpoint.end(told)
        status = tend(told, last)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(status)) + "\n")
        new.replace(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
