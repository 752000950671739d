"""Pictures are taken from the folder that cameras write to, and a spool that is moved is emptied first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.integration.ansible_runs import ROOT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.integration.ansible_runs import Ansible

TASKS = ("main", "preflight", "remove")


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    """Roles of the same names that do nothing but say when the spool is emptied."""
    folder = tmp_path / "roles"
    for role in (ROOT / "roles").iterdir():
        (folder / role.name / "tasks").mkdir(parents=True)
        for name in TASKS:
            (folder / role.name / "tasks" / f"{name}.yml").write_text("[]\n")
    said = {"name": "Say it", "ansible.builtin.debug": {"msg": "emptying {{ forwarder_spool }}"}}
    (folder / "forwarder" / "tasks" / "remove.yml").write_text(yaml.safe_dump([said]))
    return folder


def deploy(ansible: Ansible, roles: Path, *given: str) -> subprocess.CompletedProcess[str]:
    """Look what relay_deploy.yml would do to this machine."""
    words = ["ansible_connection=local", f"ansible_python_interpreter={sys.executable}", "ansible_become=false"]
    company = ["-i", str(ROOT / "inventory" / "company.yml"), "-l", "berlin-office", "--check"]
    command = [*company, str(ROOT / "playbooks" / "relay_deploy.yml"), "-e", " ".join([*words, *given])]
    return ansible.run("ansible-playbook", *command, ANSIBLE_ROLES_PATH=str(roles))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            ("cctv_ingest=spool", "forwarder_spool=/srv/elsewhere"),
            "pictures would be taken from /srv/elsewhere: set forwarder_spool to the same folder",
        ),
        (
            ("cctv_ingest=mount", "cctv_prefix=''", "ftp_server_root=/srv/cctv"),
            "Cameras write to /srv/cctv/storage (ftp_server_root and ftp_server_upload_dir), but pictures would be"
            " taken from /var/lib/cctv/storage: set s3_mount_path to the same folder",
        ),
    ],
)
def test_another_folder_than_cameras_write_to_is_refused(
    ansible: Ansible, roles: Path, given: tuple[str, ...], sentence: str
) -> None:
    done = deploy(ansible, roles, *given)
    assert done.returncode == 2, done.stdout + done.stderr
    assert sentence in " ".join(done.stdout.split())


@pytest.mark.parametrize(("root", "moved"), [("/srv/cctv", True), ("/var/lib/cctv", False)])
def test_a_spool_that_is_moved_is_emptied_first(ansible: Ansible, roles: Path, root: str, *, moved: bool) -> None:
    told = roles.parent / "forwarder.yaml"
    told.write_text("bucket: b\nspool: /var/lib/cctv/storage\n")
    done = deploy(ansible, roles, f"ftp_server_root={root}", f"__relay_forwarder={told}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("emptying /var/lib/cctv/storage" in done.stdout) is moved
