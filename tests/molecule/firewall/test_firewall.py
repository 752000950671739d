"""Who gets in where, before and after a restart; and that updates install themselves."""

from __future__ import annotations

import subprocess

import pytest
from conftest import NAMES, inside, listen, reached, wait_until

OPEN = {"camera": [21, 50100], "owner": [22, 8181], "stranger": []}


@pytest.fixture(scope="module", autouse=True, params=["as deployed", "after a restart"])
def relay(request: pytest.FixtureRequest) -> None:
    if request.param == "after a restart":
        subprocess.run(["podman", "restart", "--time", "30", NAMES["relay"]], check=True, capture_output=True)
        wait_until(lambda: inside("relay", "systemctl", "is-system-running", check=False).stdout.strip() == "running")
    listen("relay")


def test_the_unit_runs_and_the_rules_are_loaded():
    assert inside("relay", "systemctl", "is-active", "cctv-firewall").stdout.strip() == "active"
    rules = inside("relay", "nft", "list", "table", "inet", "cctv").stdout
    assert rules.count("policy drop") == 3


@pytest.mark.parametrize("source", OPEN)
def test_each_gets_in_at_its_own_ports_alone(source):
    assert reached(source, "relay") == OPEN[source]


def test_the_relay_itself_gets_nowhere_but_to_the_store():
    listen("stranger")
    assert reached("relay", "stranger") == []
    assert inside("relay", "apt-get", "update").returncode == 0, "port 80 is open for the distribution's mirrors"


def test_security_updates_install_themselves():
    told = inside("relay", "apt-config", "dump").stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in told
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in told
    tried = inside("relay", "unattended-upgrade", "--dry-run", "--verbose")
    assert "Allowed origins are: origin=Debian" in tried.stdout + tried.stderr
