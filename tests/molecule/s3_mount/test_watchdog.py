"""The faults that were seen to lose pictures. Each is mended by itself within 90 seconds, and nothing is hidden."""

from __future__ import annotations

import json
import urllib.request

import pytest
from conftest import BUCKET, MOUNT, STATE, content, inside, status, usable, wait_until


def faults(rules: list[dict[str, object]]) -> None:
    """Tell the emulator what goes wrong in this relay's bucket from now on."""
    request = urllib.request.Request(f"{STATE['url']}/_emulator/faults", json.dumps(rules).encode(), method="PUT")
    urllib.request.urlopen(request).close()


def test_s3fs_is_killed():
    inside("kill -9 $(pidof s3fs)")
    assert not usable()
    wait_until(usable)


def test_the_mount_is_missing():
    inside(f"umount -l {MOUNT}")
    wait_until(usable)


def test_while_it_is_missing_nobody_can_write_underneath():
    inside(f"systemctl stop s3-mount-watchdog.timer; umount -l {MOUNT}")
    try:
        write = f"setpriv --reuid cctv --regid cctv --clear-groups touch {MOUNT}/lost.jpg"
        assert inside(write, check=False).returncode != 0
    finally:
        inside("systemctl start s3-mount-watchdog.timer")


def test_s3_stops_answering():
    faults([{"kind": "hang", "bucket": BUCKET, "seconds": 300}])
    try:
        # It is taken away, so that a camera is refused at once instead of waiting for it.
        wait_until(lambda: f" {MOUNT} " not in inside("cat /proc/mounts").stdout)
        wait_until(lambda: status()["state"] != "healthy")
    finally:
        faults([])
    wait_until(usable)
    journal = inside("journalctl --no-pager -o cat -t s3-mount-watchdog").stdout
    assert "hung: no answer within" in journal


def test_what_was_written_underneath_is_moved_into_the_bucket():
    inside(f"systemctl stop s3-mount-watchdog.timer; umount -l {MOUNT}")
    inside(f"mkdir -p {MOUNT}/CAM-EXT-007/deep && printf under > {MOUNT}/CAM-EXT-007/deep/a.jpg")
    inside("systemctl start s3-mount-watchdog.timer")
    wait_until(usable)
    wait_until(lambda: content("CAM-EXT-007/deep/a.jpg") == b"under")
    wait_until(lambda: inside("ls -A /var/lib/cctv").stdout.split() == ["storage"])


def test_what_a_mount_hides_is_moved_into_the_bucket():
    inside(f"printf kept > {MOUNT}/same.jpg")
    below = "mkdir -p /run/view && mount --bind /var/lib/cctv /run/view"
    inside(f"{below} && printf hidden > /run/view/storage/hidden.jpg && printf other > /run/view/storage/same.jpg")
    inside("umount /run/view")
    wait_until(lambda: content("hidden.jpg") == b"hidden")
    wait_until(lambda: content("same.stranded-1.jpg") == b"other")
    assert content("same.jpg") == b"kept", "the picture that was there first must stay"


def test_what_s3fs_had_not_uploaded_when_it_was_killed_is_salvaged():
    # Not in a shell: each of its redirections closes a copy of the file, which makes s3fs upload.
    write = f"fd = os.open('{MOUNT}/half.jpg', os.O_CREAT | os.O_WRONLY); os.write(fd, b'unfinished')"
    inside(f'python3 -c "import os, sys; {write}; os.kill(int(sys.argv[1]), 9)" $(pidof s3fs)')
    assert content("half.jpg") != b"unfinished"
    wait_until(lambda: content("half.jpg") == b"unfinished")


@pytest.mark.parametrize("fault", ["key", "bucket"])
def test_a_wrong_setting_is_said_in_one_sentence(fault):
    if fault == "key":
        spoil, mend = (
            "cp -p /etc/passwd-s3fs /etc/p.good; sed -i s/:.*/:wrong/ /etc/passwd-s3fs",
            "mv /etc/p.good /etc/passwd-s3fs",
        )
    else:
        spoil, mend = (
            f"sed -i 's/^{BUCKET} /no-such-bucket /' /etc/fstab",
            f"sed -i 's/^no-such-bucket /{BUCKET} /' /etc/fstab",
        )
    tools = "/usr/bin/python3 /usr/local/lib/s3_mount"
    inside(f"systemctl stop s3-mount-watchdog.timer; {spoil}; systemctl daemon-reload")
    try:
        inside(f"{tools}/watchdog.py --again", timeout=120)
        proof = inside(f"{tools}/prove.py", check=False)
        assert proof.returncode == 1
        assert proof.stderr.startswith("The bucket cannot be used through /var/lib/cctv/storage")
        assert len(proof.stderr.splitlines()) == 1
        assert f" {MOUNT} " not in inside("cat /proc/mounts").stdout
    finally:
        inside(f"{mend}; systemctl daemon-reload; systemctl start s3-mount-watchdog.timer")


def test_the_journal_says_each_thing_once():
    said = inside("journalctl --no-pager -o cat -t s3-mount-watchdog").stdout
    assert "is mounted" in said
    assert len(said.splitlines()) < 100
