"""What a relay's files say that was set up by the README of hikvision-aws-toolkit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from cctv.errors import CctvError
from cctv.handmade import choose_mount, find_archive, find_homes, find_key, find_mounts, find_settings

ADOPTION = yaml.safe_load((Path(__file__).parents[2] / "playbooks/vars/adoption.yml").read_text())
README = (
    "# /etc/fstab\n/dev/sda1 / ext4 defaults 0 1\n"
    "# Remote S3 CCTV storage\n"
    "s3fs#my-video-surveillance /var/lib/cctv/storage fuse nonempty,_netdev,allow_other,use_cache=/var/tmp,"
    "ensure_diskfree=30720,max_stat_cache_size=250000,passwd_file=/etc/passwd-s3fs,"
    "url=https://s3.eu-central-1.amazonaws.com,endpoint=eu-central-1,umask=0000 0 0\n"
)


def test_the_readmes_line_of_fstab() -> None:
    (mount,) = find_mounts(README)
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
    (ours,) = find_mounts("b:/site /srv/ftp/in fuse.s3fs _netdev,mp_umask=0027,url=x 0 0")
    assert (ours.bucket, ours.prefix, ours.path, ours.by_hand) == ("b", "site", "/srv/ftp/in", False)
    (slash,) = find_mounts("s3fs#b /srv/in/ fuse x 0 0")
    assert slash.path == "/srv/in"
    assert find_mounts("#s3fs#b /srv fuse x 0 0\nserver:/x /srv nfs x 0 0\n\nbroken") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AKIA:s/+e\n", ("AKIA", "s/+e")),
        ("bucket:AKIA:s\n", ("AKIA", "s")),
        ("backup:OTHER:o\nbucket:AKIA:s\n", ("AKIA", "s")),
        ("backup:OTHER:o\nAKIA:s\n", ("AKIA", "s")),
        ("backup:OTHER:o\n", ("", "")),
        ("# nothing\n", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_key(text: str, key: tuple[str, str]) -> None:
    assert find_key(text, "bucket") == key


BACKUP = "s3fs#backup /mnt/backup fuse x 0 0\n"
CAMERAS = "s3fs#pictures /var/lib/cctv/storage fuse x 0 0\n"
HOMES = {"/var/lib/cctv": "cctv"}


@pytest.mark.parametrize(
    ("fstab", "bucket", "homes", "chosen"),
    [
        (BACKUP + CAMERAS, "pictures", {}, "/var/lib/cctv/storage"),
        (CAMERAS + BACKUP, "", HOMES, "/var/lib/cctv/storage"),
        (BACKUP + CAMERAS, "renamed", HOMES, "/var/lib/cctv/storage"),
        ("s3fs#pictures /mnt/copy fuse x 0 0\n" + CAMERAS, "pictures", HOMES, "/var/lib/cctv/storage"),
        (BACKUP, "", {}, "/mnt/backup"),
        ("", "pictures", HOMES, None),
    ],
)
def test_the_cameras_mount_among_others(fstab: str, bucket: str, homes: dict[str, str], chosen: str | None) -> None:
    mount = choose_mount(find_mounts(fstab), bucket, homes)
    assert (mount and mount.path) == chosen


@pytest.mark.parametrize(("fstab", "bucket"), [(BACKUP + CAMERAS, ""), (BACKUP, "pictures"), (CAMERAS * 2, "pictures")])
def test_no_mount_is_guessed(fstab: str, bucket: str) -> None:
    with pytest.raises(CctvError, match=r"Which mount is the cameras'\?.*: name its bucket as aws.cctv_bucket"):
        choose_mount(find_mounts(fstab), bucket, {})


@pytest.mark.parametrize(
    "spelling", ["cctv_bucket:  \"b\"\n  cctv_region:  'r'", "cctv-bucket: b\n  cctv-region: r # x"]
)
def test_the_configuration_in_either_spelling(spelling: str) -> None:
    assert find_settings(f"%YAML 1.2\n---\naws:\n  profile: p\n  {spelling}\n") == {"bucket": "b", "region": "r"}


CONFIG = """%YAML 1.2
---

aws:
        cctv_bucket:  "my-video-surveillance"
archive:
        keep_files_days:  365
        purge_permanently:  True
        # glacier: True
        extension: tar.gz
        batch_folder_limit: 31 # days

        glacier: no
web:
        glacier: True
        extension: zip
"""


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            CONFIG,
            {
                "keep_files_days": 365,
                "purge_permanently": True,
                "extension": "tar.gz",
                "batch_folder_limit": 31,
                "glacier": False,
            },
        ),
        ("archive: {glacier: false, keep_files_days: '30'}\n", {"glacier": False, "keep_files_days": "30"}),
        ("archive:\naws:\n  glacier: true\n", {}),
        ("# archive:\n#   glacier: true\n", {}),
        ("", {}),
    ],
)
def test_what_the_configuration_says_of_archives(config: str, said: dict[str, object]) -> None:
    assert find_archive(config) == said
    assert ((yaml.safe_load(config) or {}).get("archive") or {}) == said


def fits(name: str, text: str, path: str = "/srv/ftp.d/storage") -> bool:
    """Tell whether the playbook's pattern takes a line for the mount at the path."""
    return bool(re.search(ADOPTION[name].replace("{{ __adopt_path }}", re.escape(path)), text))


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("s3fs#bucket /srv/ftp.d/storage fuse _netdev 0 0", True),
        ("s3fs#bucket /srv/ftp.d/storage/ fuse _netdev 0 0", True),
        ("bucket\t/srv/ftp.d/storage fuse.s3fs _netdev 0 0", True),
        ("#bucket /srv/ftp.d/storage fuse.s3fs _netdev 0 0", False),
        ("bucket /srv/ftp.d/storage2 fuse.s3fs _netdev 0 0", False),
        ("s3fs#backup /srv/backup fuse _netdev 0 0", False),
        ("/dev/sdb1 /srv/ftp.d/storage ext4 defaults 0 2", False),
    ],
)
def test_the_line_of_fstab_that_goes_is_the_mounts_in_either_form(line: str, ours: bool) -> None:
    assert fits("__adopt_fstab_line", line) is ours


@pytest.mark.parametrize(
    ("process", "ours"),
    [
        ("s3fs bucket /srv/ftp.d/storage -o rw,nonempty", True),
        ("/usr/bin/s3fs bucket /srv/ftp.d/storage/", True),
        ("s3fs backup /srv/backup -o rw", False),
        ("s3fs backup /srv/ftp.d/storage2 -o rw", False),
        ("vi s3fs /srv/ftp.d/storage", False),
    ],
)
def test_no_other_mount_is_waited_for(process: str, ours: bool) -> None:
    assert fits("__adopt_process", process) is ours


def test_whom_cameras_log_in_as() -> None:
    passwd = ["root:x:0:0:root:/var/lib/cctv:/bin/sh", "cctv:x:1000:1000::/var/lib/cctv:/bin/false", "broken"]
    assert find_homes([*passwd, "second:x:1001:1001::/var/lib/cctv/:/bin/false"]) == {"/var/lib/cctv": "cctv"}
