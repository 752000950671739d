"""A day: several cameras on one time axis, and the pictures by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from cctv.errors import StoreError
from cctv.store import READABLE
from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from viewer import address, timeline
from viewer.gallery import Gallery
from viewer.pictures import state
from viewer.shots import Day, Shot
from viewer.site import site

blueprint = Blueprint("day", __name__)

WORDS = 40
"""Most event words that are offered: a camera that writes plates into its names makes one of each picture."""
PER_PAGE = 120
FEW = 36
"""So many pictures are one group: headings would only tear them apart."""
PER_HOUR = 6
"""Pictures shown of each hour before one opens it."""


@blueprint.get("/day")
def show() -> ResponseReturnValue:
    """Show one day of the cameras asked for, or of all."""
    gallery, day = site().gallery, address.day()
    event, hour = address.text("event"), address.number("hour", highest=23)
    page = address.number("page", highest=10**6) or 0
    chosen = address.cameras() or gallery.cameras()
    seen = gallery.days(chosen, day)
    days = [each.value for each in seen]
    if not any(each.shots for each in days) and not set(chosen) <= set(gallery.cameras()):
        abort(404)
    known = gallery.cache.peek("cameras")
    of_event = {each.camera: each.select(lambda shot: not event or shot.event == event) for each in days}
    lanes = [(camera, timeline.lane(some), timeline.by_hour(some)) for camera, some in of_event.items()]
    shots = sorted((shot for some in of_event.values() for shot in some), key=attrgetter("captured_at"))
    if hour is not None:
        shots = [shot for shot in shots if shot.captured_at.hour == hour]
    return render_template(
        "day.html",
        day=day,
        chosen=chosen,
        cameras=known.value if known else chosen,
        lanes=lanes,
        events=sum((each.events() for each in days), Counter[str]()).most_common(WORDS),
        event=event,
        hour=hour,
        hours=_hours(shots, whole=hour is not None, page=page),
        page=page,
        pages=-(-len(shots) // PER_PAGE) if hour is not None else 1,
        total=len(shots),
        neighbours=_neighbours(gallery, chosen, day),
        cold=_cold(gallery, days),
        notes=sorted({note for each in days for note in each.notes}),
        stale_at=min((each.at for each in seen if each.stale), default=None),
        is_today=day >= min(gallery.today(camera) for camera in chosen) if chosen else False,
    )


def _hours(shots: Sequence[Shot], *, whole: bool, page: int) -> list[tuple[int, int, list[Shot]]]:
    """Return (hour or -1 for all, how many, those to show): a page, or some of each hour where there are many."""
    if whole:
        shown = list(shots[page * PER_PAGE :][:PER_PAGE])
        return [(shots[0].captured_at.hour, len(shots), shown)] if shots else []
    if len(shots) <= FEW:
        return [(-1, len(shots), list(shots))] if shots else []
    groups = [(hour, list(group)) for hour, group in groupby(shots, key=lambda shot: shot.captured_at.hour)]
    most = PER_PAGE if len(shots) <= PER_PAGE else PER_HOUR
    return [(hour, len(group), timeline.sample(group, most)) for hour, group in groups]


def _neighbours(gallery: Gallery, chosen: Sequence[str], day: date) -> tuple[date | None, date | None]:
    """Return the days before and after that have pictures; where that is not known yet, those of the calendar."""
    last = max((gallery.today(camera) for camera in chosen), default=day)
    days = {last}
    for camera in chosen:
        level, archives = gallery.cache.peek(("level", camera)), gallery.cache.peek(("archives", camera))
        if level is None or archives is None:
            days |= {day - timedelta(days=1), min(day + timedelta(days=1), last)}
            break
        days |= {*level.value.days, *(archive.day for archive in archives.value)}
    before, after = (each for each in days if each < day), (each for each in days if each > day)
    return max(before, default=None), min(after, default=None)


def _cold(gallery: Gallery, days: Sequence[Day]) -> list[tuple[str, str]]:
    """Return (camera, state) for each camera with what cannot be read at once: an archive, or pictures themselves.

    ``unknown`` where S3 does not say it of an archive; of single pictures it is not asked.
    """
    cold = {}
    for day in days:
        if any(shot.storage_class not in READABLE for shot in day.shots if not shot.part):
            cold[day.camera] = "pictures"
        for archive in day.archives:
            try:
                its_state = state(gallery, archive)
            except StoreError:
                its_state = "unknown"
            if its_state != "ready":
                cold[day.camera] = its_state
    return sorted(cold.items())
