"""What role firewall does besides its rules: it loads them at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def test_new_rules_are_in_force_when_a_later_role_fails(ansible: Ansible, tmp_path: Path) -> None:
    tasks, handlers = written_and_loaded(tmp_path)
    variables = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()) | {
        "firewall_camera_networks": ["192.0.2.0/24"],
        "firewall_owner_networks": ["198.51.100.0/24"],
    }
    later = {"ansible.builtin.fail": {"msg": "a later role"}}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": variables | {"ansible_python_interpreter": sys.executable},
        "tasks": [*tasks, later],
        "handlers": handlers,
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    done = ansible.run("ansible-playbook", str(tmp_path / "play.yml"), ANSIBLE_FORCE_HANDLERS="false")
    assert "a later role" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "cctv-firewall.nft").exists()
    assert (tmp_path / "loaded").exists()
