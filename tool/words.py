"""The options that say which pictures are meant and what becomes of them. Each action takes some of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

import shtab


def text(given: str) -> str:
    """Return what was given; an empty variable in a script must not mean everything."""
    if not given.strip():
        raise argparse.ArgumentTypeError("it is empty: give a value, or leave the option out")
    return given


def day(given: str) -> str:
    """Return a date as it was given."""
    try:
        return date.fromisoformat(text(given)).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is not a date: write it as YYYY-MM-DD") from None


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is not below ``least``."""

    def number(given: str) -> int:
        try:
            found = int(given)
        except ValueError:
            found = least - 1
        if found < least:
            raise argparse.ArgumentTypeError(f"{given!r} is not a whole number of at least {least}")
        return found

    return number


_DAY: dict[str, Any] = {"metavar": "YYYY-MM-DD", "type": day}
_FLAG: dict[str, Any] = {"action": "store_true", "default": None}

WORDS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "camera": (
        ("-m", "--camera"),
        {
            "metavar": "CAMERA",
            "type": text,
            "help": "a camera, or a glob such as 'CAM-EXT-*' where several may be meant",
        },
    ),
    "date": (("-d", "--date"), _DAY | {"help": "a day"}),
    "from": (("--from",), _DAY | {"help": "first day of a range"}),
    "to": (("--to",), _DAY | {"help": "last day of a range"}),
    "pattern": (
        ("-p", "--pattern"),
        {
            "metavar": "GLOB",
            "type": text,
            "help": "a glob of file names, or with the folder (CAM/*.mp4); of days where days are archived",
        },
    ),
    "older_than": (
        ("--older-than",),
        {"metavar": "DAYS", "type": at_least(0), "help": "only days more than so many days ago"},
    ),
    "limit": (
        ("--limit",),
        {"metavar": "DAYS", "type": at_least(1), "help": "most days of each camera that one run archives"},
    ),
    "archives": (("--archives",), _FLAG | {"help": "archives, too"}),
    "delete": (("--delete",), _FLAG | {"help": "really delete; without it purge and cleanup only say what would go"}),
    "destination": (
        ("--destination",),
        {"metavar": "PLACE", "type": text, "help": "a folder, or s3://bucket/prefix/, to bring the pictures to"},
    ),
    "tier": (
        ("--tier",),
        {"choices": ["Standard", "Bulk", "Expedited"], "help": "how fast S3 restores, for its price"},
    ),
    "keep": (
        ("--keep",),
        {"metavar": "DAYS", "type": at_least(1), "help": "how long the restored copy stays readable"},
    ),
    "wait": (("--wait",), _FLAG | {"help": "wait until S3 has restored all"}),
    "read": (
        ("--quick",),
        {"action": "store_const", "const": False, "help": "compare S3's checksums, and read nothing"},
    ),
    "public_key": (
        ("--public-key",),
        {
            "metavar": "KEY",
            "type": text,
            "action": "append",
            "help": "the public key of minisign, for the signatures; again for each key that there was",
        },
    ),
    "timestamp_certificates": (
        ("--timestamp-certificates",),
        {"metavar": "FILE", "type": text, "help": "certificates of who stamps links"},
    ),
}
COMPLETE = {"destination": shtab.DIRECTORY, "timestamp_certificates": shtab.FILE, "config": shtab.FILE}


def short(name: str) -> str:
    """Return how a word is written."""
    return WORDS[name][0][0]
