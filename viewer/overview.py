"""Every camera at a glance: its latest picture, how many today, the last day by hour, and whether it is silent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cctv.errors import StoreError

from viewer.gallery import Gallery
from viewer.pictures import is_image
from viewer.shots import Shot
from viewer.timeline import Bar, heights, last_day

_AT_ONCE = 8


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
    failed: bool = False


def cards(gallery: Gallery, *, silent_after: timedelta) -> list[Card]:
    """Return a card for each camera; one that cannot be read says so, and all others are shown."""
    cameras = gallery.cameras()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda camera: _card_or_failure(gallery, camera, silent_after), cameras))


def _card_or_failure(gallery: Gallery, camera: str, silent_after: timedelta) -> Card:
    try:
        return _card(gallery, camera, silent_after)
    except StoreError:
        return Card(camera, gallery.today(camera), failed=True)


def _card(gallery: Gallery, camera: str, silent_after: timedelta) -> Card:
    now = datetime.now(UTC)
    today = gallery.today(camera)
    level = gallery.level(camera)
    recent = [gallery.day(camera, today - timedelta(days=1)), gallery.day(camera, today)]
    shots = [shot for seen in recent for shot in seen.value.shots]
    latest_day = _latest_day(gallery, camera)
    if not shots and latest_day:
        recent.append(gallery.day(camera, latest_day))
        shots = list(recent[-1].value.shots)
    whole = [shot for shot in shots if shot.size]
    newest = whole[-1] if whole else None
    latest = next((shot for shot in reversed(whole) if is_image(shot.name)), newest)  # a camera may send clips alone
    age = now - latest.captured_at if latest else None
    return Card(
        camera=camera,
        today=today,
        latest=latest,
        latest_day=latest.day if latest else latest_day,
        age=max(age, timedelta()) if age is not None else None,
        count_today=len(recent[1].value.shots),
        bars=tuple(heights(last_day((shot.captured_at for shot in shots), now))),
        is_silent=newest is None or now - newest.captured_at > silent_after,
        is_stale=level.stale or any(seen.stale for seen in recent),
    )


def _latest_day(gallery: Gallery, camera: str) -> date | None:
    """Return the last day that lies in a folder, loose or in an archive; archives are asked for last."""
    level = gallery.level(camera).value
    catalog = gallery.catalog()
    days = [*level.days[-1:], *(catalog.reading(entry).captured_at.date() for entry in level.loose)]
    if not days:
        days = [archive.day for archive in gallery.archives(camera)]
    return max(days, default=None)
