"""A scheduled run that does not come to its playbook leaves word of it all the same."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(config: Path, state: Path) -> tuple[int, int]:
    command = [sys.executable, "-m", "jobs", "--config", str(config), "--state", str(state), "sort"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    return done.returncode, json.loads((state / "sort.json").read_text())["exit_status"]


def test_a_bad_configuration_is_in_the_status_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("aws: {}")
    assert run(config, tmp_path / "state") == (78, 78)


def test_a_run_that_is_left_out_is_in_the_status_file(tmp_path: Path) -> None:
    with (tmp_path / "sort.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(tmp_path / "config.yaml", tmp_path) == (75, 75)


def test_the_journal_gets_the_end_of_the_output_once(tmp_path: Path) -> None:
    """It has the playbook's output already; cron, which has not, mails the end of it."""
    config = tmp_path / "config.yaml"
    config.write_text("aws: {cctv_bucket: my-video-surveillance}\njobs: {sort: {min_age_seconds: -1}}\n")
    told = {}
    for journal in (True, False):
        with (tmp_path / "told").open("w+") as stream:
            found = os.fstat(stream.fileno())
            environment = os.environ | ({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"} if journal else {})
            command = [sys.executable, "-m", "jobs", "--config", str(config), "--state", str(tmp_path), "sort"]
            done = subprocess.run(command, cwd=ROOT, env=environment, stderr=stream, check=False)
            stream.seek(0)
            told[journal] = stream.read()
        assert done.returncode == 2
    assert told[True] == "sort failed (2).\n"
    assert told[False].startswith("sort failed (2).\nThe end of its output:\n")
    assert "PLAY RECAP" in told[False]


def test_a_run_that_cannot_even_begin_is_in_the_status_file(tmp_path: Path) -> None:
    config, state = tmp_path / "config.yaml", tmp_path / "state"
    config.write_text("aws: {cctv_bucket: pictures}")
    (state / "sort.knobs").mkdir(parents=True)
    assert run(config, state) == (70, 70)
