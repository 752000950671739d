"""The deployed viewer from outside as a visitor, and from inside as an intruder would find it."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from tests.molecule import store

STATE = json.loads((Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "store.json").read_text())[os.environ["RELAY"]]
S3 = store.client(STATE, "s3")
HOME = f"http://{os.environ['RELAY_ADDRESS']}:8181"
PICTURE = Path(__file__).parents[3] / "viewer/static/icon.svg"  # any bytes will do


def inside(*words: str, check: bool = True) -> str:
    command = ["podman", "exec", os.environ["RELAY_CONTAINER"], *words]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60).stdout


def visitor() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def log_in() -> urllib.request.OpenerDirector:
    opener = visitor()
    page = opener.open(f"{HOME}/login", timeout=30).read().decode()
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert token
    fields = {"name": "owner", "password": "a password for tests alone", "form_token": token[1]}
    opener.open(f"{HOME}/login", urllib.parse.urlencode(fields).encode(), timeout=30).read()
    return opener


def test_a_visitor_sees_the_login_and_the_owner_the_cameras():
    key = "CAM-EXT-001/2022-02-24/10.0.0.5_01_20220224071500123_FACE_SNAP.jpg"
    S3.put_object(Bucket=STATE["bucket"], Key=key, Body=PICTURE.read_bytes())
    assert "Log in to see the cameras" in visitor().open(HOME, timeout=30).read().decode()
    owner = log_in()
    assert "CAM-EXT-001" in owner.open(HOME, timeout=30).read().decode()
    query = urllib.parse.urlencode(
        {"camera": "CAM-EXT-001", "date": "2022-02-24", "place": "sorted", "name": key.rpartition("/")[2]}
    )
    assert owner.open(f"{HOME}/original?{query}", timeout=30).read() == PICTURE.read_bytes()


def test_systemd_finds_little_to_fear():
    report = inside("systemd-analyze", "security", "hk-aws-web", "--no-pager")
    score = re.search(r"Overall exposure level for hk-aws-web\.service: ([\d.]+)", report)
    assert score
    print(score[0])
    assert float(score[1]) < 2.5


def test_it_runs_as_a_user_without_rights_and_listens_on_its_port_alone():
    pid = inside("systemctl", "show", "--value", "--property=MainPID", "hk-aws-web").strip()
    status = inside("cat", f"/proc/{pid}/status")
    assert re.search(r"CapEff:\s+0+\n", status)
    assert re.search(r"NoNewPrivs:\s+1", status)
    assert inside("ps", "-o", "user=", "-p", pid).strip() == "hkawsweb"
    listening = inside("ss", "-Hlnt").splitlines()  # the host of the scenario has no other service
    assert len(listening) == 1
    assert ":8181" in listening[0]


def test_nobody_else_can_read_its_secrets():
    for name in ("viewer.yml", "viewer.credentials"):
        assert inside("stat", "--format=%a %U %G", f"/etc/hkawstoolkit/{name}").strip() == "640 root hkawsweb"
    everything = inside("journalctl", "--no-pager", "-o", "cat") + inside("ps", "axww")
    everything += inside("systemctl", "show", "hk-aws-web") + inside("systemctl", "cat", "hk-aws-web")
    assert STATE["relay"]["secret_key"] not in everything
    assert "scrypt:" not in everything


def test_it_comes_back_after_a_kill_and_is_still_locked():
    inside("systemctl", "kill", "--signal=KILL", "hk-aws-web")
    deadline = time.monotonic() + 60
    while True:
        try:
            page = visitor().open(HOME, timeout=5).read().decode()
            break
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline
            time.sleep(1)
    assert "Log in to see the cameras" in page


def test_it_is_enabled_and_clean():
    assert inside("systemctl", "is-enabled", "hk-aws-web").strip() == "enabled"
    assert "Traceback" not in inside("journalctl", "--no-pager", "-u", "hk-aws-web")
    assert (
        inside("find", "/opt/hkawstoolkit", "-newer", "/etc/systemd/system/hk-aws-web.service", "-name", "*.pyc") == ""
    )
