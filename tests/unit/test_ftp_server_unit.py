"""The drop-in of vsftpd's unit: which disks it waits for."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).parents[2] / "roles" / "ftp_server"
LOG = {"xferlog_file": "/var/lib/cctv/storage/.queue/uploads.log"}


@pytest.mark.parametrize(
    ("options", "disks"), [(LOG, ["RequiresMountsFor=/var/lib/cctv/storage/.queue"]), ({}, [])], ids=["spool", "mount"]
)
def test_vsftpd_waits_for_the_disk_of_the_spool_and_not_for_s3fs(options: dict[str, str], disks: list[str]) -> None:
    loader = DataLoader()
    variables = {"ansible_managed": "", "ansible_facts": {"os_family": "Debian"}}
    for part in ("vars", "defaults"):
        variables |= loader.load_from_file(str(ROLE / part / "main.yml"), trusted_as_template=True)
    variables |= {"ftp_server_options": options}
    template = (ROLE / "templates/etc/systemd/vsftpd.service.d/cctv.conf.j2").read_text()
    text = str(Templar(loader, variables=variables).template(trust_as_template(template)))
    assert [line for line in text.splitlines() if line.startswith("RequiresMountsFor=")] == disks
    assert "ReadWritePaths=/var/lib/cctv\n" in text
