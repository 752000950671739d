"""What the files of a relay say that was set up by hand, as the README of hikvision-aws-toolkit has it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from .errors import CctvError

_CONFIG = re.compile(r"^\s*cctv[-_](bucket|region):\s*[\"']?([^\"'\s#]+)", re.MULTILINE)
ARCHIVE_KEYS = ("keep_files_days", "batch_folder_limit", "glacier", "purge_permanently", "extension")
_SECTION = re.compile(r"^archive:.*(?:\n(?:[ \t#].*)?)*", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*", re.MULTILINE)
_PAIR = re.compile(rf"\b({'|'.join(ARCHIVE_KEYS)}):\s*(?:[\"']([^\"'\n]*)[\"']|([^\s\"',}}]+))")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Mount:
    """The bucket's line in fstab. ``by_hand`` unless it has the form that role s3_mount gives it."""

    bucket: str
    path: str
    prefix: str = ""
    options: dict[str, str] = field(default_factory=dict)
    by_hand: bool = True


def find_mounts(fstab: str) -> list[Mount]:
    """Return the buckets that ``fstab`` mounts by s3fs, as ``s3fs#BUCKET`` or with the type ``fuse.s3fs``."""
    mounts = []
    for line in fstab.splitlines():
        words = line.split()
        if len(words) < 4 or words[0].startswith("#"):
            continue
        what, path, kind, options = words[:4]
        if what.startswith("s3fs#") or kind == "fuse.s3fs":
            bucket, _, prefix = what.removeprefix("s3fs#").partition(":/")
            values = {name: value for name, _, value in (word.partition("=") for word in options.split(","))}
            by_hand = "mp_umask" not in values
            mounts.append(Mount(bucket, path.rstrip("/"), prefix.strip("/"), values, by_hand))
    return mounts


def choose_mount(mounts: Sequence[Mount], bucket: str, homes: Collection[str]) -> Mount | None:
    """Return the cameras' mount: that of the configuration's ``bucket``, or the one in the home of who logs in by FTP.

    Raises CctvError where that is not said of exactly one of them.
    """
    of_bucket = [mount for mount in mounts if mount.bucket == bucket]
    at_home = [mount for mount in of_bucket or mounts if str(PurePath(mount.path).parent) in homes]
    left = of_bucket if len(of_bucket) == 1 else at_home or of_bucket or ([] if bucket else mounts)
    if len(left) == 1 or not mounts:
        return next(iter(left), None)
    named = ", ".join(f"{mount.bucket} at {mount.path}" for mount in left or mounts)
    raise CctvError(
        f"Which mount is the cameras'? /etc/fstab has {named}: name its bucket as aws.cctv_bucket in "
        "/etc/hkawstoolkit/config.yaml, and take other lines for it out of fstab."
    )


def find_key(passwd_s3fs: str, bucket: str) -> tuple[str, str]:
    """Return the access key for ``bucket`` and its secret, from ``BUCKET:KEY:SECRET`` or, for any, ``KEY:SECRET``."""
    lines = [line.strip().split(":") for line in passwd_s3fs.splitlines() if not line.startswith("#")]
    own = [words for words in lines if len(words) == 3 and words[0] == bucket]
    for words in (*own, *(words for words in lines if len(words) == 2)):
        return words[-2], words[-1]
    return "", ""


def find_settings(config: str) -> dict[str, str]:
    """Return ``bucket`` and ``region`` of the old configuration file."""
    return dict(_CONFIG.findall(config))


def find_archive(config: str) -> dict[str, Any]:
    """Return what the section ``archive`` of the old configuration file says, the values as YAML has them."""
    section = _SECTION.search(config)
    pairs = _PAIR.findall(_COMMENT.sub("", section[0])) if section else []
    return {key: _value(plain) if plain else quoted for key, quoted, plain in pairs}


def _value(word: str) -> bool | int | str:
    if word.lower() in _TRUTH:
        return _TRUTH[word.lower()]
    return int(word) if word.isdecimal() else word


def find_homes(passwd: Iterable[str]) -> dict[str, str]:
    """Return who lives in each home, but for root: the first of those that share one."""
    lines = [line.strip().split(":") for line in passwd]
    accounts = [words for words in lines if len(words) == 7 and words[0] != "root"]
    return {words[5].rstrip("/"): words[0] for words in reversed(accounts)}
