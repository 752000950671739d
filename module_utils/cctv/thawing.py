"""Archives in cold storage: how far S3 is with each, what is asked for, and the wait for it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .catalog import Archive
from .errors import noted
from .restore_outcome import Outcome
from .store import READABLE, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Thaw:
    """Asks S3 by ``tier`` for copies that are readable for ``keep_days``; one that fails does not stop the others."""

    store: Store
    tier: str
    keep_days: int
    wait_seconds: float | None
    poll_seconds: float

    def file(self, archives: Iterable[Archive], outcome: Outcome) -> list[Archive]:
        """File each archive under ready or pending; return those that S3 must be asked for."""
        cold: list[Archive] = []
        places = {"ready": outcome.ready, "ongoing": outcome.pending, "cold": cold}
        for archive in archives:
            if state := self._state(archive, outcome):
                places[state].append(archive)
        return cold

    def request(self, archives: Iterable[Archive], outcome: Outcome) -> None:
        """Ask for ``archives``."""
        for archive in archives:
            if held := archive.object:
                with noted(outcome.failures, held.key):
                    self.store.restore(held.key, tier=self.tier, days=self.keep_days)
                    outcome.requested.append(archive)

    def wait(self, outcome: Outcome) -> None:
        """Move what S3 has made readable from pending to ready; poll until all is, or the time is up."""
        waiting: Sequence[Archive] = [*outcome.pending, *outcome.requested]
        outcome.pending = []
        deadline = time.monotonic() + (self.wait_seconds or 0)
        while waiting:
            waiting = self._look(waiting, outcome)
            left = deadline - time.monotonic()
            if not waiting or left <= 0:
                break
            time.sleep(min(self.poll_seconds, left))
        outcome.pending += waiting
        if self.wait_seconds is not None:
            late = (archive.object.key for archive in waiting if archive.object)
            outcome.failures |= dict.fromkeys(late, "S3 still restores it: run again later")

    def _look(self, waiting: Iterable[Archive], outcome: Outcome) -> list[Archive]:
        """Return what is to be waited for; what S3 says nothing of is pending, and no more asked about."""
        left: list[Archive] = []
        for archive in waiting:
            state = self._state(archive, outcome)
            (outcome.ready if state == "ready" else left if state else outcome.pending).append(archive)
        return left

    def _state(self, archive: Archive, outcome: Outcome) -> str:
        """Return ``cold``, ``ongoing`` or ``ready``; nothing where S3 does not say, which is a failure."""
        held = archive.object
        if held is None or held.storage_class in READABLE:
            return "ready"
        with noted(outcome.failures, held.key):
            return self.store.head(held.key).restore or "cold"
        return ""
