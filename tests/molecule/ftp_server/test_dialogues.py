"""What cameras really say: every dialogue here was seen to break one FTP server or another."""

from __future__ import annotations

import io
import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from ftplib import FTP, FTP_TLS, error_perm

import pytest
from conftest import ADDRESS, PASSWORDS, inside, log_in

STORAGE = "/var/lib/cctv/storage"


def stored(path: str) -> bytes:
    return bytes.fromhex(inside("od", "-An", "-v", "-tx1", f"{STORAGE}/{path}"))


def test_a_missing_folder_is_refused_made_and_entered(cctv):
    cctv.cwd("storage")
    with pytest.raises(error_perm, match=r"^550"):
        cctv.cwd("CAM-EXT-010")
    cctv.mkd("CAM-EXT-010")
    cctv.cwd("CAM-EXT-010")
    cctv.storbinary("STOR a.jpg", io.BytesIO(b"picture"))
    assert stored("CAM-EXT-010/a.jpg") == b"picture"


def test_making_a_folder_again_is_refused_and_the_session_goes_on(cctv):
    cctv.cwd("storage")
    cctv.mkd("CAM-EXT-011")
    with pytest.raises(error_perm, match=r"^550"):
        cctv.mkd("CAM-EXT-011")
    cctv.storbinary("STOR CAM-EXT-011/a.jpg", io.BytesIO(b"picture"))


def test_two_levels_of_folders(cctv):
    for folder in ("storage", "CAM-EXT-012", "2022-02-24"):
        if folder != "storage":
            cctv.mkd(folder)
        cctv.cwd(folder)
    cctv.storbinary("STOR a.jpg", io.BytesIO(b"deep"))
    assert stored("CAM-EXT-012/2022-02-24/a.jpg") == b"deep"


@pytest.mark.parametrize("way", ["PASV", "EPSV", "PORT"])
def test_each_way_to_open_the_data_connection(cctv, way):
    cctv.set_pasv(way != "PORT")
    cctv.trust_server_pasv_ipv4_address = False
    if way == "EPSV":
        cctv.makepasv = lambda: (ADDRESS, int(cctv.sendcmd("EPSV").split("|||")[1].split("|")[0]))
    cctv.storbinary(f"STOR storage/{way}.jpg", io.BytesIO(way.encode()))
    assert stored(f"{way}.jpg") == way.encode()


def test_passive_ports_are_in_the_range(cctv):
    ports = {cctv.makepasv()[1] for _ in range(5)}
    assert ports <= set(range(51000, 51010))


def test_allo_gets_a_positive_reply(cctv):
    assert cctv.sendcmd("ALLO 110000").startswith("2")
    cctv.storbinary("STOR storage/allo.jpg", io.BytesIO(b"picture"))


def test_the_same_name_again_replaces(cctv):
    cctv.storbinary("STOR storage/same.jpg", io.BytesIO(b"first and longer"))
    cctv.storbinary("STOR storage/same.jpg", io.BytesIO(b"second"))
    assert stored("same.jpg") == b"second"


def test_a_temporary_name_is_renamed(cctv):
    cctv.storbinary("STOR storage/b.tmp", io.BytesIO(b"picture"))
    cctv.rename("storage/b.tmp", "storage/b.jpg")
    assert stored("b.jpg") == b"picture"


def test_big_uploads_side_by_side_arrive_whole():
    pictures = {f"parallel-{n}.jpg": os.urandom(1_000_000) for n in range(6)}

    def send(name: str) -> None:
        with log_in("cctv") as ftp:
            ftp.storbinary(f"STOR storage/{name}", io.BytesIO(pictures[name]))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, pictures))
    for name, content in pictures.items():
        assert stored(name) == content


def test_files_are_not_for_everybody(cctv):
    cctv.storbinary("STOR storage/mode.jpg", io.BytesIO(b"picture"))
    assert inside("stat", "-c", "%a %U %G", f"{STORAGE}/mode.jpg").split() == ["640", "cctv", "cctv"]


def test_encrypted_upload():
    with FTP_TLS(ADDRESS, timeout=20) as ftp:
        ftp.login("cctv", PASSWORDS["cctv"])
        ftp.prot_p()
        assert ftp.sock.version() in ("TLSv1.2", "TLSv1.3")
        ftp.storbinary("STOR storage/tls.jpg", io.BytesIO(b"secret"))
    assert stored("tls.jpg") == b"secret"


def test_old_protocol_versions_are_refused():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with FTP(ADDRESS, timeout=20) as plain:
        plain.sendcmd("AUTH TLS")
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(plain.sock)


def test_uploads_and_logins_are_in_the_journal(cctv):
    cctv.storbinary("STOR storage/logged.jpg", io.BytesIO(b"picture"))
    cctv.quit()
    journal = inside("journalctl", "--no-pager", "-t", "vsftpd", "-o", "cat")
    assert "/storage/logged.jpg" in journal
    assert "OK LOGIN" in journal
    assert not any(password in journal for password in PASSWORDS.values())
