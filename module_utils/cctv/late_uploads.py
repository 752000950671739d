"""What seems to have been there at an instant, and may have come after it.

S3 dates what came in parts by when its upload began, however much later that was finished. So who begins one before
an instant, and finishes it after, has what he wrote over taken for older.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile

from .store import Version, came_in_parts


def late_upload(history: Sequence[Version], at: datetime) -> Version | None:
    """Return what may have come after ``at`` though its date is before, by a key's versions, the newest first. Pure.

    Only over something else can it be a forgery; s3fs makes each file empty before it sends it.
    """
    past = [*dropwhile(lambda version: version.modified > at, history)]
    if not past or not came_in_parts(past[0]) or not any(version.size for version in past[1:]):
        return None
    return past[0]


@dataclass(slots=True)
class LateUploads:
    """Counts them, and names the first."""

    count: int = 0
    first: Version | None = None

    def note(self, history: Sequence[Version], at: datetime) -> None:
        """Count a key where there may be one."""
        if late := late_upload(history, at):
            self.count, self.first = self.count + 1, self.first or late

    def told(self) -> str:
        """Return what to look at, in a sentence; empty for nothing."""
        if self.first is None:
            return ""
        more = f" (so did {self.count - 1} more)" if self.count > 1 else ""
        return (
            f"{self.first.key} came in parts over an older version{more} and may have come after the instant, since"
            " S3 dates it by when its upload began: look at it, and if it is a forgery, give an instant before"
            f" {self.first.modified.isoformat()}."
        )
