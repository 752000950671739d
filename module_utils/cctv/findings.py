"""What verifying finds whole, and what not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .link import Link


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the chain says.

    ``finding``: missing, changed, added, unread, unsigned, unstamped, late, rebuilt or expired.
    """

    camera: str
    date: str
    key: str
    name: str
    finding: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What was found whole, and what was not.

    ``unread`` counts those of the ``archives`` that are whole by S3's checksum alone.
    For each camera ``heads`` are the last link's number and hash, ``stamped_at`` the time of its last good stamp.
    """

    days: int = 0
    archives: int = 0
    unread: int = 0
    captures: int = 0
    bytes: int = 0
    signed: int = 0
    stamped: int = 0
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    stamped_at: dict[str, datetime] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def find(self, of: Link | str, key: str, finding: str, *, reason: str, name: str = "") -> None:
        """Note a finding of a link, or of a camera as a whole."""
        camera, day = (of, "") if isinstance(of, str) else (of.camera, of.date.isoformat())
        self.findings.append(Finding(camera, day, key, name, finding, reason))
