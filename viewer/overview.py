"""The cards of the overview, answered from what was seen last; what is too old is looked at behind the visitor's back.

However many cameras there are and however often the page is opened, eight looks run at a time, and the listings of a
camera are asked for no more often the more cameras there are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cctv.errors import CctvError

from viewer.gallery import AT_ONCE, LIVE, Gallery
from viewer.glance import Glance, look
from viewer.listing_cache import ListingCache, Seen
from viewer.shots import Shot
from viewer.timeline import Bar, heights, last_day

PER_PAGE = 60
PATIENCE = 3.0
"""Seconds that the page waits for cameras that were never seen, or not for long."""
_BRIEF = 0.25
_LONG_AGO = 300.0
_MOST = 20_000
"""Glances and tallies that are remembered, a kilobyte or five each."""


@dataclass(frozen=True, slots=True)
class Card:
    """One camera. ``latest_day`` is the last day that it has anything of, also where no picture is at hand."""

    camera: str
    today: date
    latest: Shot | None = None
    latest_day: date | None = None
    age: timedelta | None = None
    count_today: int = 0
    bars: tuple[Bar, ...] = ()
    is_silent: bool = False
    is_stale: bool = False
    is_pending: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Which cameras are silent, each with its place among all, and of how many not shown nothing was seen yet."""

    silent: list[tuple[int, str]]
    unknown: int


class Overview:
    """Remembers a glance at each camera."""

    def __init__(self, gallery: Gallery, *, silent_after: timedelta) -> None:
        self._gallery = gallery
        self._silent_after = silent_after
        self._seen = ListingCache(capacity=_MOST)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="overview")
        self._patient = ThreadPoolExecutor(1, thread_name_prefix="overview-behind")
        self._behind: set[str] = set()
        self._looking: dict[str, Future[Seen[Glance]]] = {}
        self._lock = threading.Lock()

    def cards(self, cameras: Sequence[str]) -> list[Card]:
        """Return a card for each camera; one that cannot be read, or not yet, says so, and all others are shown."""
        lifetime = self._lifetime()
        looking = {each: self._look(each, lifetime) for each in cameras if self._seen.fresh(each) is None}
        known = [self._seen.peek(camera) for camera in looking]
        is_recent = all(seen and seen.at > time.time() - _LONG_AGO for seen in known)
        wait(looking.values(), timeout=_BRIEF if is_recent else PATIENCE)
        return [self._card(camera, looking.get(camera)) for camera in cameras]

    def silence(self, cameras: Sequence[str], shown: Collection[str]) -> Silence:
        """Say of all ``cameras`` what was seen last; those not ``shown`` are looked at, one by one, if that is old."""
        lifetime, silent, unknown, now = self._lifetime(), [], 0, datetime.now(UTC)
        for at, camera in enumerate(cameras):
            seen = self._seen.peek(camera)
            if camera not in shown:
                unknown += seen is None
                if self._seen.fresh(camera) is None:
                    self._look(camera, lifetime, behind=True)
            if seen and self._is_silent(seen.value, now):
                silent.append((at, camera))
        return Silence(silent, unknown)

    def latest(self, camera: str) -> Shot | None:
        """Return the picture that the overview shows of ``camera``."""
        seen = self._seen.peek(camera)
        return seen.value.latest if seen else None

    def forget(self, camera: str) -> None:
        """Look again the next time: the bucket was seen to have changed."""
        self._seen.forget(camera)

    def _lifetime(self) -> float:
        return LIVE * max(1.0, len(self._gallery.cameras()) / AT_ONCE)

    def _is_silent(self, glance: Glance, now: datetime) -> bool:
        return glance.newest_at is None or now - glance.newest_at > self._silent_after

    def _look(self, camera: str, lifetime: float, *, behind: bool = False) -> Future[Seen[Glance]]:
        """Have ``camera`` looked at; ``behind`` all whose page is open, which then come first."""
        with self._lock:
            running = self._looking.get(camera)
            if running and not behind and camera in self._behind:
                self._behind.discard(camera)
                running = None if running.cancel() else running
            if running is None:
                pool = self._patient if behind else self._pool
                running = self._looking[camera] = pool.submit(self._look_now, camera, lifetime)
                if behind:
                    self._behind.add(camera)
            return running

    def _look_now(self, camera: str, lifetime: float) -> Seen[Glance]:
        try:
            return self._seen.get(camera, lambda: look(self._gallery, self._seen, camera), lifetime=lifetime)
        finally:
            with self._lock:
                del self._looking[camera]
                self._behind.discard(camera)

    def _card(self, camera: str, looking: Future[Seen[Glance]] | None) -> Card:
        try:
            seen = looking.result() if looking and looking.done() else self._seen.peek(camera)
        except CctvError:
            return Card(camera, self._gallery.today(camera), failed=True)
        if seen is None:
            return Card(camera, self._gallery.today(camera), is_pending=True)
        now, glance = datetime.now(UTC), seen.value
        age = now - glance.latest.captured_at if glance.latest else None
        return Card(
            camera=camera,
            today=glance.today,
            latest=glance.latest,
            latest_day=glance.latest_day,
            age=max(age, timedelta()) if age is not None else None,
            count_today=glance.count_today,
            bars=tuple(heights(last_day(glance.quarters, now))),
            is_silent=self._is_silent(glance, now),
            is_stale=seen.stale or glance.is_stale,
            is_pending=bool(looking and not looking.done() and seen.at < time.time() - _LONG_AGO),
        )
