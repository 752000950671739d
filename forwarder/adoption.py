"""Pictures stranded elsewhere - under a mount point, in s3fs's cache, in an old FTP folder - taken to the bucket.

The same keys, the same proof, the same rule as for the spool: a file goes only when S3 holds its bytes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cctv.errors import CctvError, StoreError
from cctv.parallel import ordered_map

from forwarder.delivery import Delivery
from forwarder.naming import destination, safe
from forwarder.settings import Settings
from forwarder.spool import being_written

BATCH = 1000
QUIET_SECONDS = 120.0
"""A file that changed since then may still be written, by a server that takes no lock."""


@dataclass(frozen=True, slots=True)
class Stray:
    """One file to adopt: where it is, and its name as if it lay in the spool."""

    path: Path
    name: str
    arrived: float


@dataclass(slots=True)
class Outcome:
    """What an adoption did, or in a dry run would do."""

    adopted: int = 0
    passed_over: int = 0  # empty, or no regular files
    unfinished: int = 0
    first_unfinished: Path | None = None
    failures: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False

    def __str__(self) -> str:
        verb = "would be adopted" if self.dry_run else "adopted, each vouched for by S3"
        text = f"{self.adopted} pictures {verb}; {self.passed_over} empty or special files passed over."
        if self.unfinished:
            text += f" {self.unfinished} may still be written and stay, the first of them {self.first_unfinished}:"
            text += " run this again later."
        if self.failures:
            path, reason = next(iter(self.failures.items()))
            text += f" {len(self.failures)} failed and stay, the first of them {path}: {reason}"
        return text


def adopt(
    settings: Settings,
    root: Path,
    *,
    camera: str,
    keep: bool,
    dry_run: bool,
    quiet_seconds: float = QUIET_SECONDS,
) -> Outcome:
    """Adopt all below ``root``; CctvError when there is no such folder, or it is where cameras write now."""
    root, spool = root.resolve(), Path(settings.spool).resolve()
    if not root.is_dir():
        raise CctvError(f"{root} is no folder: give the one that holds the pictures.")
    if root == spool or root in spool.parents or (spool in root.parents and ".rejected" not in root.parts):
        raise CctvError(f"{root} is the forwarder's own spool or holds it: what lies there goes by itself.")
    if "/" in camera or camera in (".", ".."):
        raise CctvError(f"{camera!r} is no camera's name: give one folder's name.")
    outcome = Outcome(dry_run=dry_run)
    delivery = Delivery(settings.store)
    strays = _strays(root, camera, quiet_seconds, outcome)
    while batch := list(islice(strays, BATCH)):
        if dry_run:
            outcome.adopted += len(batch)
            continue
        results = ordered_map(
            lambda stray: _adopt_one(settings, delivery, stray, keep=keep),
            batch,
            threads=settings.connections,
            budget=settings.connections * 2,
        )
        for stray, refusal in zip(batch, results, strict=True):
            if refusal:
                outcome.failures[str(stray.path)] = refusal
            else:
                outcome.adopted += 1
    return outcome


def _strays(root: Path, camera: str, quiet_seconds: float, outcome: Outcome) -> Iterator[Stray]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for base in sorted(names):
            path = Path(folder) / base
            try:
                found = os.lstat(path)
                if not stat.S_ISREG(found.st_mode) or not found.st_size:
                    outcome.passed_over += 1
                    continue
                young = 0 <= time.time() - found.st_mtime < quiet_seconds
                if young or being_written(str(path)):
                    outcome.unfinished += 1
                    outcome.first_unfinished = outcome.first_unfinished or path
                    continue
            except OSError as error:
                outcome.failures[str(path)] = str(error)
                continue
            below = path.relative_to(root).as_posix()
            yield Stray(path, f"{camera}/{below}" if camera else below, found.st_mtime)


def _adopt_one(settings: Settings, delivery: Delivery, stray: Stray, *, keep: bool) -> str:
    """Return why a file could not be adopted, empty when it was."""
    try:
        goal = destination(
            stray.name,
            arrived=stray.arrived,
            layout=settings.layout(),
            zones=settings.zones(),
            unnamed=settings.unnamed_camera,
        )
        loose = settings.layout().prefix + safe(stray.name)
        if not delivery.has(str(stray.path), loose):
            delivery.deliver(str(stray.path), goal)
        if not keep:
            stray.path.unlink()
            with contextlib.suppress(OSError):
                stray.path.parent.rmdir()
    except (StoreError, OSError) as error:
        return str(error)
    return ""
