"""The overview: every camera with its latest picture."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from viewer.overview import cards
from viewer.site import site

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the cameras, the silent ones counted at the top."""
    found = cards(site().gallery, silent_after=site().silent_after)
    return render_template("overview.html", cards=found, silent=[card for card in found if card.is_silent])
