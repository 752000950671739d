"""What of a result is the data, a line each for scripts; and what a person should know besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Result = Mapping[str, Any]


def cameras(result: Result) -> Iterable[str]:
    """Yield the names, and after a tab what each has where it was counted."""
    for camera in result["cameras"]:
        parts = [camera["name"]]
        if "loose" in camera:
            parts += [f"{camera[what]} {what.replace('_', ' ')}" for what in ("loose", "sorted_days", "archived_days")]
        yield "\t".join(parts)


def keys(result: Result) -> Iterable[str]:
    """Yield the key of each picture; ``ARCHIVE!/NAME`` for one in an archive."""
    for row in result["captures"]:
        yield f"{row['key']}!/{row['name']}" if row["location"] == "archived" else row["key"]


def folders(result: Result) -> Iterable[str]:
    """Yield the folders of a camera: its days, and the one of its archives."""
    yield from (f"{row['camera']}/{row['date']}" for row in result["days"] if row["location"] == "sorted")
    yield from {f"{row['camera']}/archive" for row in result["days"] if row["location"] == "archived"}


def moves(result: Result) -> Iterable[str]:
    """Yield where each picture is now."""
    return (move["destination"] for move in result["moves"])


def archives(result: Result) -> Iterable[str]:
    """Yield the archives that were written."""
    return (archive["key"] for archive in result["archives"])


def changed_keys(result: Result) -> Iterable[str]:
    """Yield what comes, or goes."""
    yield from (result["diff"]["after"] or result["diff"]["before"]).splitlines()


def places(result: Result) -> Iterable[str]:
    """Yield where each picture was brought."""
    return (picture["path"] for picture in result["restored"])


def findings(result: Result) -> Iterable[str]:
    """Yield what is not as it was archived, and why that is said."""
    for it in result["findings"]:
        yield f"{it['finding']}: {' '.join(filter(None, (it['key'], it['name'])))}: {it['reason']}"


def heads(result: Result) -> Iterable[str]:
    """Yield the last link of each chain: kept elsewhere, it shows later that none was cut off."""
    for head in result["heads"]:
        stamped = f", stamped at {head['stamped_at']}" if head["stamped_at"] else ""
        yield f"{head['camera']} ends with link {head['number']}, SHA-256 {head['sha256']}{stamped}"
