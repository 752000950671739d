"""The example sites: each relay gets a user, a prefix and a key of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def value(name: str, inventory: str | Path, *extra: str, host: str = "localhost") -> Any:
    """What a variable is for a host."""
    command = [
        Path(sys.executable).with_name("ansible"),
        host,
        "-i",
        str(inventory),
        "-m",
        "debug",
        "-a",
        f"var={name}",
        *extra,
    ]
    plain = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    shown = subprocess.run(command, cwd=ROOT, env=os.environ | plain, capture_output=True, text=True, check=True).stdout
    return json.loads(shown.partition("=>")[2])[name]


def test_a_home_has_the_one_user_of_the_original_toolkit() -> None:
    home, jobs = value("bucket_principals", "inventory/hosts.yml", "-e", "cctv_bucket=my-video-surveillance")
    assert (home["name"], home["policy"], home["prefix"]) == ("home-cctv", "AllowS3AccessCCTVMonitoring", "")
    assert (jobs["name"], jobs["policy"]) == ("home-cctv-jobs", "AllowS3AccessCCTVMonitoring-jobs")


def test_each_relay_of_a_company_has_its_own_prefix_and_user() -> None:
    principals = value("bucket_principals", "inventory/company.yml")
    assert [(principal["name"], principal["prefix"]) for principal in principals[:3]] == [
        ("cctv-kyiv-office", "kyiv-office"),
        ("cctv-lviv-warehouse", "lviv-warehouse"),
        ("cctv-berlin-office", "berlin-office"),
    ]
    assert len({principal["policy"] for principal in principals}) == 6


def test_no_host_but_a_relay_takes_its_name_for_a_site(inventory: Path) -> None:
    (inventory / "more.yml").write_text("workers: {hosts: {east: }}")
    for host in ("localhost", "east"):
        more = ("-i", str(inventory / "more.yml"))
        assert value("cctv_principal", inventory / "company.yml", *more, host=host)["prefix"] == ""


def test_only_a_relay_that_archives_may() -> None:
    principals = value("bucket_principals", "inventory/company.yml")[3:]
    jobs = {principal["prefix"]: principal["jobs"] for principal in principals}
    assert "archive" in jobs["berlin-office"]
    assert "archive" not in jobs["kyiv-office"]
    assert not any("purge" in each for each in jobs.values())


def test_the_relay_takes_the_key_file_of_its_own_user() -> None:
    file = value("cctv_key_file", "inventory/company.yml", host="berlin-office")
    assert file == "~/.config/hkawstoolkit/acme-video-surveillance/cctv-berlin-office.yml"


def test_the_viewer_has_a_user_that_may_only_read() -> None:
    users = ("-e", '{"vault_viewer_users": {"owner": "scrypt:x"}, "cctv_bucket": "my-video-surveillance"}')
    home, _jobs, viewer = value("bucket_principals", "inventory/hosts.yml", *users)
    assert home["name"] == "home-cctv"
    assert (viewer["name"], viewer["policy"]) == ("home-cctv-viewer", "AllowS3AccessCCTVMonitoring-viewer")
    assert viewer["jobs"] == ["view"]
    principals = value("bucket_principals", "inventory/company.yml", *users)
    assert [principal["jobs"] == ["view"] for principal in principals] == [False] * 6 + [True] * 3
    assert len({principal["prefix"] for principal in principals[6:]}) == 3


def test_the_relay_has_the_key_that_takes_in_and_no_other() -> None:
    for ingest, job, on_relay in (("spool", "ingest", False), ("mount", "mount", True)):
        given = ("-e", f"cctv_ingest={ingest}")
        relay, *_ = value("bucket_principals", "inventory/company.yml", *given)
        assert relay["jobs"] == [job]
        assert value("cctv_jobs_on_relay", "inventory/company.yml", *given, host="berlin-office") is on_relay


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """A copy of the inventory to write into."""
    return shutil.copytree(ROOT / "inventory", tmp_path / "inventory")


def test_a_setting_of_the_owner_outranks_the_wiring(inventory: Path) -> None:
    settings = inventory / "group_vars" / "all" / "bucket.yml"
    settings.write_text(
        re.sub(r"^cctv_jobs_on_relay: .*$", "cctv_jobs_on_relay: true", settings.read_text(), flags=re.M)
    )
    assert value("cctv_jobs_on_relay", inventory / "company.yml", host="berlin-office") is True
    wiring = yaml.safe_load((ROOT / "inventory" / "group_vars" / "all" / "wiring.yml").read_text())
    assert set(re.findall(r"^(?:# )?(\w+): ", settings.read_text(), re.M)) & wiring.keys() == set()


def test_the_bucket_hears_what_the_vault_of_the_relays_says(inventory: Path) -> None:
    vault = {"vault_viewer_users": {"owner": "scrypt:x"}, "vault_key_files_password": "secret"}
    (inventory / "group_vars" / "relays" / "vault.yml").write_text(yaml.safe_dump(vault))
    assert value("bucket_vault_password", inventory / "company.yml") == "secret"
    assert len(value("bucket_principals", inventory / "company.yml")) == 9
    assert value("bucket_vault_password", inventory / "hosts.yml") == ""


def test_a_host_of_the_jobs_works_for_its_relay(inventory: Path) -> None:
    company = inventory / "company.yml"
    text = company.read_text().replace("hosts: {}\n      #  berlin-jobs", "hosts:\n      #  berlin-jobs")
    company.write_text(re.sub(r"^      #  ", "        ", text, flags=re.M))
    assert value("cctv_jobs_principal", company, host="berlin-jobs") == value(
        "cctv_jobs_principal", company, host="berlin-office"
    )
    assert value("capture_jobs_archive_older_than_days", company, host="berlin-jobs") == 14


def test_the_shortest_purge_of_the_site_limits_the_lock() -> None:
    assert value("bucket_purge_after_days", "inventory/company.yml") == 0
    assert value("bucket_purge_after_days", "inventory/company.yml", "-e", "cctv_purge_after_days=90") == 90
    assert value("bucket_archive_after_days", "inventory/company.yml", "-e", "cctv_purge_after_days=90") == 14


def test_the_firewall_hears_of_changed_ports() -> None:
    changed = ["-e", "ftp_server_listen_port=2121 ftp_server_pasv_min_port=40000 viewer_port=8443 ansible_port=2222"]
    ports = {
        "firewall_ftp_ports": [2121],
        "firewall_ftp_passive_ports": "40000-50199",
        "firewall_viewer_port": 8443,
        "firewall_ssh_port": 2222,
    }
    for name, port in ports.items():
        found = value(name, "inventory/company.yml", *changed)
        assert str(found) in (str(port), str(port).replace("2121", "'2121'"))


def test_the_spool_is_where_cameras_write() -> None:
    moved = ["-e", "ftp_server_root=/srv/cctv ftp_server_upload_dir=in"]
    assert value("forwarder_spool", "inventory/company.yml", *moved) == "/srv/cctv/in"
    assert value("forwarder_adopt", "inventory/company.yml", *moved) == "/srv/cctv/.in.stranded"
    options = value("ftp_server_options", "inventory/company.yml", *moved)
    assert options["xferlog_file"] == "/srv/cctv/in/.queue/uploads.log"


def test_a_mount_below_a_prefix_is_refused_in_one_sentence() -> None:
    """Before anything is changed: the relay here is this machine, and nobody becomes root."""
    here = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "inventory/company.yml", "-l", "berlin-office"]
    command += ["playbooks/relay_deploy.yml", "-e", f"cctv_ingest=mount {here}"]
    plain = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | plain, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Set cctv_ingest to spool: s3fs lists the whole bucket" in " ".join(done.stdout.split())
    assert "changed=0" in done.stdout
