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
from conftest import (
    CONTAINER,
    INGEST,
    address,
    content,
    delete,
    inside,
    keys,
    log_in,
    processes,
    secrets,
    sorted_key,
    wait_until,
)

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


def at_first(key: str) -> str:
    """Where a picture turns up: loose through the mount, in its place by the forwarder."""
    return key if INGEST == "mount" else sorted_key(key)


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
    arrivals = {at_first(key): picture for key, picture in pictures.items()}
    watching = threading.Thread(target=watch, args=(set(arrivals), seen, over))
    watching.start()
    started = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda camera: send(camera, pictures, begun), CAMERAS))
    sent = time.monotonic() - started
    watching.join(60)
    over.set()
    assert keys() == set(arrivals)
    assert [key for key, picture in arrivals.items() if content(key) != picture] == []
    delays = sorted(seen[at_first(key)] - begun[key] for key in pictures)
    with capsys.disabled():
        print(
            f"\n{len(pictures)} pictures of {len(CAMERAS)} cameras in {sent:.1f} s; FTP upload to object in bucket:"
            f" median {statistics.median(delays):.2f} s, p99 {statistics.quantiles(delays, n=100)[98]:.2f} s"
        )


JOBS = pytest.mark.skipif(INGEST == "spool", reason="a relay with the spool has no job, and no key that may delete")


OF_THE_JOB = "job=$(systemctl show --value --property=MainPID cctv-job@sort.service) && [ $job != 0 ] && "
# Where the job is and as root, whom nothing but the job's own view of the file system can refuse.
WRITE = "nsenter --target=$job --mount touch /var/lib/hkawstoolkit/jobs/in-its-home /srv/elsewhere"


@JOBS
def test_cron_sorts_them(pictures):
    """The very line, with what cron gives it: after the minute in which a picture may still be written."""
    time.sleep(62)
    *variables, line = inside("cat", "/etc/cron.d/hk-aws-tool-collect").stdout.strip().splitlines()
    *when, user, command = line.split(" ", 6)
    assert when == ["10", "*", "*", "*", "*"]
    environment = [word for word in variables if word.startswith(("HOME=", "SHELL="))] + ["PATH=/usr/bin:/bin"]
    words = ["runuser", "-u", user, "--", "env", "-i", *environment, "/bin/sh", "-c", command]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(inside, *words, check=False)
        seen, confined, refused = "", "", ""
        while not running.done():
            seen += processes()
            confined += inside("sh", "-c", OF_THE_JOB + "cat /proc/$job/status", check=False).stdout
            refused += inside("sh", "-c", OF_THE_JOB + WRITE, check=False).stderr
    done = running.result()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert user == "root"
    assert "NoNewPrivs:\t1\n" in confined
    assert "CapBnd:\t0000000000000000\n" in confined
    assert "Read-only file system" in refused
    assert "in-its-home" not in refused
    assert "playbooks/captures_sort.yml" in seen
    assert [secret for secret in secrets().values() if secret in seen] == []
    expected = {sorted_key(key): picture for key, picture in pictures.items()}
    assert keys() == set(expected)
    assert [key for key, picture in expected.items() if content(key) != picture] == []
    assert '"exit_status": 0' in inside("cat", "/var/lib/hkawstoolkit/jobs/sort.json").stdout
    assert "200 pictures sorted" in inside("journalctl", "--no-pager", "-t", "cctv-sort", "-o", "cat").stdout


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


@pytest.mark.skipif(INGEST == "spool", reason="there is nothing mounted that vsftpd would have to see")
def test_a_mount_that_is_made_anew_is_where_cameras_write():
    """vsftpd has its own view of the file system, which must follow what the watchdog does outside of it."""
    name = f"CAM-EXT-001/{hikvision(NOW, 998)}"
    inside("pkill", "-9", "--exact", "s3fs")
    wait_until(
        lambda: (
            "OK" in inside("sh", "-c", "timeout 5 ls /var/lib/cctv/storage/CAM-EXT-001 && echo OK", check=False).stdout
        )
    )
    with log_in() as ftp:
        ftp.storbinary(f"STOR storage/{name}", io.BytesIO(b"through the new mount"))
    assert content(name) == b"through the new mount"
    delete(name)


def test_systemd_finds_little_to_fear(capsys):
    report = inside("systemd-analyze", "security", "--no-pager", "vsftpd").stdout
    score = float(report.split("Overall exposure level for vsftpd.service: ")[1].split()[0])
    with capsys.disabled():
        print(f"\nexposure of vsftpd (median): {score}")
    assert score < 3


def test_after_a_restart_everything_is_up():
    subprocess.run(["podman", "restart", "--time", "30", CONTAINER], check=True, capture_output=True)
    wait_until(lambda: inside("systemctl", "is-system-running", check=False).stdout.strip() == "running")
    units = ["vsftpd", "cron"]
    units += ["var-lib-cctv-storage.mount", "s3-mount-watchdog.timer", "s3-mount-cache.timer"] * (INGEST == "mount")
    units += ["cctv-forwarder"] * (INGEST == "spool")
    wait_until(lambda: inside("systemctl", "is-active", *units, check=False).stdout.split() == ["active"] * len(units))
    with log_in() as ftp:
        name = f"CAM-EXT-001/{hikvision(NOW, 999)}"
        ftp.storbinary(f"STOR storage/{name}", io.BytesIO(b"a picture after the restart"))
    wait_until(lambda: at_first(name) in keys(), 30)
    assert content(at_first(name)) == b"a picture after the restart"
    delete(at_first(name))  # or the next run of the job sorts it
