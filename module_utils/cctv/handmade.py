"""What the files of a relay say that was set up by hand, as the README of hikvision-aws-toolkit has it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


def find_mount(fstab: str) -> Mount | None:
    """Return the first bucket that ``fstab`` mounts by s3fs, as ``s3fs#BUCKET`` or with the type ``fuse.s3fs``."""
    for line in fstab.splitlines():
        words = line.split()
        if len(words) < 4 or words[0].startswith("#"):
            continue
        what, path, kind, options = words[:4]
        if what.startswith("s3fs#") or kind == "fuse.s3fs":
            bucket, _, prefix = what.removeprefix("s3fs#").partition(":/")
            values = {name: value for name, _, value in (word.partition("=") for word in options.split(","))}
            by_hand = "mp_umask" not in values
            return Mount(bucket, path.rstrip("/"), prefix.strip("/"), values, by_hand)
    return None


def find_key(passwd_s3fs: str) -> tuple[str, str]:
    """Return the access key and its secret, from ``KEY:SECRET`` or ``BUCKET:KEY:SECRET``; empty when there is none."""
    for line in passwd_s3fs.splitlines():
        words = line.strip().split(":")
        if len(words) >= 2 and not line.startswith("#"):
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


def find_account(passwd: Iterable[str], home: str) -> str:
    """Return the user that lives in ``home``, which cameras log in as; empty when nobody does."""
    for line in passwd:
        words = line.strip().split(":")
        if len(words) == 7 and words[5].rstrip("/") == home and words[0] != "root":
            return words[0]
    return ""
