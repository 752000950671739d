"""Undelete: a bucket as it was at an instant, out of the versions that it keeps.

What was deleted since comes back by taking the delete markers away, what was overwritten by a copy of the old version
over the new one, so that the new one stays as a version, too. One key's history at a time: memory does not grow.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from .catalog import Catalog
from .errors import CctvError, StoreError, UnusableError, noted
from .late_uploads import LateUploads
from .selection import select_cameras
from .store import BATCH, READABLE, Version

REPORTED = 1000
"""Most keys that a result lists; the counts are always whole."""
AHEAD = timedelta(minutes=15)
"""The instant is of S3's clock, and S3 answers nobody whose own is further off."""


class Overwritten(StrEnum):
    """How an older version comes back from under a newer one."""

    COPY = "copy"
    UNCOVER = "uncover"


@dataclass(frozen=True, slots=True)
class Step:
    """What brings one key back: versions that go, an old version to copy, or a delete marker on top (``hide``)."""

    key: str
    size: int = 0
    remove: tuple[Version, ...] = ()
    copy: Version | None = None
    over: Version | None = None
    hide: bool = False


@dataclass(slots=True)
class Outcome:
    """What an undelete did, or in check mode would do. ``newer``: keys that came after the instant and stay.

    ``caution``: why something of that instant may be gone for good, in a sentence.
    """

    undeleted: int = 0
    reverted: int = 0
    hidden: int = 0
    newer: int = 0
    bytes: int = 0
    caution: str = ""
    keys: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    late: LateUploads = field(default_factory=LateUploads)


def plan(history: Sequence[Version], at: datetime, *, overwritten: Overwritten, hide_newer: bool) -> Step | None:
    """Decide on one key by its versions, the newest first; None where nothing is to be done. Pure."""
    now = history[0]
    then = next((version for version in history if version.modified <= at), None)
    if then is None or then.is_marker:
        return None if now.is_marker else Step(now.key, hide=hide_newer)
    since = tuple(history[: history.index(then)])
    if not since:
        return None
    if overwritten is Overwritten.UNCOVER or all(version.is_marker for version in since):
        return Step(now.key, then.size, remove=since)
    return Step(now.key, then.size, copy=then, over=None if now.is_marker else now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeleter:
    """Brings what lies in a catalog back to how it was ``at`` an instant."""

    catalog: Catalog
    at: datetime
    overwritten: Overwritten = Overwritten.COPY
    hide_newer: bool = False
    check_mode: bool = False

    def undelete(self, globs: Sequence[str]) -> Outcome:
        """Bring back the cameras that ``globs`` mean; what fails is in the outcome and does not stop the rest."""
        store, prefix, outcome = self.catalog.store, self.catalog.layout.prefix, Outcome()
        if self.at > self.catalog.now + AHEAD:
            raise CctvError(f"at: {self.at.isoformat()} is still to come: give an instant before the damage.")
        if (status := store.versioning()) == "Suspended":
            # A copy or a delete marker would now replace what came since, for good.
            raise CctvError(
                f"Versioning of bucket {store.bucket} is suspended: what was overwritten or deleted since then may be"
                " gone. What it kept before is still there: run bucket_deploy.yml to keep versions again, then this."
            )
        if status != "Enabled":
            raise CctvError(f"Bucket {store.bucket} keeps no versions, so there is nothing to bring back.")
        outcome.caution = self._caution()
        names = sorted(folder[len(prefix) : -1] for folder in store.version_folders(prefix))
        for camera in select_cameras(names, globs):
            folder = self.catalog.layout.camera_folder(camera)
            self._bring_back(folder, store.histories(folder), outcome)
        if "*" in globs:
            # Beside the folders lie the marks of what a restore brought.
            self._bring_back(f"s3://{store.bucket}/{prefix}", store.histories(prefix, is_deep=False), outcome)
        outcome.caution = f"{outcome.caution} {outcome.late.told()}".strip()
        return outcome

    def _bring_back(self, place: str, histories: Iterator[list[Version]], outcome: Outcome) -> None:
        with noted(outcome.failures, place):
            steps = self._steps(histories, outcome)
            while batch := list(islice(steps, BATCH)):
                self._take(batch, outcome)

    def _caution(self) -> str:
        """Say why what was there at the instant may be gone: what lost its old version looks like new."""
        store, prefix = self.catalog.store, self.catalog.layout.prefix
        try:
            days = store.noncurrent_days(prefix)
        except StoreError as error:
            if error.code != "AccessDenied":
                raise
            return f"For how long the bucket keeps old versions could not be looked up: {error}"
        if days is None or self.at >= self.catalog.now - timedelta(days=days):
            return ""
        if self.hide_newer:
            raise CctvError(
                f"hide_newer: the instant is longer ago than the {days} days for which the bucket keeps old versions,"
                " so what was there already might be taken for new, and hidden: leave it out, or give a later instant."
            )
        return (
            f"The bucket keeps old versions for {days} days, and the instant is longer ago: what was replaced or"
            " deleted soon after it may be gone, and what is left of it counts as newer."
        )

    def _steps(self, histories: Iterator[list[Version]], outcome: Outcome) -> Iterator[Step]:
        for history in histories:
            outcome.late.note(history, self.at)
            step = plan(history, self.at, overwritten=self.overwritten, hide_newer=self.hide_newer)
            if step and not (step.remove or step.copy or step.hide):
                outcome.newer += 1
            elif step and not self._is_done(step):
                yield step

    def _is_done(self, step: Step) -> bool:
        """Say whether what lies on top is the old version already, by an earlier run's copy."""
        try:
            return bool(step.copy and step.over and self.catalog.store.same_version(step.copy, step.over))
        except UnusableError:
            raise
        except StoreError:
            # Of what a thief encrypted with a key of his own S3 says nothing: the copy goes over it.
            return False

    def _take(self, batch: Sequence[Step], outcome: Outcome) -> None:
        refused: dict[str, str] = {}
        if not self.check_mode:
            store = self.catalog.store
            going = (version for step in batch for version in step.remove)
            while part := list(islice(going, BATCH)):
                refused |= store.delete_versions(part)
            refused |= store.delete(hidden) if (hidden := [step.key for step in batch if step.hide]) else {}
        for step in batch:
            if step.key in refused:
                continue
            with noted(refused, step.key):
                self._copy(step)
                outcome.undeleted += bool(step.remove and not step.copy)
                outcome.reverted += bool(step.copy)
                outcome.hidden += step.hide
                outcome.bytes += step.size
                outcome.keys += [step.key][: REPORTED - len(outcome.keys)]
        outcome.failures |= refused

    def _copy(self, step: Step) -> None:
        if step.copy is None:
            return
        store, old = self.catalog.store, step.copy
        if old.storage_class not in READABLE and not store.is_restored(old):
            raise CctvError(
                f"its old version is in {old.storage_class} and cannot be copied before it is restored: aws s3api"
                f" restore-object --bucket {store.bucket} --key {shlex.quote(old.key)} --version-id {old.id}"
                " --restore-request Days=7; or give overwritten=uncover, which removes the newer versions for good"
            )
        if not self.check_mode:
            store.copy_version(old)
