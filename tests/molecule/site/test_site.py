"""The thing itself: cameras send, the bucket has it, cron's line sorts it, a restart changes nothing."""

from __future__ import annotations

import io
import statistics
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from ftplib import FTP, error_perm
from zoneinfo import ZoneInfo

import pytest
from conftest import BUCKET, CONTAINER, S3, address, content, inside, keys, log_in, wait_until

from demo.frames import Frames
from demo.vendors import hikvision

CAMERAS = [f"CAM-EXT-{number:03d}" for number in range(1, 13)]
NOW = datetime.now(ZoneInfo("Europe/Kyiv"))
FRAMES = Frames()
REFUSED = pytest.raises(error_perm, match=r"^(530|550|553)")


def make(number: int) -> tuple[str, str, bytes]:
    """A camera, a name and a picture; neighbours of one camera are a second apart."""
    at = NOW - timedelta(seconds=number)
    label = f"picture {number}"
    return CAMERAS[number % 12], hikvision(at, number), FRAMES.take(number, "small", at, label)


def sorted_key(key: str) -> str:
    """CAM/…_20220224071500123_….jpg belongs into CAM/2022-02-24/."""
    digits = key.split("_")[2]
    return key.replace("/", f"/{digits[:4]}-{digits[4:6]}-{digits[6:8]}/")


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    return {f"{camera}/{name}": picture for camera, name, picture in map(make, range(200))}


def send(camera: str, pictures: dict[str, bytes], begun: dict[str, float]) -> None:
    """One camera's session: into its folder, which it makes, and one picture after the other."""
    with log_in() as ftp:
        ftp.cwd("storage")
        with pytest.raises(error_perm):
            ftp.cwd(camera)
        ftp.mkd(camera)
        ftp.cwd(camera)
        for key, picture in pictures.items():
            if key.startswith(f"{camera}/"):
                begun[key] = time.monotonic()
                ftp.storbinary(f"STOR {key.partition('/')[2]}", io.BytesIO(picture))


def watch(wanted: set[str], seen: dict[str, float], over: threading.Event) -> None:
    """Note when each key is first listed."""
    while not (wanted <= seen.keys() or over.is_set()):
        at = time.monotonic()  # before the request: an object is there no later than its listing says
        for key in keys() - seen.keys():
            seen[key] = at
        time.sleep(0.05)


def test_200_pictures_of_12_cameras_arrive_as_they_are(pictures, capsys):
    begun: dict[str, float] = {}
    seen: dict[str, float] = {}
    over = threading.Event()
    watching = threading.Thread(target=watch, args=(set(pictures), seen, over))
    watching.start()
    started = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda camera: send(camera, pictures, begun), CAMERAS))
    sent = time.monotonic() - started
    watching.join(60)
    over.set()
    assert keys() == set(pictures)
    assert [key for key, picture in pictures.items() if content(key) != picture] == []
    delays = sorted(seen[key] - begun[key] for key in pictures)
    with capsys.disabled():
        print(
            f"\n{len(pictures)} pictures of {len(CAMERAS)} cameras in {sent:.1f} s; FTP upload to object in bucket:"
            f" median {statistics.median(delays):.2f} s, p99 {statistics.quantiles(delays, n=100)[98]:.2f} s"
        )


def test_cron_sorts_them(pictures):
    """The very line, as its user, with what cron gives it: after the minute in which a picture may still be written."""
    time.sleep(62)
    *variables, line = inside("cat", "/etc/cron.d/hk-aws-tool-collect").stdout.strip().splitlines()
    *when, user, command = line.split(" ", 6)
    assert when == ["10", "*", "*", "*", "*"]
    environment = [word for word in variables if word.startswith(("HOME=", "SHELL="))] + ["PATH=/usr/bin:/bin"]
    done = inside("runuser", "-u", user, "--", "env", "-i", *environment, "/bin/sh", "-c", command, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    expected = {sorted_key(key): picture for key, picture in pictures.items()}
    assert keys() == set(expected)
    assert [key for key, picture in expected.items() if content(key) != picture] == []
    assert '"exit_status": 0' in inside("cat", "/var/lib/hkawstoolkit/jobs/sort.json").stdout
    assert "200" in inside("journalctl", "--no-pager", "-t", "cctv-sort", "-o", "cat").stdout


def test_secrets_are_for_their_owners():
    assert inside("stat", "-c", "%a %U", "/var/lib/hkawstoolkit/.aws/credentials").stdout.split() == [
        "600",
        "hkawstoolkit",
    ]
    assert inside("stat", "-c", "%a %U", "/var/lib/hkawstoolkit/jobs/sort.knobs").stdout.split()[0] == "600"
    secret = inside("grep", "secret", "/var/lib/hkawstoolkit/.aws/credentials").stdout.partition("=")[2].strip()
    assert secret not in inside("sh", "-c", "ps -eo args; journalctl --no-pager; cat /etc/hkawstoolkit/*").stdout


@pytest.mark.parametrize(
    ("account", "password"), [("cctv", "wrong"), ("anonymous", "a@b"), ("ftp", ""), ("hkawstoolkit", "x")]
)
def test_strangers_are_refused(account, password):
    with FTP(address(), timeout=20) as ftp, REFUSED:
        ftp.login(account, password)


@pytest.mark.parametrize("path", ["a.jpg", "../a.jpg", "/etc/cron.d/a", "storage/../../a.jpg"])
def test_nothing_is_written_outside(path):
    with log_in() as ftp, REFUSED:
        ftp.storbinary(f"STOR {path}", io.BytesIO(b"x"))


def test_after_a_restart_everything_is_up():
    subprocess.run(["podman", "restart", "--time", "30", CONTAINER], check=True, capture_output=True)
    wait_until(lambda: inside("systemctl", "is-system-running", check=False).stdout.strip() == "running")
    units = ["vsftpd", "cron", "var-lib-cctv-storage.mount", "s3-mount-watchdog.timer", "s3-mount-cache.timer"]
    wait_until(lambda: inside("systemctl", "is-active", *units, check=False).stdout.split() == ["active"] * len(units))
    with log_in() as ftp:
        ftp.storbinary("STOR storage/CAM-EXT-001/after.jpg", io.BytesIO(b"a picture after the restart"))
    wait_until(lambda: "CAM-EXT-001/after.jpg" in keys(), 30)
    assert content("CAM-EXT-001/after.jpg") == b"a picture after the restart"
    S3.delete_object(Bucket=BUCKET, Key="CAM-EXT-001/after.jpg")  # or the next run of the job sorts it
