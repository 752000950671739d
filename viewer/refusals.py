"""What is wrong with a picture or a wish, so that its page can say it."""

from __future__ import annotations

from cctv.errors import StoreError


class RestoreRefusedError(StoreError):
    """S3 was asked for a restore and did not take it."""
