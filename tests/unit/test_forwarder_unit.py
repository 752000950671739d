"""The forwarder's unit: systemd restarts what its file says anew."""

from __future__ import annotations

from pathlib import Path

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

UNIT = Path(__file__).parents[2] / "roles/forwarder/templates/etc/systemd/system/cctv-forwarder.service.j2"


def unit(version: str) -> str:
    variables = {
        "ansible_managed": "",
        "forwarder_spool": "/spool",
        "forwarder_toolkit_path": "/opt/hkawstoolkit/current",
        "forwarder_profile": "p",
        "forwarder_user": "u",
        "forwarder_memory_max_mb": 384,
        "__forwarder_command": "run",
        "__forwarder_credentials_file": "/c",
        "__forwarder_toolkit": {"stat": {"exists": True, "lnk_source": f"/opt/hkawstoolkit/{version}"}},
    }
    return str(Templar(DataLoader(), variables=variables).template(trust_as_template(UNIT.read_text())))


def test_a_new_version_of_the_code_is_a_new_unit() -> None:
    assert unit("1") != unit("2")
