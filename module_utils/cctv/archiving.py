"""Archive: sorted days, some at once, until as many changed as one run may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from .archive_outcome import Outcome
from .archive_writer import RivalError
from .catalog import Catalog
from .chain import Chain
from .day_archive import DayArchive
from .errors import noted
from .locks import Locks
from .parallel import ordered_map
from .quota import Quota
from .reindexing import Reindexer

DAYS = 2
"""Days archived at once: one fills the link while the other is proven. Memory grows with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Archives days of a catalog into ``storage_class``."""

    catalog: Catalog
    storage_class: str
    chain: Chain | None = None
    check_mode: bool = False

    def archive(self, days: Sequence[tuple[str, date]], limit: int = 0, *, per_camera: bool = False) -> Outcome:
        """Archive each (camera, day) until ``limit`` of them changed; what fails does not stop the rest."""
        outcome, bucket = Outcome(), f"s3://{self.catalog.store.bucket}"
        quota = Quota(days, limit or len(days), per_camera)
        with noted(outcome.failures, bucket):
            work = partial(self._archive_one, Locks.beyond_new(self.catalog))
            while bucket not in outcome.failures and (now := quota.take()):
                parts = ordered_map(work, now, threads=DAYS, budget=2 * DAYS)
                for (camera, _), part in zip(now, parts, strict=True):
                    outcome.add(part)
                    if part.changed:
                        quota.spend(camera)
        outcome.deferred = quota.left
        return outcome

    def index(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Write the index of each archive of ``days`` that has none, or a damaged one, and its link."""
        return Reindexer(self.catalog, self.chain, check_mode=self.check_mode).index(days)

    def _archive_one(self, locks: Locks, camera_day: tuple[str, date]) -> Outcome:
        work = DayArchive(
            catalog=self.catalog,
            camera=camera_day[0],
            day=camera_day[1],
            storage_class=self.storage_class,
            locks=locks,
            chain=self.chain,
            check_mode=self.check_mode,
        )
        # What keeps all of a camera back is told once, not for each of its days.
        with noted(work.outcome.failures, self.catalog.layout.chain_folder(work.camera)):
            work.open_chain()
            with noted(work.outcome.failures, work.folder):
                try:
                    work.archive()
                except RivalError:
                    # What the other run archived is covered now; a third rival is left to the next run.
                    work.archive()
        return work.outcome
