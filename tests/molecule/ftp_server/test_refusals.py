"""What nobody may do, whoever knows a camera's password."""

from __future__ import annotations

import io
from contextlib import ExitStack
from ftplib import FTP, all_errors, error_perm

import pytest
from conftest import ADDRESS, inside, log_in

REFUSED = pytest.raises(error_perm, match=r"^(530|550|553)")


@pytest.mark.parametrize("account", ["cctv", "root", "nobody", "anonymous", "ftp"])
def test_login_needs_a_listed_account_and_its_password(account):
    with FTP(ADDRESS, timeout=20) as ftp, REFUSED:
        ftp.login(account, "wrong")


def test_too_many_guesses_end_the_session():
    ftp = FTP(ADDRESS, timeout=20)
    for _ in range(2):
        with pytest.raises(all_errors):
            ftp.login("cctv", "wrong")
    with pytest.raises(all_errors):
        ftp.login("cctv", "all-of-them")
    ftp.close()


def test_nothing_outside_the_root_can_be_seen(cctv):
    for path in ("/etc", "../../../etc", "/var/lib"):
        with REFUSED:
            cctv.cwd(path)
    cctv.cwd("/..")
    assert cctv.nlst() == ["storage"]


@pytest.mark.parametrize("path", ["a.jpg", "/a.jpg", "../a.jpg", "storage/../a.jpg", "/etc/cron.d/a"])
def test_nothing_can_be_written_outside_the_upload_directory(cctv, path):
    with REFUSED:
        cctv.storbinary(f"STOR {path}", io.BytesIO(b"x"))


def test_no_folder_can_be_made_in_the_root(cctv):
    with REFUSED:
        cctv.mkd("CAM-EXT-099")


def test_a_camera_writes_to_its_own_folder_alone(cam1):
    cam1.cwd("storage")
    cam1.storbinary("STOR CAM-EXT-001/own.jpg", io.BytesIO(b"own"))
    for path in ("CAM-EXT-002/other.jpg", "../storage/CAM-EXT-002/other.jpg", "loose.jpg"):
        with REFUSED:
            cam1.storbinary(f"STOR {path}", io.BytesIO(b"x"))
    with REFUSED:
        cam1.mkd("CAM-EXT-003")
    with REFUSED:
        cam1.rename("CAM-EXT-001/own.jpg", "CAM-EXT-002/own.jpg")


def test_pictures_cannot_be_read_back_or_deleted(cctv):
    cctv.storbinary("STOR storage/kept.jpg", io.BytesIO(b"evidence"))
    with REFUSED:
        cctv.retrbinary("RETR storage/kept.jpg", lambda _: None)
    with REFUSED:
        cctv.delete("storage/kept.jpg")
    assert inside("cat", "/var/lib/cctv/storage/kept.jpg") == "evidence"


def test_a_camera_cannot_take_a_folder_away_from_the_forwarder(cctv):
    cctv.cwd("storage")
    cctv.mkd("CAM-EXT-004")
    with pytest.raises(error_perm, match=r"^5"):
        cctv.sendcmd("SITE CHMOD 000 CAM-EXT-004")
    assert inside("stat", "--format=%A", "/var/lib/cctv/storage/CAM-EXT-004").strip() != "d---------"


def test_one_host_cannot_take_every_place():
    with ExitStack() as sessions:
        for _ in range(8):
            sessions.enter_context(log_in("cctv"))
        with pytest.raises(all_errors, match=r"^421"):
            log_in("cctv")


def test_the_accounts_have_no_shell_and_their_hash_is_not_readable():
    assert inside("getent", "passwd", "cctv").strip().endswith(":/var/lib/cctv:/usr/sbin/nologin")
    assert inside("stat", "-c", "%a", "/etc/shadow").strip() in ("640", "600")
    assert inside("getent", "shadow", "cctv").split(":")[1].startswith("$6$")
