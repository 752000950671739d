"""One picture, large, between the one before and the one after."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from viewer import address
from viewer.pictures import VIDEOS, content_type, is_image, is_readable, key_of
from viewer.site import site

blueprint = Blueprint("picture", __name__)


@blueprint.get("/picture")
def show() -> ResponseReturnValue:
    """Show the picture asked for; with an event, its neighbours are of that event."""
    gallery = site().gallery
    day, shot = address.shot()
    event = address.text("event")
    row = day.select(lambda each: each is shot or not event or each.event == event)
    at = row.index(shot)
    kind = content_type(shot.name)
    return render_template(
        "picture.html",
        shot=shot,
        key=key_of(gallery, shot),
        event=event,
        position=at + 1,
        total=len(row),
        before=row[at - 1] if at else None,
        after=row[at + 1] if at + 1 < len(row) else None,
        readable=is_readable(gallery, day, shot),
        kind="image" if is_image(shot.name) else "video" if kind in VIDEOS.values() else "file",
        archive=day.archive_of(shot),
    )
