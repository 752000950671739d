"""The overview: every camera with its latest picture."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from viewer import address
from viewer.overview import PER_PAGE
from viewer.site import site

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show a page of the cameras, the silent ones of all pages counted at the top."""
    cameras = site().gallery.cameras()
    pages = max(1, -(-len(cameras) // PER_PAGE))
    page = min(address.number("page", highest=10**6) or 0, pages - 1)
    shown = cameras[page * PER_PAGE :][:PER_PAGE]
    found = site().overview.cards(shown)
    silence = site().overview.silence(cameras, set(shown))
    return render_template(
        "overview.html",
        cards=found,
        silent=silence.silent,
        unknown=silence.unknown,
        per_page=PER_PAGE,
        total=len(cameras),
        first=page * PER_PAGE + 1,
        page=page,
        pages=pages,
    )
