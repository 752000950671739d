"""Each secret lies in one file of the one user who needs it, and in nothing that is shown, stated or handed on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from conftest import INGEST, PASSWORD, STATE, inside, processes, secrets

from tests.secret_forms import shown

ROOT = Path(__file__).parents[3]
LOOK = """
- hosts: relays
  vars_files: [{0}/playbooks/vars/adoption.yml]
  tasks:
    - ansible.builtin.import_tasks: {0}/playbooks/tasks/adopt_look.yml
"""
# Secrets that site.yml has not seen yet, so that it would write each of them anew: with characters that JSON, URLs and
# shells write in their own ways.
PLANTED = {
    "vault_ftp_password": 'planted "cameras" /+& password',
    "vault_cctv_access_key": "AKIAPLANTEDRELAY0000",
    "vault_cctv_secret_key": "planted/relay+KEY/bPxRfiCYEXAMPLEKEY0001",
    "vault_jobs_access_key": "AKIAPLANTEDJOBS00000",
    "vault_jobs_secret_key": "planted/jobs+KEY/bPxRfiCYEXAMPLEKEY00002",
    "vault_viewer_access_key": "AKIAPLANTEDVIEWER000",
    "vault_viewer_secret_key": "planted/viewer+KEY/bPxRfiCYEXAMPLEKEY003",
    "vault_key_files_password": "planted password of the vault",
}
HASH = "scrypt:32768:8:1$2emokozxM6BddpPw$" + "ebc7b38733ddf77a" * 8
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
    assert shown([*secrets().values(), PASSWORD], seen) == []


def sources() -> list[str]:
    """Return the words that give Ansible the inventory of the scenario."""
    found = [f"--inventory={ROOT}/inventory/hosts.yml", f"--inventory={os.environ['MOLECULE_INVENTORY_FILE']}"]
    return [*found, "--extra-vars", f"@{ROOT}/tests/molecule/site/vars/owner.yml", "-vvvv"]


def test_a_verbose_deployment_with_viewer_and_jobs_shows_none(tmp_path):
    """In check mode, which writes nothing and shows every difference."""
    given = tmp_path / "planted.json"
    given.touch(mode=0o600)
    more = {"vault_viewer_users": {"owner": HASH}, "cctv_jobs_on_relay": True, "cctv_ingest": INGEST}
    given.write_text(json.dumps(PLANTED | more))
    words = ["ansible-playbook", "playbooks/site.yml", "--check", "--diff", *sources(), "--extra-vars", f"@{given}"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    way = {"mount": "s3_mount", "spool": "forwarder"}[INGEST]
    for role in ("bucket", "ftp_server", "toolkit", way, "capture_jobs", "viewer"):
        assert f"TASK [{role} : " in said
    assert "invocation" in said, "it was not verbose"
    assert "+++ after" in said, "it showed no difference"
    assert "censored" in said
    secret = {name: word for name, word in PLANTED.items() if not name.endswith("access_key")}
    hidden = [*secret.values(), HASH, PASSWORD, *secrets().values(), STATE["secret_key"]]
    assert shown(hidden, said) == []


def test_none_is_in_what_ansible_says_of_the_relay(tmp_path):
    """Its facts, and what cctv_relay_info reads for site_adopt.yml: the account's hash and the key of s3fs among it."""
    look = tmp_path / "look.yml"
    look.write_text(LOOK.format(ROOT))
    said = ""
    for words in (["ansible", "relays", "--module-name=setup", "--become"], ["ansible-playbook", "--diff", str(look)]):
        done = subprocess.run([*words, *sources()], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        said += done.stdout + done.stderr
    assert "ansible_distribution" in said
    assert "adopt_look | Read what says how the relay was set up" in said
    assert "censored" in said
    assert shown(secrets().values(), said) == []
