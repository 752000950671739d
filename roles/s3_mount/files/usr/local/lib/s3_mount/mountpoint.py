"""The state of the mount, and the ways to end it and to make it, none of which can hang."""

from __future__ import annotations

import errno
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from limit import within
from settings import Settings

HEALTHY, MISSING, REFUSED = "healthy", "missing", "refused"


def health(settings: Settings) -> str:
    """Say how the mount is; it is healthy only if S3 answers through it."""
    if not layers(settings.path):
        return MISSING
    probe = settings.path / f".s3_mount.{secrets.token_hex(8)}"  # a new name: s3fs has to ask S3 for it
    try:
        within(settings.probe_seconds, lambda: str(probe.lstat()))
    except FileNotFoundError:
        return HEALTHY
    except TimeoutError:
        return f"hung: no answer within {settings.probe_seconds:g} s"
    except OSError as error:
        return "dead: its process is gone" if error.errno == errno.ENOTCONN else f"{REFUSED}: {error.strerror}"
    return HEALTHY


def layers(path: Path) -> int:
    """Count the s3fs mounts at the path, without touching them; what else is mounted there is not ours."""
    escaped = re.sub(r"[\s\\]", lambda found: f"\\{ord(found[0]):03o}", str(path))
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return sum(line.split(" ")[4] == escaped and " - fuse.s3fs " in line for line in lines)


def release(settings: Settings) -> None:
    """Take a healthy mount away in good order: s3fs brings what it holds to the bucket first."""
    deadline = time.monotonic() + settings.settle_seconds
    while layers(settings.path) and (left := deadline - time.monotonic()) > 0:
        end_sessions(settings)
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(["umount", settings.path], timeout=left, check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.5)


def end_sessions(settings: Settings) -> None:
    """End the sessions that stand in the mount: their clients log in again, instead of being refused for ever."""
    for pid, _ in _processes():
        if _name(pid) in settings.end_sessions_of and _stands_in(pid, settings.path):
            _kill(pid, signal.SIGTERM)


def end(settings: Settings) -> None:
    """Kill s3fs, end the sessions that stand in the mount, and take the mount away however it is."""
    for pid, words in _processes():
        if Path(words[0]).name == "s3fs" and str(settings.path) in words:
            _kill(pid, signal.SIGKILL)
    end_sessions(settings)
    for _ in range(layers(settings.path)):
        subprocess.run(["umount", "-l", settings.path], timeout=10, check=False, stderr=subprocess.DEVNULL)


def make(settings: Settings) -> str:
    """Mount by the entry in fstab and wait for S3 to answer; return how the mount is then."""
    if Path("/run/systemd/system").is_dir():  # so that s3fs belongs to the mount's unit, not to who calls us
        escape = ["systemd-escape", "--path", "--suffix=mount", str(settings.path)]
        unit = subprocess.run(escape, check=True, capture_output=True, text=True).stdout.strip()
        for _ in range(50):  # systemd needs a moment to see that the old mount is gone
            if subprocess.run(["systemctl", "--quiet", "is-active", unit], check=False).returncode:
                break
            time.sleep(0.1)
        command = ["systemctl", "start", unit]
    else:
        command = ["mount", str(settings.path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=settings.settle_seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"{MISSING}: {command[0]} did not finish within {settings.settle_seconds:g} s"
    if done.returncode:
        return f"{MISSING}: {(done.stderr.strip().splitlines() or ['mount failed'])[0]}"
    # s3fs says yes before it has asked S3; with a wrong key it takes the mount away again later.
    return health(settings)


def _processes() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        yield int(folder.name), words


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _stands_in(pid: int, path: Path) -> bool:
    """Tell from the kernel's table alone whether a process's working directory is in the mount."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(path)
    except OSError:
        return False


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
