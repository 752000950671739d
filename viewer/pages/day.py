"""A day: several cameras on one time axis, and the pictures by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from threading import Event

from cctv.catalog import Archive
from cctv.errors import StoreError
from cctv.store import READABLE
from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from viewer import address, side_by_side, timeline
from viewer.days import ask_around, guess_around
from viewer.gallery import AT_ONCE, Gallery
from viewer.pictures import state
from viewer.shots import Shot
from viewer.side_by_side import Axis, Row
from viewer.site import site

blueprint = Blueprint("day", __name__)

WORDS, ALL_WORDS = 40, 500
"""Event words that are offered at first, the most frequent ones, and on each page of all of them: a camera that
writes plates into its names makes one of each picture."""
PER_PAGE = 120
FEW = 36
"""So many pictures are one group: headings would only tear them apart."""
PER_HOUR = 6
"""Pictures shown of each hour before one opens it."""
EARLIEST, LATEST = date(2000, 1, 1), timedelta(days=2)
"""Days outside are there only where a camera with a wrong clock has pictures of them."""


@blueprint.get("/day")
def show() -> ResponseReturnValue:
    """Show one day of the cameras asked for, or of all; today without a date."""
    gallery, asked = site().gallery, address.cameras()
    if not request.args.get("date"):
        today = max((gallery.today(camera) for camera in asked or gallery.cameras()), default=gallery.today(""))
        return redirect(address.same_page(date=today))
    day, event, hour = address.day(), address.text("event"), address.number("hour", highest=23)
    page = address.number("page", highest=10**6) or 0
    wanted = asked or gallery.cameras()
    chosen = wanted[: side_by_side.MOST]
    axis = Axis.of(gallery.zones, chosen, day)
    rows = side_by_side.load(gallery, chosen, axis)
    failing = [row.camera for row in rows if row.error]
    is_empty = not failing and not any(row.shots for row in rows)
    if is_empty and not (_is_likely(day) and set(chosen) <= set(gallery.cameras())):
        abort(404)
    known = gallery.cache.peek("cameras")
    of_event = {row.camera: [shot for shot in row.shots if not event or shot.event == event] for row in rows}
    lanes = [
        (camera, timeline.lane(map(axis.at, some)), timeline.by_hour(map(axis.at, some)))
        for camera, some in of_event.items()
    ]
    shots = sorted((shot for some in of_event.values() for shot in some), key=lambda shot: shot.captured_at)
    span = _span(axis, shots, hour)
    if hour is not None:
        shots = [shot for shot in shots if axis.at(shot).hour == hour]
    pages = max(1, -(-len(shots) // PER_PAGE)) if hour is not None else 1
    page = min(page, pages - 1)
    return render_template(
        "day.html",
        axis=axis,
        day=day,
        wanted=wanted,
        chosen=chosen,
        failing=failing,
        cameras=known.value if known else wanted,
        lanes=lanes,
        words=_words(rows, event, address.number("words", highest=10**6)),
        event=event,
        hour=hour,
        hours=_hours(axis, shots, whole=hour is not None, page=page),
        page=page,
        pages=pages,
        total=len(shots),
        span=span,
        nearest=ask_around(gallery, chosen, day) if is_empty else (None, None),
        neighbours=guess_around(gallery, chosen, day),  # knows what was just asked
        cold=_cold(gallery, rows),
        notes=sorted({note for row in rows for each in row.seen for note in each.value.notes}),
        stale_at=min((each.at for row in rows for each in row.seen if each.stale), default=None),
        is_today=day >= min(gallery.today(camera) for camera in chosen) if chosen else False,
    )


def _is_likely(day: date) -> bool:
    return EARLIEST <= day <= datetime.now(UTC).date() + LATEST


def _words(rows: Sequence[Row], event: str, page: int | None) -> dict[str, object]:
    """Return the event words to offer, each with its count: the most frequent ones, or a page of all of them."""
    counted = Counter(shot.event for row in rows for shot in row.shots)
    differ = len(counted) > 1
    del counted[""]
    if page is None:
        shown = counted.most_common(WORDS)
        if event and event not in dict(shown):
            shown.append((event, counted[event]))
        return {"shown": shown, "differ": differ, "total": len(counted), "page": None, "pages": 1}
    pages = max(1, -(-len(counted) // ALL_WORDS))
    page = min(page, pages - 1)
    shown = sorted(counted.items())[page * ALL_WORDS :][:ALL_WORDS]
    return {"shown": shown, "differ": differ, "total": len(counted), "page": page, "pages": pages}


def _hours(axis: Axis, shots: Sequence[Shot], *, whole: bool, page: int) -> list[tuple[int, int, list[Shot]]]:
    """Return (hour or -1 for all, how many, those to show): a page, or some of each hour where there are many."""
    if whole:
        shown = list(shots[page * PER_PAGE :][:PER_PAGE])
        return [(axis.at(shots[0]).hour, len(shots), shown)] if shots else []
    if len(shots) <= FEW:
        return [(-1, len(shots), list(shots))] if shots else []
    groups = [(hour, list(group)) for hour, group in groupby(shots, key=lambda shot: axis.at(shot).hour)]
    most = PER_PAGE if len(shots) <= PER_PAGE else PER_HOUR
    return [(hour, len(group), timeline.sample(group, most)) for hour, group in groups]


def _span(axis: Axis, shots: Sequence[Shot], hour: int | None) -> tuple[str, str]:
    """Return the span of the cameras' own clocks that an export of what is shown has to cover."""
    if not axis.is_mixed:
        return f"{axis.day}T{hour or 0:02d}:00", f"{axis.day}T{23 if hour is None else hour:02d}:59"
    shown = [shot.captured_at.replace(tzinfo=None) for shot in shots if hour is None or axis.at(shot).hour == hour]
    return (f"{min(shown):%Y-%m-%dT%H:%M}", f"{max(shown):%Y-%m-%dT%H:%M}") if shown else ("", "")


def _cold(gallery: Gallery, rows: Sequence[Row]) -> list[tuple[str, date, str]]:
    """Return (camera, day, state) for each day with what cannot be read at once: an archive, or pictures themselves.

    ``unknown`` where S3 does not say it of an archive, and from then on of any; of single pictures it is not asked.
    """
    days = [each.value for row in rows for each in row.seen]
    archives = [archive for day in days for archive in day.archives]
    has_failed = Event()

    def ask(archive: Archive) -> str:
        if has_failed.is_set():
            return "unknown"
        try:
            return state(gallery, archive)
        except StoreError:
            has_failed.set()
            return "unknown"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        states = list(pool.map(ask, archives))
    singles = (day for day in days if any(shot.storage_class not in READABLE for shot in day.shots if not shot.part))
    cold = {(day.camera, day.day): "pictures" for day in singles}
    cold |= {(of.camera, of.day): said for of, said in zip(archives, states, strict=True) if said != "ready"}
    return sorted((*of, its_state) for of, its_state in cold.items())
