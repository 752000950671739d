"""What a page's address asks for, checked. Every name travels in the query, where no path can be made of it."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from cctv.layout import parse_day
from flask import abort, redirect, request

from viewer.shots import Day, Shot
from viewer.site import site

LONGEST_NAME = 1024
"""Bytes of the longest key that S3 has."""


def text(name: str) -> str:
    """Return one parameter, empty when it is not given; 404 for one that no key can hold."""
    return _checked(request.values.get(name, ""))


def cameras() -> list[str]:
    """Return the cameras asked for; none means all."""
    return [_camera(name) for name in dict.fromkeys(request.values.getlist("camera"))]


def camera() -> str:
    """Return the one camera asked for; 404 when it cannot be one."""
    return _camera(request.values.get("camera", ""))


def day(name: str = "date") -> date:
    """Return the day asked for; 404 when it is none. A camera whose clock is wrong may have pictures of any day."""
    found = parse_day(request.values.get(name, ""))
    if found is None:
        abort(404)
    return found


def number(name: str, *, highest: int) -> int | None:
    """Return a whole number from 0 to ``highest``; None when it is not given, 404 when it is none."""
    value = request.values.get(name, "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= highest):
        abort(404)
    return int(value)


def shot() -> tuple[Day, Shot]:
    """Return the picture asked for and its day; 404 when the bucket has no such picture within the layout.

    One that was sorted or archived since leads to its new address: links that somebody kept stay good.
    """
    name, place = text("name"), text("place")
    its_camera, its_day = camera(), day()
    found = site().gallery.day(its_camera, its_day).value
    its_shot = found.find(place, name)
    if its_shot is None:
        moved = found.moved(name)
        abort(redirect(same_page(place=moved.place, name=moved.name), 303) if moved else 404)
    return found, its_shot


def same_page(**changes: object) -> str:
    """Return the address of this page with some parameters changed; None takes one away."""
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in changes]
    for key, value in changes.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(key, str(each)) for each in values if each is not None]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def _camera(name: str) -> str:
    if not name or "/" in name:
        abort(404)
    return _checked(name)


def _checked(value: str) -> str:
    try:
        if len(value.encode()) > LONGEST_NAME or "\0" in value:
            abort(404)
    except UnicodeEncodeError:
        abort(404)
    return value
