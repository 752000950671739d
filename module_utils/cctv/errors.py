"""The one exception type that a shell catches: its text is a sentence for the person who typed the command."""

from __future__ import annotations


class CctvError(Exception):
    """Something the user can mend; ``str(error)`` says what and how."""


class StoreError(CctvError):
    """S3 refused or could not be reached.

    ``code`` is S3's own error code (``NoSuchKey``, ``SlowDown``, ...) or the name of the library's exception.
    """

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code
