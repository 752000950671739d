"""Small file systems of our own: one that is full soon, and one whose power can be cut."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-m", "0"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
SMALLEST = {"ext4": 48, "xfs": 304, "btrfs": 128}  # MB


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def mounted(image: Path, *, options: str = "loop") -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cctv-disk-") as point:
        _run("mount", "-o", options, image, point)
        try:
            yield Path(point)
        finally:
            _run("umount", "--lazy", point)


@contextmanager
def small(kind: str = "ext4", *, megabytes: int = 0, options: str = "loop") -> Iterator[Path]:
    """A file system of its own, made, mounted and forgotten again."""
    with tempfile.TemporaryDirectory(prefix="cctv-disk-") as folder:
        image = Path(folder) / "image"
        make(image, kind, megabytes or SMALLEST[kind])
        with mounted(image, options=options) as point:
            yield point


def make(image: Path, kind: str, megabytes: int) -> None:
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run(*MAKE[kind], image)


class Outage:
    """A disk whose contents at an instant can be kept: what it was told to write, and nothing of the page cache.

    The image lies on an xfs, where copying a file by reference is one step: nothing is written to it half-way.
    """

    def __init__(self, host: Path, kind: str, megabytes: int) -> None:
        self.image = host / "image"
        self._copy = host / "after"
        make(self.image, kind, megabytes)

    def cut(self) -> Path:
        """Return a disk as it is found when the power is back."""
        _run("cp", "--reflink=always", self.image, self._copy)
        return self._copy


@contextmanager
def outage(kind: str = "ext4", megabytes: int = 0) -> Iterator[Outage]:
    with small("xfs", megabytes=2048) as host:
        yield Outage(host, kind, megabytes or SMALLEST[kind])
