"""The time at which objects arrive, moved at will: a bucket with a history needs one."""

from __future__ import annotations

import datetime as dt

from moto.core.utils import utcnow
from moto.s3 import models


class Clock:
    """S3's clock, so many seconds away from the real one."""

    offset_seconds: float = 0

    def install(self) -> None:
        """Let LastModified follow this clock."""
        models.utcnow = self._now

    def _now(self) -> dt.datetime:
        now: dt.datetime = utcnow()
        return now + dt.timedelta(seconds=self.offset_seconds)
