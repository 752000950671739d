"""What a role has changed takes effect, also where the run fails before its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_service_hears_of_new_settings_when_the_run_fails(tmp_path: Path) -> None:
    changed = {"ansible.builtin.debug": {"msg": "new settings"}, "changed_when": True, "notify": "restart"}
    failing = {"ansible.builtin.fail": {"msg": "what comes after"}}
    restart = {"name": "restart", "ansible.builtin.debug": {"msg": "it is restarted"}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [changed, failing], "handlers": [restart]}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    command = [Path(sys.executable).with_name("ansible-playbook"), str(tmp_path / "play.yml")]
    plain = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | plain, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "it is restarted" in done.stdout
