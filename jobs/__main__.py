"""Run one scheduled job: ``python -m jobs sort``. Never two at once, never for ever, never unnoticed.

The playbook's output goes to the journal; a failure also goes to standard error, which cron mails (or the journal has,
from the unit that confines the job); how the last run ended is in a status file in any case.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import syslog
import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from jobs.config import PLAYBOOKS, ConfigError, Job, job, load

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_INVENTORY": "localhost,", "ANSIBLE_NOCOLOR": "1"}
TIMED_OUT = 124
BUSY = 75
MISCONFIGURED = 78
BROKEN = 70
TAIL = 40
"""Lines of the output that a failure's mail holds."""


def main() -> int:
    """Return the exit status: the playbook's, or 75 busy, 78 badly configured, 124 late, 70 a fault of its own."""
    parser = argparse.ArgumentParser(prog="jobs", description="Run one scheduled job of the relay.")
    parser.add_argument("job", choices=sorted(PLAYBOOKS))
    parser.add_argument("--config", type=Path, default=Path("/etc/hkawstoolkit/config.yaml"))
    parser.add_argument("--state", type=Path, default=Path("/var/lib/hkawstoolkit/jobs"))
    arguments = parser.parse_args()
    name, started = arguments.job, datetime.now(UTC)
    arguments.state.mkdir(parents=True, exist_ok=True)
    status = arguments.state / f"{name}.json"
    with (arguments.state / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return run(job(name, load(arguments.config)), status)
        except BlockingIOError:
            print(f"{name}: the run before this one still goes on; this one is left out.", file=sys.stderr)
            code = BUSY
        except ConfigError as error:
            print(error, file=sys.stderr)
            code = MISCONFIGURED
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            code = BROKEN
        _write(status, name, started, code)
        return code


def run(wanted: Job, status: Path) -> int:
    """Run the playbook to its end or its time limit, and write the status file."""
    started = datetime.now(UTC)
    tail: deque[str] = deque(maxlen=TAIL)
    syslog.openlog(f"cctv-{wanted.name}", syslog.LOG_PID, syslog.LOG_USER)
    with subprocess.Popen(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            f"playbooks/{wanted.playbook}.yml",
            "-e",
            f"@{_knobs(wanted, status.with_suffix('.knobs'))}",
        ],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        late = threading.Event()
        timer = threading.Timer(wanted.limit_seconds, _stop, (process, late))
        timer.start()
        if process.stdout:
            for line in process.stdout:
                if text := line.rstrip():
                    tail.append(text)
                    syslog.syslog(text)
        code = process.wait()
        timer.cancel()
    code = TIMED_OUT if late.is_set() else code
    _write(status, wanted.name, started, code)
    if code:
        reason = f"took longer than {wanted.limit_seconds / 60:g} minutes" if late.is_set() else f"failed ({code})"
        end = [] if _is_journal(sys.stderr.fileno()) else ["The end of its output:", *tail]
        print(f"{wanted.name} {reason}.", *end, sep="\n", file=sys.stderr)
    return code


def _is_journal(stream: int) -> bool:
    """Say whether the journal reads a stream: it has the playbook's output already."""
    found = os.fstat(stream)
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _knobs(wanted: Job, file: Path) -> Path:
    """Write the playbook's knobs for this user alone: Ansible reads no pipe, and everybody reads a command line."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(dict(wanted.knobs), stream)
    return file


def _stop(process: subprocess.Popen[str], late: threading.Event) -> None:
    """End the playbook and all that it started; everything it does may be cut short and run again."""
    late.set()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _write(status: Path, name: str, started: datetime, code: int) -> None:
    """Replace the status file at once: who reads it finds a whole one."""
    report = {
        "job": name,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_status": code,
    }
    written = status.with_suffix(".new")
    written.write_text(json.dumps(report) + "\n")
    written.replace(status)


if __name__ == "__main__":
    sys.exit(main())
