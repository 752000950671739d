"""Run modules and playbooks by Ansible itself, as a user does, against an emulated AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

Task = dict[str, Any]


@dataclass(frozen=True)
class Ansible:
    """Runs in ``folder`` with the emulator's credentials in the environment, and nobody else's."""

    emulator: Emulator
    folder: Path

    def tasks(self, *tasks: Task) -> list[dict[str, Any]]:
        """Run ``tasks`` one after the other, failed or not, and return their results."""
        numbered = [{**task, "register": f"r{n}", "ignore_errors": True} for n, task in enumerate(tasks)]
        results = f"{{{{ [{', '.join(f'r{n}' for n in range(len(tasks)))}] | to_json }}}}"
        save = {"ansible.builtin.copy": {"content": results, "dest": str(self.folder / "results.json"), "mode": "0600"}}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [*numbered, save]}
        (self.folder / "tasks.yml").write_text(json.dumps([play]))
        done = self.run("ansible-playbook", str(self.folder / "tasks.yml"))
        assert done.returncode == 0, done.stdout + done.stderr
        found: list[dict[str, Any]] = json.loads((self.folder / "results.json").read_text())
        return found

    def playbook(self, name: str, *flags: str, **knobs: Any) -> subprocess.CompletedProcess[str]:
        """Run one of the project's playbooks with ``knobs``."""
        return self.run("ansible-playbook", str(ROOT / "playbooks" / name), "-e", json.dumps(knobs), *flags)

    def adhoc(self, module: str, *flags: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run one module from the command line."""
        return self.run("ansible", "localhost", "-c", "local", "-m", module, "-a", json.dumps(options), *flags)

    def run(self, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs."""
        mine = {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "TZ": "UTC",
        }
        command = [str(BIN / program), *arguments]
        known = mine | self.emulator.environment | environment
        return subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False, timeout=120)


def four_beats(module: str, **options: Any) -> list[Task]:
    """Would change, changes, would not, does not."""
    return [{module: options, "check_mode": check, "diff": True} for check in (True, False, True, False)]
