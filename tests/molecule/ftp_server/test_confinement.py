"""What vsftpd can reach, whoever breaks into it, and what it must reach all the same."""

from __future__ import annotations

import io
import time

from conftest import inside, log_in

STORAGE = "/var/lib/cctv/storage"


def main_process() -> str:
    return inside("systemctl", "show", "--value", "--property=MainPID", "vsftpd").strip()


def test_systemd_finds_little_to_fear():
    report = inside("systemd-analyze", "security", "--no-pager", "vsftpd")
    score = float(report.split("Overall exposure level for vsftpd.service: ")[1].split()[0])
    assert score < 3, report


def test_it_can_write_to_its_root_alone():
    options = {
        line.split()[4]: line.split()[5].split(",")[0]
        for line in inside("cat", f"/proc/{main_process()}/mountinfo").splitlines()
    }
    assert (options["/"], options["/var/lib/cctv"]) == ("ro", "rw")
    assert {
        path for path, option in options.items() if option == "rw" and path.startswith(("/etc", "/usr", "/home"))
    } == set()


def test_it_has_six_capabilities_and_gains_none():
    told = dict(
        line.split(":\t") for line in inside("cat", f"/proc/{main_process()}/status").splitlines() if ":\t" in line
    )
    assert int(told["CapBnd"], 16).bit_count() == 6
    assert (told["NoNewPrivs"], told["Seccomp"]) == ("1", "2")


def test_what_is_mounted_later_is_where_cameras_write(cctv):
    """s3fs is mounted, taken away and mounted anew while vsftpd runs."""
    inside("mount", "-t", "tmpfs", "-o", "mode=0777", "it", STORAGE)
    try:
        with log_in("cctv") as later:
            for session in (cctv, later):
                session.storbinary("STOR storage/mounted.jpg", io.BytesIO(b"picture"))
                assert inside("cat", f"{STORAGE}/mounted.jpg") == "picture"
                inside("rm", f"{STORAGE}/mounted.jpg")
    finally:
        inside("umount", STORAGE)
    cctv.storbinary("STOR storage/below.jpg", io.BytesIO(b"picture"))
    assert inside("cat", f"{STORAGE}/below.jpg") == "picture"


def test_it_is_started_again():
    before = main_process()
    inside("kill", "-9", before)
    deadline = time.monotonic() + 60
    while "LISTEN" not in inside("ss", "-ltn", "sport = :21") or main_process() == before:
        assert time.monotonic() < deadline
        time.sleep(1)
    log_in("cctv").quit()


def test_a_log_elsewhere_is_written(cctv):
    cctv.storbinary("STOR storage/elsewhere.jpg", io.BytesIO(b"picture"))
    cctv.quit()
    assert "/storage/elsewhere.jpg" in inside("cat", "/var/log/uploads.log")
