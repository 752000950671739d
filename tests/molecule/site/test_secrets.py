"""Each secret lies in one file of the one user who needs it, and in nothing that is shown, stated or handed on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from conftest import INGEST, PASSWORD, inside, processes, secrets

ROOT = Path(__file__).parents[3]
LOOK = """
- hosts: relays
  vars_files: [{0}/playbooks/vars/adoption.yml]
  tasks:
    - ansible.builtin.import_tasks: {0}/playbooks/tasks/adopt_look.yml
"""
# Everything but pictures: a file that holds a secret, with its mode and owner.
SEARCH = """
grep --recursive --files-with-matches --fixed-strings --devices=skip --exclude-dir=cctv --regexp="$1" \\
  /etc /home /opt /root /run /srv /tmp /usr/local /var | xargs --no-run-if-empty stat --format='%n %a %U'
"""


def test_each_lies_in_one_file_of_its_own_user():
    owners = {
        "mount": {
            "/var/lib/hkawstoolkit/.aws/credentials": "hkawstoolkit",
            "/etc/passwd-s3fs": "root",
            "/etc/shadow": "root",
        },
        "spool": {"/etc/hkawstoolkit/forwarder.credentials": "cctv-forwarder", "/etc/shadow": "root"},
    }[INGEST]
    assert secrets().keys() == owners.keys()
    for file, secret in secrets().items():
        assert len(secret) > 30
        mode = "640" if file == "/etc/shadow" else "600"
        found = set(inside("sh", "-c", SEARCH, "sh", secret).stdout.splitlines())
        assert found - {"/etc/shadow- 640 root"} == {f"{file} {mode} {owners[file]}"}
    assert inside("sh", "-c", SEARCH, "sh", PASSWORD).stdout == "", "the cameras' password is nowhere but as a hash"


def test_none_is_in_a_process_or_the_journal():
    seen = processes() + inside("journalctl", "--no-pager", "--output=export").stdout
    assert "vsftpd" in seen
    assert [secret for secret in [*secrets().values(), PASSWORD] if secret in seen] == []


def test_none_is_in_what_ansible_says_of_the_relay(tmp_path):
    """Its facts, and what cctv_relay_info reads for site_adopt.yml: the account's hash and the key of s3fs among it."""
    look = tmp_path / "look.yml"
    look.write_text(LOOK.format(ROOT))
    sources = [f"--inventory={ROOT}/inventory/hosts.yml", f"--inventory={os.environ['MOLECULE_INVENTORY_FILE']}"]
    sources += ["--extra-vars", f"@{ROOT}/tests/molecule/site/vars/owner.yml", "-vvvv"]
    shown = ""
    for words in (["ansible", "relays", "--module-name=setup", "--become"], ["ansible-playbook", "--diff", str(look)]):
        done = subprocess.run([*words, *sources], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        shown += done.stdout + done.stderr
    assert "ansible_distribution" in shown
    assert "adopt_look | Read what says how the relay was set up" in shown
    assert "censored" in shown
    assert [secret for secret in secrets().values() if secret in shown] == []
