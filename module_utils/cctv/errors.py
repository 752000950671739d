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
    """Nothing else would work either: no such bucket, no way to it, no valid key, no permission to list."""


@contextmanager
def noted(failures: MutableMapping[str, str], key: str) -> Iterator[None]:
    """Note under ``key`` what fails in the ``with`` block, and go on: one item does not stop the others.

    An UnusableError passes: it would only be noted again for each item that is left.
    """
    try:
        yield
    except UnusableError:
        raise
    except CctvError as error:
        failures.setdefault(key, str(error))
