"""The scheduled jobs: what cron starts, what systemd lets them do, and what is seen when one fails."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.molecule import store

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())[os.environ["RELAY"]]
S3 = store.client(STATE, "s3")
LOOSE = "CAM-EXT-001/192.168.1.64_01_20260224071500123_LINE_CROSSING_DETECTION.jpg"
OLD = [f"CAM-EXT-001/2022-02-24/192.168.1.64_01_2022022407150{n}123_LINE_CROSSING_DETECTION.jpg" for n in range(3)]
STATUS = "/var/lib/hkawstoolkit/jobs"
CONFIG = "/etc/hkawstoolkit/config.yaml"


def inside(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = ["podman", "exec", os.environ["RELAY_CONTAINER"], *words]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=300)


def keys() -> set[str]:
    return {entry["Key"] for entry in S3.list_objects_v2(Bucket=STATE["bucket"]).get("Contents", [])}


def line(name: str) -> tuple[str, str]:
    """Return the user and the command of a job's file in /etc/cron.d."""
    *_, last = inside("cat", f"/etc/cron.d/hk-aws-tool-{name}").stdout.strip().splitlines()
    user, command = last.split(" ", 6)[5:]
    return user, command


def run(name: str) -> subprocess.CompletedProcess[str]:
    """Run a job's line as cron does."""
    user, command = line(name)
    environment = ["env", "-i", "HOME=/var/lib/hkawstoolkit", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"]
    return inside("runuser", "-u", user, "--", *environment, "/bin/sh", "-c", command, check=False)


def failed() -> str:
    return inside("systemctl", "--failed", "--plain", "--no-legend").stdout


@pytest.fixture(scope="module", autouse=True)
def _pictures() -> None:
    for key in (LOOSE, *OLD):
        S3.put_object(Bucket=STATE["bucket"], Key=key, Body=key.encode())


def test_a_confined_job_archives_signs_and_leaves_word():
    assert line("archive") == (
        "root",
        "systemctl start cctv-job@archive.service"
        " || systemctl status --no-pager --full --lines=50 cctv-job@archive.service",
    )
    done = run("archive")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    archive = "CAM-EXT-001/archive/2022-02-24.tar.gz"
    body = S3.get_object(Bucket=STATE["bucket"], Key=archive)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert len(tar.getnames()) == len(OLD)
    assert keys().isdisjoint(OLD)
    assert "CAM-EXT-001/archive/chain/00000001.json.minisig" in keys()
    assert json.loads(inside("cat", f"{STATUS}/archive.json").stdout)["exit_status"] == 0
    said = inside(
        "journalctl", "--no-pager", "-t", "cctv-archive", "-u", "cctv-job@archive.service", "-o", "cat"
    ).stdout
    assert "PLAY RECAP" in said
    assert run("purge").returncode == 0


@pytest.fixture
def probed() -> Iterator[dict[str, dict[str, str]]]:
    """What a program can do in the very unit of the jobs: a drop-in changes what one instance runs, no more."""
    folder = "/run/systemd/system/cctv-job@probe.service.d"
    program = Path(__file__).with_name("probe.py").read_text()
    inside("sh", "-c", "mkdir -p -m 0777 /srv/open && chmod 777 /srv/open && echo x > /tmp/others")
    inside("sh", "-c", 'printf %s "$1" > /srv/probe.py', "sh", program)
    drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/python3 /srv/probe.py\n"
    inside("sh", "-c", f'mkdir -p {folder} && printf "%s" "$1" > {folder}/probe.conf', "sh", drop_in)
    inside("systemctl", "daemon-reload")
    try:
        inside("systemctl", "start", "cctv-job@probe.service")
        said = inside("journalctl", "--no-pager", "-t", "cctv-probe", "-o", "cat").stdout
        yield json.loads(next(told for told in said.splitlines() if told.startswith("{")))
    finally:
        inside("rm", "-rf", folder, "/srv/probe.py", f"{STATUS}/probe")
        inside("systemctl", "daemon-reload")


def test_a_job_can_write_to_its_home_and_do_nothing_else(probed):
    assert probed["tried"] == {
        "home": "done",
        "open to everybody": "EROFS",
        "toolkit": "EROFS",
        "cron": "EROFS",
        "raw packets": "EAFNOSUPPORT",
        "a namespace": "EPERM",
        "a mount": "EPERM",
        "another user": "EPERM",
        "process 1": "ENOENT",
        "the others' /tmp": "ENOENT",
    }
    nothing = "0" * 16
    assert probed["status"] == {"CapEff": nothing, "CapBnd": nothing, "NoNewPrivs": "1", "Seccomp": "2"}


def test_systemd_finds_little_to_fear(capsys):
    report = inside("systemd-analyze", "security", "--no-pager", "cctv-job@sort.service").stdout
    score = re.search(r"Overall exposure level for cctv-job@sort\.service: ([\d.]+)", report)
    assert score
    with capsys.disabled():
        print(f"\nexposure of the jobs (median): {score[1]}")
    assert float(score[1]) < 2


def test_a_job_that_fails_is_seen():
    inside("mv", CONFIG, f"{CONFIG}.away")
    try:
        done = run("archive")
        assert done.returncode != 0
        assert f"{CONFIG} cannot be read" in done.stdout, "cron mails what the line prints"
        assert "cctv-job@archive.service" in failed()
        said = inside("journalctl", "--no-pager", "-t", "cctv-archive", "-o", "cat").stdout
        assert f"{CONFIG} cannot be read" in said
        assert json.loads(inside("cat", f"{STATUS}/archive.json").stdout)["exit_status"] == 78
    finally:
        inside("mv", f"{CONFIG}.away", CONFIG)
    assert run("archive").returncode == 0
    assert "cctv-job@archive.service" not in failed()


def test_the_end_of_a_playbook_that_fails_is_mailed_once():
    inside("sh", "-c", f"cp -p {CONFIG} {CONFIG}.good && sed -i 's/my-video-surveillance/no-such-bucket/' {CONFIG}")
    try:
        done = run("archive")
        assert done.returncode != 0
        assert "no-such-bucket" in done.stdout
        assert done.stdout.count("PLAY RECAP") == 1
        assert "archive failed (2)." in done.stdout
    finally:
        inside("mv", f"{CONFIG}.good", CONFIG)
    assert run("archive").returncode == 0


def test_updates_install_themselves():
    timer = "apt-daily-upgrade.timer"
    assert inside("systemctl", "is-enabled", timer).stdout.strip() == "enabled"
    assert inside("systemctl", "is-active", timer).stdout.strip() == "active"
    settings = inside("apt-config", "dump").stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in settings
    assert inside("unattended-upgrade", "--dry-run").returncode == 0


def test_cron_itself_sorts():
    """Last, since the picture has to be a minute old; cron runs this job every minute here."""
    assert line("collect")[0] == "root"
    begun = time.monotonic()
    while "CAM-EXT-001/2026-02-24/" + LOOSE.partition("/")[2] not in keys():
        assert time.monotonic() - begun < 180
        time.sleep(2)
    assert LOOSE not in keys()
    assert failed() == ""
