"""What cron starts for a scheduled job, with systemd and without, and what the job's unit may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).parents[2] / "roles" / "capture_jobs"
UNIT = "etc/systemd/system/cctv-job@.service.j2"
LINE = "etc/cron.d/job.j2"


def render(template: str, manager: str = "systemd", **given: Any) -> list[str]:
    loader = DataLoader()
    facts = {"os_family": "Debian", "service_mgr": manager}
    variables: dict[str, Any] = {"ansible_managed": "", "ansible_facts": facts}
    for part in ("vars", "defaults"):
        variables |= loader.load_from_file(str(ROLE / part / "main.yml"), trusted_as_template=True)
    variables |= {"item": {"job": "sort", "minute": "10", "hour": "*"}} | given
    text = trust_as_template((ROLE / "templates" / template).read_text())
    return str(Templar(loader, variables=variables).template(text)).strip().splitlines()


def test_cron_starts_the_unit_and_mails_how_it_stands_when_it_failed() -> None:
    unit = "cctv-job@sort.service"
    assert render(LINE)[-1] == (
        f"10 * * * * root systemctl start {unit} || systemctl status --no-pager --full --lines=50 {unit}"
    )


def test_without_systemd_cron_runs_the_job_as_its_user() -> None:
    command = "cd /opt/hkawstoolkit/current && /opt/hkawstoolkit/current/.venv/bin/python -m jobs sort"
    options = "--config /etc/hkawstoolkit/config.yaml --state /var/lib/hkawstoolkit/jobs"
    assert render(LINE, "sysvinit")[-1] == f"10 * * * * hkawstoolkit {command} {options}"


def test_the_unit_runs_the_same_command_as_the_same_user_without_a_shell() -> None:
    lines = render(UNIT)
    options = "--config /etc/hkawstoolkit/config.yaml --state /var/lib/hkawstoolkit/jobs"
    assert f"ExecStart=/opt/hkawstoolkit/current/.venv/bin/python -m jobs %i {options}" in lines
    assert {"User=hkawstoolkit", "WorkingDirectory=/opt/hkawstoolkit/current"} <= set(lines)
    assert [line for line in lines if line.startswith("ReadWritePaths=")] == ["ReadWritePaths=/var/lib/hkawstoolkit"]


@pytest.mark.parametrize(
    ("given", "homes"),
    [
        ({}, "yes"),
        ({"capture_jobs_archive_signing_key": "/root/minisign.key"}, "read-only"),
        ({"capture_jobs_home": "/home/jobs"}, "read-only"),
    ],
)
def test_it_sees_homes_only_if_something_of_its_own_is_there(given: dict[str, str], homes: str) -> None:
    assert f"ProtectHome={homes}" in render(UNIT, **given)
