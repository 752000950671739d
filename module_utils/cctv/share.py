"""Which part of the work is whose, where several workers share it: rendezvous hashing. Pure.

Each day of each camera goes to the worker whose name hashes highest with it (Thaler and Ravishankar, 1998), so
that workers agree without talking, and one that joins or leaves moves only its own days.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from .errors import CctvError


@dataclass(frozen=True, slots=True)
class Share:
    """The part of ``worker`` among all ``workers``; without workers, everything."""

    worker: str = ""
    workers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.worker or self.workers) and self.worker not in self.workers:
            known = ", ".join(self.workers) or "none given"
            raise CctvError(f"worker: {self.worker!r} is none of the workers ({known}): give one of them.")

    def takes(self, camera: str, day: date) -> bool:
        """Say whether this day of ``camera`` is the worker's."""
        return not self.workers or self.worker == max(self.workers, key=lambda name: _weight(name, camera, day))


EVERYTHING = Share()


def _weight(worker: str, camera: str, day: date) -> bytes:
    return hashlib.blake2b(f"{worker}\n{camera}\n{day}".encode(), digest_size=8).digest()
