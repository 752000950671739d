"""Sort: loose pictures to the folder of the day they were captured.

Per thousand pictures: one LIST that finds them, one that looks at their destinations, a COPY each, one LIST
that proves the copies, one that looks at the sources once more, one DELETE. Where a destination is taken, one more
LIST looks at the other names that a picture may have.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

from .capture import sorted_path
from .catalog import NAMELESS, Catalog
from .doubts import Doubts
from .errors import noted
from .layout import distinct_name
from .locks import Locks
from .moves import Move, Wanted, find_contested, plan_moves
from .pace import MOST
from .parallel import Crew, ordered_map
from .proof import same_bytes, same_etag
from .share import EVERYTHING, Share
from .sites import refuse_sites
from .sort_outcome import Outcome
from .store import BATCH, READABLE, Object

CAMERAS = 8
"""Cameras sorted at once, so that many with few pictures each do not wait for one another's round trips."""
UNDERWAY = 3
"""Batches of a camera being copied, proven or deleted at once: the copies of one end while those of the next begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorter:
    """Sorts the cameras of a catalog. ``takes`` says which keys below the prefix, ``min_age`` how old they must be."""

    catalog: Catalog
    takes: Callable[[str], bool]
    min_age: timedelta
    share: Share = EVERYTHING
    check_mode: bool = False

    def sort(self, cameras: Sequence[str]) -> Outcome:
        """Sort ``cameras``, some at once; what fails is in the outcome and does not stop the rest."""
        outcome = Outcome()
        with noted(outcome.failures, f"s3://{self.catalog.store.bucket}"), ThreadPoolExecutor(MOST) as pool:
            copiers = Crew(pool, room=lambda: self.catalog.store.room)
            work = partial(self._sort_camera, copiers, Locks.beyond_new(self.catalog))
            for part in ordered_map(work, cameras, threads=CAMERAS, budget=2 * CAMERAS):
                outcome.add(part)
        return outcome

    def _sort_camera(self, copiers: Crew, locks: Locks, camera: str) -> Outcome:
        """Sort one camera: a batch is looked up while others are copied, and those before them proven and deleted."""
        outcome, seen = Outcome(), Outcome()
        failures = noted(outcome.failures, self.catalog.layout.camera_folder(camera))
        with failures, ThreadPoolExecutor(1) as ahead, ThreadPoolExecutor(UNDERWAY) as behind:
            loose = locks.free(self._ripe(camera, seen), seen.kept)
            following = ahead.submit(self._look_up, camera, loose, seen.doubts)
            unsettled: deque[Future[Outcome]] = deque()
            copied: deque[Callable[[], list[tuple[str, str]]]] = deque(maxlen=UNDERWAY)
            # A look-up may be older than the copies of as many batches.
            planned: deque[dict[str, Object]] = deque(maxlen=UNDERWAY + 1)
            try:
                while (looked_up := following.result())[0]:
                    following = ahead.submit(self._look_up, camera, loose, seen.doubts)
                    moves = self._plan(camera, *looked_up, planned)
                    planned.append({move.destination: move.source for move in moves})
                    copies = [] if self.check_mode else [move for move in moves if move.copy]
                    copied.append(copiers.begin(self._copy, copies))
                    unsettled.append(behind.submit(self._settle, moves, list(copied)))
                    if len(unsettled) == UNDERWAY:
                        outcome.add(unsettled.popleft().result())
            finally:
                for settled in unsettled:
                    outcome.add(settled.result())
        outcome.add(seen)
        return outcome

    def _ripe(self, camera: str, outcome: Outcome) -> Iterator[Object]:
        """Yield the loose pictures that are asked for and no longer being written."""
        newest = self.catalog.now - self.min_age
        for entry in self.catalog.loose(camera, nameless=True, judge=partial(refuse_sites, self.catalog)):
            if self.share.workers and not self.share.takes(camera, self.catalog.reading(entry).captured_at.date()):
                continue
            if entry.key.endswith("/"):
                outcome.failures[entry.key] = NAMELESS
            elif not self.takes(self.catalog.layout.below_prefix(entry.key)):
                outcome.passed_over += 1
            elif entry.size == 0 or entry.modified > newest:
                outcome.skipped += 1
            elif entry.storage_class not in READABLE:
                outcome.failures[entry.key] = f"is in {entry.storage_class}: restore it first"
            else:
                yield entry

    def _look_up(self, camera: str, loose: Iterator[Object], doubts: Doubts) -> tuple[list[Wanted], dict[str, Object]]:
        """Take a batch; return each picture with the key it should have, and what lies at those keys already."""
        folder, wanted = self.catalog.layout.camera_folder(camera), list[Wanted]()
        for source in islice(loose, BATCH):
            reading = self.catalog.reading(source)
            doubts.note(camera, reading, source.modified)
            wanted.append((source, (folder + sorted_path(source.key[len(folder) :], reading),)))
        return wanted, self._existing(wanted)

    def _plan(
        self, camera: str, wanted: list[Wanted], existing: dict[str, Object], planned: Iterable[dict[str, Object]]
    ) -> list[Move]:
        """Decide on a batch; only where other bytes have a picture's key, its other ones are looked up as well."""
        for moves in planned:
            existing |= moves
        others = {it.key: (it, self._others(camera, it)) for it in find_contested(wanted, existing)}
        if others:
            existing = self._existing(others.values()) | existing
            wanted = [(source, (*keys, *others.get(source.key, (source, ()))[1])) for source, keys in wanted]
        return plan_moves(wanted, existing)

    def _others(self, camera: str, source: Object) -> tuple[str, ...]:
        """Return the keys of a picture whose name alone is not unique, the first that it should have first."""
        folder, reading = self.catalog.layout.camera_folder(camera), self.catalog.reading(source)
        path = source.key[len(folder) :]
        # Channels that shoot in the same second are told apart by their folders.
        names = sorted_path(path, reading, keeps_folders=True), distinct_name(sorted_path(path, reading), source.etag)
        return tuple(folder + name for name in names)

    def _existing(self, wanted: Collection[Wanted]) -> dict[str, Object]:
        return self._as_listed(wanted, self.catalog.store.look_up(key for _, keys in wanted for key in keys))

    def _as_listed(self, wanted: Iterable[Wanted], existing: dict[str, Object]) -> dict[str, Object]:
        """Return ``existing`` where an object of the same bytes by another ETag (parts, a key) counts as the same."""
        for source, wishes in wanted:
            for key in wishes:
                held = existing.get(key)
                if held and held.size == source.size and same_bytes(self.catalog.store, source, held):
                    existing[key] = source
        return existing

    def _copy(self, move: Move) -> tuple[str, str]:
        """Copy one picture; return its key and why it could not be copied, or nothing."""
        refusal: dict[str, str] = {}
        with noted(refusal, move.source.key):
            self.catalog.store.copy(move.source, move.destination)
        return move.source.key, refusal.get(move.source.key, "")

    def _settle(self, moves: Sequence[Move], copied: Sequence[Callable[[], list[tuple[str, str]]]]) -> Outcome:
        """Wait for the copies, the batch's own last, prove and delete; return the outcome of the batch.

        A picture without a copy of its own may rely on one that a batch before it makes.
        """
        outcome, refusals = Outcome(), [dict(wait()) for wait in copied][-1]
        with noted(outcome.failures, *(move.source.key for move in moves)):
            done = moves if self.check_mode else self._replace(moves, refusals, outcome.failures)
            outcome.moved = len(done)
            outcome.moves = [(move.source.key, move.destination) for move in done]
        return outcome

    def _replace(self, moves: Sequence[Move], refusals: Mapping[str, str], failures: dict[str, str]) -> Sequence[Move]:
        """Delete the sources whose bytes lie at their destinations; return these moves."""
        store = self.catalog.store
        landed, proven = store.look_up(move.destination for move in moves), list[Move]()
        for move in moves:
            # What lies there decides: a copy may be refused because an earlier try, or another run, has made it.
            there = landed.get(move.destination)
            with noted(failures, move.source.key):
                if there and (same_etag(there, move.source) or same_bytes(store, move.source, there)):
                    proven.append(move)
                else:
                    reason = refusals.get(move.source.key) or f"{move.destination} does not hold its bytes: run again"
                    failures[move.source.key] = reason
        kept = store.delete_unchanged([move.source for move in proven])
        failures |= kept
        return [move for move in proven if move.source.key not in kept]
