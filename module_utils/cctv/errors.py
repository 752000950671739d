"""Errors that a shell catches: the text is a sentence for the person who typed the command."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager


class CctvError(Exception):
    """Something the user can mend; ``str(error)`` says what and how."""


class DamagedError(CctvError):
    """What was read is not what it should be: it proves nothing, and nothing may be deleted because of it."""


class StoreError(CctvError):
    """S3 refused or could not be reached.

    ``code`` is S3's own error code (``NoSuchKey``, ``SlowDown``, ...) or the name of the library's exception.
    """

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class UnusableError(StoreError):
    """Nothing else in the ``bucket`` would work either: it does not exist, there is no way to it, no valid key."""

    def __init__(self, sentence: str, *, code: str = "", bucket: str = "") -> None:
        super().__init__(sentence, code=code)
        self.bucket = bucket


@contextmanager
def noted(failures: MutableMapping[str, str], *keys: str) -> Iterator[None]:
    """Note under each of ``keys`` what fails in the ``with`` block, and go on: one item does not stop the others.

    An UnusableError concerns no item but the whole bucket, and is noted once, under that. Every later call of the
    store raises it again at once, so that what is left to do ends by itself, and what was done is still told.
    """
    try:
        yield
    except UnusableError as error:
        failures.setdefault(f"s3://{error.bucket}", str(error))
    except CctvError as error:
        for key in keys:
            failures.setdefault(key, str(error))
