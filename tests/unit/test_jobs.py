"""A scheduled run that does not come to its playbook leaves word of it all the same."""

from __future__ import annotations

import fcntl
import json
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


def test_a_run_that_cannot_even_begin_is_in_the_status_file(tmp_path: Path) -> None:
    config, state = tmp_path / "config.yaml", tmp_path / "state"
    config.write_text("aws: {cctv_bucket: pictures}")
    (state / "sort.knobs").mkdir(parents=True)
    assert run(config, state) == (70, 70)
