"""Heads of chains that somebody wrote down where the bucket's owner cannot reach them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import CctvError

_WRITTEN = re.compile(r"(?:(?P<number>[0-9]{1,12})\s*:\s*)?(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """SHA-256 of a link that was a chain's last one once; ``number`` 0 where only the hash was written down."""

    number: int
    sha256: str

    def is_link(self, number: int, sha256: str) -> bool:
        """Say whether the link of that number and hash is the one meant."""
        return sha256 == self.sha256 and self.number in (0, number)


def parse_heads(written: Mapping[str, Any]) -> dict[str, Head]:
    """Return what was written down for each camera, ``HASH`` or ``NUMBER:HASH``; CctvError when it is none."""
    heads = {}
    for camera, text in written.items():
        match = _WRITTEN.fullmatch(str(text).strip().lower())
        if match is None:
            raise CctvError(
                f"expected_heads: {text!r} of {camera} is no head: give NUMBER:HASH, as captures_verify.yml prints it."
            )
        heads[camera] = Head(int(match["number"] or 0), match["sha256"])
    return heads
