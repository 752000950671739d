"""A camera's calendar: which days have pictures, and which of them are archived."""

from __future__ import annotations

from calendar import Calendar
from datetime import date
from itertools import groupby

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from viewer import address
from viewer.days import days_of
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
        (first, _weeks(first))
        for _, group in groupby(sorted(days, reverse=True), key=lambda day: (day.year, day.month))
        for first in [next(group)]
    ]
    return render_template("camera.html", camera=camera, days=days, months=months, today=gallery.today(camera))


def _weeks(first: date) -> list[list[date | None]]:
    weeks = Calendar().monthdayscalendar(first.year, first.month)
    return [[first.replace(day=number) if number else None for number in week] for week in weeks]
