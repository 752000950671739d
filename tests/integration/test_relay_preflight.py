"""What no relay can be made of is refused in one sentence, before anything is changed there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.ansible_runs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ansible_runs import Ansible

HERE = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
FACTS = """
from ansible.module_utils.basic import AnsibleModule
facts = {"userspace_bits": "BITS", "os_family": "Debian", "pkg_mgr": "apt"}
module = AnsibleModule({}, supports_check_mode=True)
module.exit_json(ansible_facts={f"ansible_{name}": value for name, value in facts.items()})
"""


@pytest.mark.parametrize(("bits", "refused"), [("32", True), ("64", False)])
def test_a_system_of_32_bits(ansible: Ansible, tmp_path: Path, bits: str, refused: bool) -> None:
    """The other one comes to what is refused next."""
    (tmp_path / "faked_facts.py").write_text(FACTS.replace("BITS", bits))
    company = ["-i", str(ROOT / "inventory" / "company.yml"), "-l", "berlin-office"]
    faked = '{"ansible_facts_modules": ["faked_facts"]}'
    command = [*company, str(ROOT / "playbooks" / "relay_deploy.yml"), "-e", faked, "-e", f"cctv_ingest=mount {HERE}"]
    done = ansible.run("ansible-playbook", *command, ANSIBLE_LIBRARY=f"{ROOT / 'library'}:{tmp_path}")
    said = " ".join(done.stdout.split())
    assert done.returncode == 2, said
    assert ("Install a 64-bit system on berlin-office, such as Raspberry Pi OS (64-bit)" in said) is refused
    assert ("Set cctv_ingest to spool" in said) is not refused
    assert "changed=0" in said


def test_the_fact_is_called_so(ansible: Ansible) -> None:
    done = ansible.run("ansible", "localhost", "-c", "local", "-m", "setup", "-a", "filter=ansible_userspace_bits")
    assert "userspace_bits: '64'" in done.stdout
