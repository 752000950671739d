"""What taking a relay apart leaves alone: the roles' own tasks, in a mount namespace of their own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount in a namespace of its own")


def remove(role: str, folder: Path, variables: dict[str, object], before: str, after: str) -> tuple[int, str, str]:
    """Run the tasks with what the shell did ``before``; return status, what they said, and what it saw ``after``."""
    given = {"ansible_python_interpreter": sys.executable, "__s3_mount_units": []} | variables
    task = {"name": "Remove it", "ansible.builtin.include_role": {"name": role, "tasks_from": "remove"}}
    play = {"hosts": "localhost", "connection": "local", "tasks": [task]}
    (folder / "play.yml").write_text(json.dumps([play]))
    words = [f"{Path(sys.executable).parent}/ansible-playbook", "-i", "localhost,", str(folder / "play.yml")]
    words += ["-e", json.dumps(given)]
    script = f"{before}\n{shlex.join(words)} > {folder}/said 2>&1; status=$?\n{after}\nexit $status\n"
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_ROLES_PATH": str(ROOT / "roles")}
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    said = (folder / "said").read_text()
    print(said)
    return done.returncode, " ".join(said.split()), done.stdout


@pytest.mark.parametrize("recorded", [False, True])
def test_a_disk_that_is_mounted_where_the_bucket_was_stays(tmp_path: Path, *, recorded: bool) -> None:
    storage = tmp_path / "storage"
    storage.mkdir()
    config = tmp_path / "s3_mount.json"
    if recorded:
        config.write_text(json.dumps({"path": str(storage)}))
    variables = {
        "s3_mount_path": str(storage),
        "s3_mount_credentials_file": str(tmp_path / "passwd"),
        "__s3_mount_library": str(tmp_path / "library"),
        "__s3_mount_config_file": str(config),
    }
    seen = f"findmnt --noheadings --output FSTYPE --mountpoint {storage}"
    status, _, after = remove("s3_mount", tmp_path, variables, f"mount -t tmpfs disk {storage}", seen)
    assert (status, after.strip()) == (0, "tmpfs")
    assert not config.exists()


def forwarder(folder: Path) -> dict[str, object]:
    (folder / "forwarder.yaml").write_text("bucket: b\n")
    return {
        "forwarder_spool": str(folder / "spool"),
        "forwarder_user": "cctv-nobody-here",
        "__forwarder_config_dir": str(folder),
        "__forwarder_state_file": str(folder / "state"),
        "__forwarder_units": [],
        "__forwarder_systemd": False,
        "__forwarder_looks": 1,
    }


def test_a_spool_that_cannot_be_looked_through_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    status, said, _ = remove("forwarder", tmp_path, forwarder(tmp_path), "", "")
    assert status != 0
    assert "cannot be looked through, so that pictures may wait there" in said
    assert (tmp_path / "forwarder.yaml").exists()


def test_the_forwarder_goes_once_nothing_waits(tmp_path: Path) -> None:
    (tmp_path / "spool" / ".queue").mkdir(parents=True)
    waiting = tmp_path / "spool" / ".queue" / "0.jpg"
    waiting.write_bytes(b"picture")
    variables = forwarder(tmp_path)
    status, said, _ = remove("forwarder", tmp_path, variables, "", "")
    assert (status != 0, "1 pictures still wait" in said) == (True, True)
    assert (tmp_path / "forwarder.yaml").exists()
    waiting.unlink()
    assert remove("forwarder", tmp_path, variables, "", "")[0] == 0
    assert not (tmp_path / "forwarder.yaml").exists()
    assert not (tmp_path / "spool").exists()
