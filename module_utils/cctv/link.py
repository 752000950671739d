"""One link of a camera's chain: what it says of its archive, how it is stored, and which keys are its own. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from .errors import CctvError

FORMAT = "cctv-chain/1"
SIGNATURE = ".minisig"
STAMP = ".tsr"
TYPE = "application/json"
LONGEST = 64 * 1024
"""Bytes that a link, its signature or its stamp may have: each has a few thousand at most."""

_NAME = re.compile(r"(?P<number>\d{8,12})\.json(?P<kind>|\.minisig|\.tsr)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One archive's place in its camera's chain. ``previous``: SHA-256 of the link before, empty for the first."""

    camera: str
    number: int
    date: date
    archive: str
    archive_bytes: int
    archive_sha256: str
    index: str
    index_sha256: str
    captures: int
    previous: str
    written_at: str

    def document(self) -> bytes:
        """Return what is stored, and hashed: JSON with sorted keys."""
        stated = {"format": FORMAT, **asdict(self), "date": self.date.isoformat()}
        return json.dumps(stated, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"

    def says_the_same(self, other: Link) -> bool:
        """Say whether two links are of one archive and index, as when two runs finished the same cut one."""
        return (self.archive_sha256, self.index, self.index_sha256) == (
            other.archive_sha256,
            other.index,
            other.index_sha256,
        )

    def renews(self, earlier: Link) -> bool:
        """Say whether this link is of the archive of an earlier one, and of its index written anew."""
        kept = ("camera", "date", "archive", "archive_bytes", "archive_sha256", "index", "captures")
        is_same = all(getattr(self, name) == getattr(earlier, name) for name in kept)
        return is_same and self.index_sha256 != earlier.index_sha256


_NUMBERS = {"number", "archive_bytes", "captures"}


def parse_link(document: bytes, *, name: str) -> Link:
    """Read a link; CctvError when it is damaged."""
    try:
        stated: dict[str, Any] = json.loads(document)
        if stated.pop("format") != FORMAT:
            raise ValueError("of another format")
        for part in fields(Link):
            wanted = int if part.name in _NUMBERS else str
            if type(stated[part.name]) is not wanted:
                raise ValueError(f"{part.name} is of the wrong kind")
        return Link(**stated | {"date": date.fromisoformat(stated["date"])})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CctvError(f"{name} is damaged ({error}).") from error


def parse_link_name(name: str) -> tuple[int, str] | None:
    """Return the number in a file name of a chain's folder, and whether it is a link's ("") or belongs to one.

    None for any other name: ``1.json`` is not the first link, whoever put it there.
    """
    match = _NAME.fullmatch(name)
    if match is None or not match["number"].isascii():
        return None
    number = int(match["number"])
    return (number, match["kind"]) if number and f"{number:08}" == match["number"] else None
