"""The demo: a fleet of cameras, a relay, a bucket, and every job of the toolkit, each run twice.

``make demo`` starts an emulated S3 on loopback (nothing leaves this machine) and a relay in a container, has the
cameras send, runs the playbooks and leaves all of it up, with the commands to try next. ``make demo-stop`` ends it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

from demo import viewer
from demo.arrival import fill, history, provision, through
from demo.fleet import FIRST, Picture
from demo.place import BUCKET, ROOT, RUN, ZONE, heading
from tests.emulator.client import Emulator

SHOWN = 14  # lines of a report; the log has them all
CHANGED = re.compile(r"changed=(\d+)")


class Toolkit:
    """Runs playbooks against the demo's bucket, and keeps what each said in ``demo/run/``."""

    def __init__(self, emulator: Emulator) -> None:
        self._environment = os.environ | emulator.environment | {"ANSIBLE_FORCE_COLOR": "false"}

    def play(self, name: str, *, check: bool = False, quiet: bool = False, **knobs: Any) -> int:
        """Run one playbook, print its report, and return how many tasks changed something."""
        variables = {"cctv_bucket": BUCKET, "cctv_timezone": ZONE} | {f"cctv_{key}": knobs[key] for key in knobs}
        command = ["ansible-playbook", f"playbooks/{name}.yml", "-e", json.dumps(variables)]
        done = subprocess.run(
            command + ["--check"] * check, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        with (RUN / f"{name}.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}")
        lines = [] if quiet else _report(done.stdout)
        for line in lines[:SHOWN]:
            print(f"   {line}")
        if len(lines) > SHOWN:
            print(f"   ... and {len(lines) - SHOWN} more lines, in demo/run/{name}.log")
        recap = CHANGED.findall(done.stdout)
        return int(recap[-1]) if recap else 0

    def twice(self, name: str, **knobs: Any) -> None:
        """Run one playbook, and again: the second run must change nothing."""
        self.play(name, **knobs)
        if self.play(name, quiet=True, **knobs):
            sys.exit(f"{name} changed something when it was run again: see demo/run/{name}.log")
        print("   Run again: nothing to change.")


def _report(output: str) -> list[str]:
    """Return the lines of the playbook's own report, the ``msg`` of its last task."""
    found = re.findall(r"^    msg:(.*(?:\n(?:        |    -).*)*)", output, re.MULTILINE)
    return [line.strip(" -|'") for line in found[-1].splitlines() if line.strip(" -|'")] if found else []


def keys_and_bytes(emulator: Emulator) -> Mapping[str, int]:
    """Return the size of every object in the bucket."""
    pages = emulator.boto3_client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", ())}


def main() -> None:
    began = time.monotonic()
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    state = RUN / "emulator.json"
    emulator = Emulator.start(state_file=state)
    toolkit = Toolkit(emulator)
    now = dt.datetime.now(ZoneInfo(ZONE))

    emulator.boto3_client().create_bucket(Bucket=BUCKET)
    pool = ThreadPoolExecutor(1)
    provisioning = pool.submit(provision, emulator)  # takes a minute or two, and the jobs need no relay

    heading("Eleven cameras have been sending pictures")
    recent: list[Picture] = []
    count = fill(emulator, history(now, recent))
    print(f"   {count:,} objects, from eleven cameras of several makes")

    heading("Which cameras are there?  (playbooks/cameras_list.yml)")
    toolkit.play("cameras_list")

    heading("Sort the loose pictures by the day they were captured  (playbooks/captures_sort.yml)")
    toolkit.twice("captures_sort")

    heading("What would archiving do?  (playbooks/captures_archive.yml --check)")
    toolkit.play("captures_archive", check=True, older_than_days=30)
    heading("Archive the days older than a month into Glacier  (playbooks/captures_archive.yml)")
    toolkit.twice("captures_archive", older_than_days=30)

    night = (now - dt.timedelta(days=41)).date().isoformat()
    evidence = RUN / "evidence"
    heading(f"Read pictures of {night} back out of a cold archive  (playbooks/captures_restore.yml)")
    toolkit.play("captures_restore", check=True, camera=FIRST, date=night, destination=str(evidence))
    toolkit.twice("captures_restore", camera=FIRST, date=night, destination=str(evidence), wait=True, wait_interval=1)

    heading("Delete what is older than 100 days, archives too  (playbooks/captures_purge.yml)")
    toolkit.play("captures_purge", check=True, older_than_days=100, include_archives=True)
    toolkit.twice("captures_purge", older_than_days=100, include_archives=True)

    heading("Meanwhile a bare Debian has become a relay  (playbooks/site.yml): nine cameras send to it over FTP")
    relay = through(provisioning.result(), emulator, recent)
    count += len(recent)

    heading("Look at them  (python -m viewer)")
    where = viewer.start(emulator, BUCKET, ZONE)
    print(f"   {where}")

    heading("And now?")
    toolkit.play("cameras_list")
    left = keys_and_bytes(emulator)
    archives = sum(key.endswith(".tar.gz") for key in left)
    print(f"""
   {len(left):,} objects where there were {count:,}; {archives} archives, each with an index beside it.
   Pictures brought back: {sum(1 for _ in evidence.rglob("*.jpg"))}, in {evidence.relative_to(ROOT)}/{FIRST}/{night}/
   It took {time.monotonic() - began:.0f} seconds. Everything is still up; try next:

     the viewer: {where}
{relay}
     export {" ".join(f"{name}={value}" for name, value in emulator.environment.items())}
     .venv/bin/ansible-playbook playbooks/cameras_list.yml -e cctv_bucket={BUCKET}
     .venv/bin/ansible localhost -m cctv_capture_info -a "bucket={BUCKET} camera={FIRST} date={night}"
     make demo-stop
""")


if __name__ == "__main__":
    main()
