"""The relay at a glance: what the forwarder, the mount's watchdog and the jobs say of themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from ansible.module_utils.cctv.errors import CctvError

FORWARDER = Path("/etc/hkawstoolkit/forwarder.yaml")
MOUNT = Path("/run/s3_mount/status.json")
JOBS = Path("/var/lib/hkawstoolkit/jobs")


def show(given: Namespace) -> int:
    """Print it; return 1 when somebody has to act."""
    try:
        mount = json.loads(MOUNT.read_text()) if MOUNT.exists() else None
        jobs = [json.loads(file.read_text()) for file in sorted(JOBS.glob("*.json"))]
    except (OSError, ValueError) as error:
        raise CctvError(f"How the relay is cannot be read ({error}): run this as root.") from error
    forwarder, screen, forwards = _forwarder(as_json=given.json)
    if not (forwarder or screen or mount or jobs):
        raise CctvError("Nothing of the relay is here: run this on the relay, as root.")
    well = forwards and (not mount or mount["state"] == "healthy") and not any(job["exit_status"] for job in jobs)
    if given.json:
        print(json.dumps({"healthy": well, "forwarder": forwarder, "mount": mount, "jobs": jobs}, indent=1))
    else:
        sys.stdout.write(screen)
        if mount:
            beside = f"{mount['waiting']} files wait beside it, {mount['rescued']} were moved in"
            print(f"mount      {mount['state']}, {beside}")
        for job in jobs:
            name, code = job["job"], job["exit_status"]
            how = f"with {code}: see journalctl -t cctv-{name}" if code else "well"
            print(f"{name:<11}ended {how}, at {job['finished']}")
    return 0 if well else 1


def _forwarder(*, as_json: bool) -> tuple[Any, str, bool]:
    """Return what the forwarder's own status says, if there is a forwarder."""
    if not FORWARDER.exists():
        return None, "", True
    command = [sys.executable, "-P", "-m", "forwarder", "status", *(["--json"] if as_json else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise CctvError(done.stderr.strip() or "The forwarder's status cannot be read: run this as root.")
    return (json.loads(done.stdout), "", not done.returncode) if as_json else (None, done.stdout, not done.returncode)
