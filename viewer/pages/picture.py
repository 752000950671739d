"""One picture, large, between the one before and the one after."""

from __future__ import annotations

from itertools import islice
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from viewer import address
from viewer.days import ask_around, days_of
from viewer.pages.day import PER_PAGE
from viewer.pictures import VIDEOS, content_type, is_image, is_readable, key_of
from viewer.shots import Shot
from viewer.side_by_side import Axis
from viewer.site import site

blueprint = Blueprint("picture", __name__)

FARTHEST = 7
"""Days that are looked through for the next picture of an event."""


@blueprint.get("/picture")
def show() -> ResponseReturnValue:
    """Show the picture asked for; with an event, its neighbours are of that event."""
    gallery = site().gallery
    day, shot = address.shot()
    event = address.text("event")
    row = day.select(lambda each: each is shot or not event or each.event == event)
    at = row.index(shot)
    kind = content_type(shot.name)
    at_an_end = shot in (row[0], row[-1])
    day_before, day_after = ask_around(gallery, [shot.camera], shot.day) if at_an_end else (None, None)
    return render_template(
        "picture.html",
        shot=shot,
        key=key_of(gallery, shot),
        event=event,
        position=at + 1,
        page=sum(each.captured_at.hour == shot.captured_at.hour for each in row[:at]) // PER_PAGE,
        total=len(row),
        before=row[at - 1] if at else None,
        after=row[at + 1] if at + 1 < len(row) else None,
        day_before=day_before,
        day_after=day_after,
        shared=_on_shared_axis(shot),
        readable=is_readable(gallery, day, shot),
        kind="image" if is_image(shot.name) else "video" if kind in VIDEOS.values() else "file",
        archive=day.archive_of(shot),
    )


@blueprint.get("/turn")
def turn() -> ResponseReturnValue:
    """Go over midnight: to the first picture of the next day that has one, or to the last of the one before."""
    gallery, camera, day, event = site().gallery, address.camera(), address.day(), address.text("event")
    is_back = request.args.get("to") == "before"
    days = sorted(
        (each for each in days_of(gallery, camera) if each != day and (each < day) == is_back), reverse=is_back
    )
    if not days:
        abort(404)
    for each in islice(days, FARTHEST):
        row = gallery.day(camera, each).value.select(lambda shot: not event or shot.event == event)
        if row:
            shot = row[-1 if is_back else 0]
            where = {"camera": camera, "date": str(each), "place": shot.place, "name": shot.name}
            return redirect(f"{url_for('picture.show')}?{urlencode(where | ({'event': event} if event else {}))}")
    return redirect(url_for("day.show", camera=camera, date=days[:FARTHEST][-1], event=event or None))


def _on_shared_axis(shot: Shot) -> tuple[str, int]:
    """Return the day and hour of ``shot`` on the page of all cameras, whose clocks may show other zones."""
    gallery = site().gallery
    known = gallery.cache.peek("cameras")
    at = Axis.of(gallery.zones, known.value if known else [shot.camera], shot.day).at(shot)
    return str(at.date()), at.hour
