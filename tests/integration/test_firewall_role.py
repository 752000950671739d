"""What role firewall does besides its rules: it loads them at once, and locks nobody out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.integration.ansible_runs import ROOT

if TYPE_CHECKING:
    from tests.integration.ansible_runs import Ansible

ROLE = ROOT / "roles" / "firewall"


def written_and_loaded(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The role's tasks that need no root, which write into ``folder``, and a handler that leaves a mark there."""
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    kept = [task for task in tasks if {"ansible.builtin.template", "ansible.builtin.meta"} & task.keys()]
    for task in kept:
        task.pop("become", None)
        if template := task.get("ansible.builtin.template"):
            template |= {
                "src": str(ROLE / "templates" / template["src"]),
                "dest": str(folder / Path(template["dest"]).name),
            }
    (handler,) = yaml.safe_load((ROLE / "handlers" / "main.yml").read_text())
    mark = {"dest": str(folder / "loaded"), "content": "", "mode": "0600"}
    return kept, [{"name": handler["name"], "listen": handler["listen"], "ansible.builtin.copy": mark}]


def play(folder: Path, **more: Any) -> str:
    """A play on this machine with the role's variables, as a file."""
    variables = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()) | {
        "firewall_camera_networks": ["192.0.2.0/24"],
        "firewall_owner_networks": ["198.51.100.0/24"],
        "ansible_python_interpreter": sys.executable,
    }
    file = folder / "play.yml"
    file.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "vars": variables} | more]))
    return str(file)


def test_new_rules_are_in_force_when_a_later_role_fails(ansible: Ansible, tmp_path: Path) -> None:
    tasks, handlers = written_and_loaded(tmp_path)
    later = {"ansible.builtin.fail": {"msg": "a later role"}}
    file = play(tmp_path, gather_facts=False, tasks=[*tasks, later], handlers=handlers)
    done = ansible.run("ansible-playbook", file, ANSIBLE_FORCE_HANDLERS="false")
    assert "a later role" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "cctv-firewall.nft").exists()
    assert (tmp_path / "loaded").exists()


@pytest.mark.parametrize(
    ("connection", "refused"),
    [
        ("198.51.100.7 50000 192.0.2.1 22", ""),
        (
            "198.51.99.7 50000 192.0.2.1 22",
            "it reaches port 22 of localhost from 198.51.99.7: set firewall_owner_networks",
        ),
        ("198.51.100.7 50000 192.0.2.1 2222", "it reaches port 2222 of localhost from 198.51.100.7: set"),
        ("", ""),
    ],
)
def test_who_runs_it_is_not_locked_out(ansible: Ansible, tmp_path: Path, connection: str, refused: str) -> None:
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    checks = [task for task in tasks if "ansible.builtin.assert" in task]
    file = play(tmp_path, gather_subset=["!all", "!min", "env"], tasks=checks)
    done = ansible.run("ansible-playbook", file, SSH_CONNECTION=connection)
    said = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode != 0) is bool(refused), said
    assert refused in said
