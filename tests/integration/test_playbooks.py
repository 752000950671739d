"""The playbooks say what they did, also where Ansible calls a task skipped, and end badly when something failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from tests.integration.ansible_runs import Ansible
    from tests.integration.bucket_contents import Contents


def recap(output: str) -> dict[str, int]:
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", output.rpartition("PLAY RECAP")[2])}


def test_sort_twice_with_one_growing(ansible: Ansible, contents: Contents) -> None:
    contents.put(f"CAM-1/{name(1)}", f"CAM-1/{name(2)}")
    contents.put("CAM-1/growing.jpg", body=b"")
    knobs = {"cctv_bucket": contents.bucket, "cctv_camera": "CAM-1", "cctv_min_age_seconds": 0}
    would = ansible.playbook("captures_sort.yml", "--check", **knobs)
    assert would.returncode == 0
    assert f"CAM-1/{name(1)} -> CAM-1/{DAY}/{name(1)}" in would.stdout
    first = ansible.playbook("captures_sort.yml", **knobs)
    assert "2 pictures sorted, 1 left for the next run." in first.stdout
    assert (first.returncode, recap(first.stdout)["changed"]) == (0, 1)
    second = ansible.playbook("captures_sort.yml", **knobs)
    assert (second.returncode, recap(second.stdout)["changed"]) == (0, 0)


def test_what_failed_is_told(ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
    contents.put(f"CAM-1/{name(1)}", f"CAM-1/{name(2)}")
    emulator.fault("error", operation="CopyObject", key="*071501*", status=403, code="AccessDenied")
    done = ansible.playbook("captures_sort.yml", cctv_bucket=contents.bucket, cctv_min_age_seconds=0)
    assert done.returncode == 2
    assert "1 picture sorted" in done.stdout
    assert f"Failed: CAM-1/{name(1)}: Not allowed to s3:GetObject" in done.stdout


def test_what_must_be_said(ansible: Ansible, contents: Contents) -> None:
    contents.day("CAM-1", 1)
    before = contents.state()
    for playbook, knobs, sentence in (
        ("captures_sort.yml", {}, "Say which bucket: -e cctv_bucket=NAME"),
        ("captures_purge.yml", {"cctv_bucket": contents.bucket}, "-e cctv_older_than_days=DAYS"),
    ):
        done = ansible.playbook(playbook, **knobs)
        assert done.returncode == 2
        assert sentence in done.stdout + done.stderr
    plan = ansible.playbook("captures_purge.yml", "--check", cctv_bucket=contents.bucket, cctv_older_than_days=1)
    assert plan.returncode == 0
    assert f"CAM-1/{DAY}/" in plan.stdout
    assert contents.state() == before
