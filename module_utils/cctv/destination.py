"""What a restore brings, and what it asks of the place where it brings it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import IO, Protocol

from .errors import DamagedError
from .forecast import Outline

LARGE = 8 * 1024 * 1024
"""Bytes of the largest picture that is held in memory as a whole."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, whose bytes come once, in ``pieces``. ``sha256`` is empty where nobody states it."""

    camera: str
    day: date
    name: str
    size: int
    pieces: Iterable[bytes]
    sha256: str

    def pour(self, file: IO[bytes]) -> str:
        """Write the bytes to ``file`` and return their SHA-256; DamagedError when it is not the one stated."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(piece)
            file.write(piece)
        if self.sha256 not in ("", digest.hexdigest()):
            raise DamagedError(f"{self.name} of {self.camera} is damaged: its SHA-256 is not that of the index.")
        return digest.hexdigest()


class Destination(Protocol):
    """Where pictures are brought."""

    def check(self) -> None:
        """CctvError when nothing can be written there."""
        ...

    def open(self) -> None:
        """Do what has to be done before the first picture."""
        ...

    def write(self, picture: Picture) -> tuple[str, bool, str]:
        """Put ``picture`` there; return where it is now, whether that is new, and its SHA-256."""
        ...

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return where a picture would be, and whether that is new."""
        ...

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object is one that was brought here."""
        ...
