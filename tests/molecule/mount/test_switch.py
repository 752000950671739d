"""A relay with the mount goes over to the spool, and back, and is taken apart: no picture is left behind."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import urllib.request
from contextlib import suppress
from datetime import datetime, timedelta
from ftplib import error_perm
from pathlib import Path
from zoneinfo import ZoneInfo

from conftest import BUCKET, STATE, address, content, inside, keys, log_in, sorted_key, wait_until

from demo.vendors import hikvision

ROOT = Path(__file__).parents[3]
NOW = datetime.now(ZoneInfo("Europe/Kyiv"))
STORAGE = "/var/lib/cctv/storage"
NO_UPLOADS = {"kind": "error", "bucket": BUCKET, "operation": "PutObject", "status": 503, "code": "ServiceUnavailable"}


def name(number: int) -> str:
    return hikvision(NOW + timedelta(seconds=number), number)


def play(playbook: str, *words: str, ingest: str = "spool") -> tuple[int, str]:
    """Run a playbook as the scenario does, with the spool or the mount."""
    command = ["ansible-playbook", f"--inventory={ROOT}/inventory/hosts.yml"]
    command += [f"--inventory={os.environ['MOLECULE_INVENTORY_FILE']}", f"playbooks/{playbook}.yml"]
    command += ["--extra-vars", f"@{ROOT}/tests/molecule/site/vars/owner.yml", "--extra-vars", f"cctv_ingest={ingest}"]
    plain = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        [*command, *words], cwd=ROOT, env=plain, capture_output=True, text=True, timeout=1800, check=False
    )
    print(done.stdout[-6000:], done.stderr[-2000:])
    return done.returncode, done.stdout


def changed(said: str) -> set[str]:
    """How much each host says was changed."""
    return set(re.findall(r"changed=(\d+)", said))


def faults(*rules: dict[str, object]) -> None:
    url = f"http://127.0.0.1:{STATE['url'].rpartition(':')[2]}/_emulator/faults"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(rules).encode(), method="PUT")).close()


def send(number: int, body: bytes) -> str:
    """Send a picture as a camera does; return the key that the forwarder gives it."""
    with log_in() as ftp:
        with suppress(error_perm):  # it is there already
            ftp.mkd("storage/CAM-EXT-001")
        reply = ftp.storbinary(f"STOR storage/CAM-EXT-001/{name(number)}", io.BytesIO(body))
    assert reply.startswith("226")
    return sorted_key(f"CAM-EXT-001/{name(number)}")


def test_what_the_mount_had_not_brought_in_is_in_its_place_after_the_switch():
    """A file that s3fs has open, and one that was written underneath while it was gone."""
    loose = f"CAM-EXT-001/{name(1)}"
    stranded = f"CAM-EXT-001/{name(2)}"
    inside("systemctl", "stop", "s3-mount-watchdog.timer")
    write = f"fd = os.open('{STORAGE}/{loose}', os.O_CREAT | os.O_WRONLY); os.write(fd, b'in the cache')"
    inside("sh", "-c", f'python3 -c "import os, sys; {write}; os.kill(int(sys.argv[1]), 9)" $(pidof s3fs)')
    inside("sh", "-c", f"umount -l {STORAGE}; mkdir {STORAGE}/CAM-EXT-001; printf underneath > {STORAGE}/{stranded}")
    before = keys()
    status, _ = play("site")
    assert status == 0
    assert keys() == before | {sorted_key(loose), sorted_key(stranded)}
    assert content(sorted_key(loose)) == b"in the cache"
    assert content(sorted_key(stranded)) == b"underneath"
    assert inside("sh", "-c", "ls -A /var/lib/cctv").stdout.split() == ["storage"]
    assert "s3fs" not in inside("cat", "/etc/fstab", "/proc/mounts").stdout


def test_the_spool_works_and_a_second_run_changes_nothing():
    key = send(3, b"through the spool")
    wait_until(lambda: key in keys())
    status, said = play("site")
    assert (status, changed(said)) == (0, {"0"})
    assert play("site_verify", "--extra-vars", f"cctv_relay_address={address()}")[0] == 0


def test_the_way_back_loses_nothing_that_waits_in_the_spool():
    faults(NO_UPLOADS)
    key = send(4, b"it waits in the spool")
    status, said = play("site", ingest="mount")
    assert status != 0
    assert "1 pictures still wait in /var/lib/cctv/storage" in " ".join(said.split())
    another = send(5, b"cameras are let in again")
    assert keys().isdisjoint({key, another})
    faults()
    assert play("site", ingest="mount")[0] == 0
    assert (content(key), content(another)) == (b"it waits in the spool", b"cameras are let in again")


def test_the_mount_works_again_and_a_second_run_changes_nothing():
    send(6, b"through the mount again")
    loose = f"CAM-EXT-001/{name(6)}"
    wait_until(lambda: loose in keys())
    assert content(loose) == b"through the mount again"
    status, said = play("site", ingest="mount")
    assert (status, changed(said)) == (0, {"0"})
    gone = "/etc/hkawstoolkit/forwarder.* /etc/systemd/system/cctv-forwarder* /var/lib/cctv/storage/.queue"
    assert inside("sh", "-c", f"ls -d {gone}", check=False).stdout == ""
    assert inside("systemctl", "--failed", "--plain", "--no-legend").stdout == ""


def test_a_relay_is_not_taken_apart_while_a_picture_waits():
    assert play("site")[0] == 0
    faults(NO_UPLOADS)
    key = send(7, b"sent while S3 was away")
    status, said = play("relay_remove")
    assert status != 0
    assert "1 pictures still wait in /var/lib/cctv/storage" in " ".join(said.split())
    another = send(8, b"nothing was taken away, and cameras are let in")
    assert keys().isdisjoint({key, another})
    faults()
    status, said = play("relay_remove")
    assert status == 0
    assert "Packages that the roles installed" in " ".join(said.split())
    assert content(key) == b"sent while S3 was away"
    assert content(another) == b"nothing was taken away, and cameras are let in"
    gone = "/opt/hkawstoolkit /etc/hkawstoolkit /usr/local/bin/hk-aws-tool* /etc/systemd/system/hk-aws-web.service"
    assert inside("sh", "-c", f"ls -d {gone}", check=False).stdout == ""
    assert inside("sh", "-c", "ls -A /var/lib/cctv /etc/systemd/system/cctv*", check=False).stdout.split() == [
        "/var/lib/cctv:"
    ]
    assert inside("getent", "passwd", "cctv", "cctv-forwarder", "hkawstoolkit", "hkawsweb", check=False).stdout == ""
    status, said = play("relay_remove")
    assert (status, changed(said)) == (0, {"0"})
