"""What role capture_jobs writes for a job is what the job's playbook takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jobs.config import PLAYBOOKS, job

ROOT = Path(__file__).parents[2]
WRITTEN = yaml.safe_load((ROOT / "roles" / "capture_jobs" / "vars" / "main.yml").read_text())["__capture_jobs_config"]


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_playbook_takes_each_setting(name: str) -> None:
    config = {"aws": {"cctv_bucket": "b"}, "jobs": {name: WRITTEN["jobs"][name] | {"limit_minutes": 1}}}
    playbook = (ROOT / "playbooks" / f"{PLAYBOOKS[name]}.yml").read_text()
    for knob in job(name, config).knobs.keys() - {"cctv_bucket"}:
        assert f"{{{{ {knob} | " in playbook


def test_a_scheduled_archive_is_signed_and_stamped() -> None:
    assert {"signing_key", "timestamp_url"} <= WRITTEN["jobs"]["archive"].keys()
    wiring = yaml.safe_load((ROOT / "inventory" / "group_vars" / "all" / "wiring.yml").read_text())
    assert "cctv_jobs_signing_key" in wiring["capture_jobs_archive_signing_key"]
    assert "cctv_timestamp_url" in wiring["capture_jobs_archive_timestamp_url"]
