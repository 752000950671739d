"""What a relay's files say that was set up by the README of hikvision-aws-toolkit."""

from __future__ import annotations

import pytest
from cctv.handmade import Schedule, find_account, find_key, find_mount, find_schedule, find_settings

README = (
    "# /etc/fstab\n/dev/sda1 / ext4 defaults 0 1\n"
    "# Remote S3 CCTV storage\n"
    "s3fs#my-video-surveillance /var/lib/cctv/storage fuse nonempty,_netdev,allow_other,use_cache=/var/tmp,"
    "ensure_diskfree=30720,max_stat_cache_size=250000,passwd_file=/etc/passwd-s3fs,"
    "url=https://s3.eu-central-1.amazonaws.com,endpoint=eu-central-1,umask=0000 0 0\n"
)


def test_the_readmes_line_of_fstab() -> None:
    mount = find_mount(README)
    assert mount
    assert (mount.bucket, mount.path, mount.prefix, mount.by_hand) == (
        "my-video-surveillance",
        "/var/lib/cctv/storage",
        "",
        True,
    )
    assert (mount.options["use_cache"], mount.options["endpoint"], mount.options["nonempty"]) == (
        "/var/tmp",
        "eu-central-1",
        "",
    )


def test_other_forms_of_the_line() -> None:
    ours = find_mount("b:/site /srv/ftp/in fuse.s3fs _netdev,mp_umask=0027,url=x 0 0")
    assert ours
    assert (ours.bucket, ours.prefix, ours.path, ours.by_hand) == ("b", "site", "/srv/ftp/in", False)
    assert find_mount("#s3fs#b /srv fuse x 0 0\nserver:/x /srv nfs x 0 0\n\nbroken") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [("AKIA:s/+e\n", ("AKIA", "s/+e")), ("bucket:AKIA:s\n", ("AKIA", "s")), ("# nothing\n", ("", "")), ("", ("", ""))],
)
def test_the_key(text: str, key: tuple[str, str]) -> None:
    assert find_key(text) == key


@pytest.mark.parametrize(
    "spelling", ["cctv_bucket:  \"b\"\n  cctv_region:  'r'", "cctv-bucket: b\n  cctv-region: r # x"]
)
def test_the_configuration_in_either_spelling(spelling: str) -> None:
    assert find_settings(f"%YAML 1.2\n---\naws:\n  profile: p\n  {spelling}\n") == {"bucket": "b", "region": "r"}


def test_the_lines_of_cron() -> None:
    line = "*/1 * * * cctv /usr/bin/hk-aws-tool.py -c /etc/hkawstoolkit/config.yaml -a store-all-files"
    text = f'# 5 {line} -p "*.bmp"\n10 {line} -p "*.jpg"\n45 {line} -p \'*.mp4\'\n'
    assert find_schedule(text) == Schedule("10", "*/1", ("*.jpg", "*.mp4"))
    assert find_schedule(f"10 {line}") == Schedule("10", "*/1", ("*",))
    assert find_schedule("10 * * * * hkawstoolkit cd /opt && python -m jobs sort") == Schedule()


def test_whom_cameras_log_in_as() -> None:
    passwd = ["root:x:0:0:root:/var/lib/cctv:/bin/sh", "cctv:x:1000:1000::/var/lib/cctv:/bin/false", "broken"]
    assert find_account(passwd, "/var/lib/cctv") == "cctv"
    assert find_account(passwd, "/srv") == ""
