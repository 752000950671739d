"""A camera's calendar: which days have pictures, and which of them are archived."""

from __future__ import annotations

from calendar import Calendar
from datetime import date
from itertools import groupby

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from viewer import address
from viewer.gallery import Gallery
from viewer.site import site

blueprint = Blueprint("camera", __name__)


@blueprint.get("/camera")
def show() -> ResponseReturnValue:
    """Show the months that have pictures, the latest first."""
    gallery, camera = site().gallery, address.camera()
    days = days_of(gallery, camera)
    if not days and camera not in gallery.cameras():
        abort(404)
    months = [
        (first.replace(day=1), Calendar().monthdatescalendar(first.year, first.month))
        for _, group in groupby(sorted(days, reverse=True), key=lambda day: (day.year, day.month))
        for first in [next(group)]
    ]
    return render_template("camera.html", camera=camera, days=days, months=months, today=gallery.today(camera))


def days_of(gallery: Gallery, camera: str) -> dict[date, str]:
    """Return the days that ``camera`` has pictures of, each with where they lie."""
    level = gallery.level(camera).value
    catalog = gallery.catalog()
    days = {archive.day: "archived" for archive in gallery.archives(camera) if archive.object}
    days |= dict.fromkeys(level.days, "sorted")
    for entry in level.loose:
        days.setdefault(catalog.reading(entry).captured_at.date(), "loose")
    return days
