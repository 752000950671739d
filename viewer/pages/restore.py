"""A day in cold storage: what it costs to read it, how far a restore is, and, where allowed, the asking."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from viewer import address, guard, restores
from viewer.site import site

blueprint = Blueprint("restore", __name__)
log = logging.getLogger("viewer")


@blueprint.get("/restore")
def show() -> ResponseReturnValue:
    """Show the quote of each tier and the state."""
    camera, day = address.camera(), address.day()
    offer = restores.offer(site().gallery, camera, day)
    if offer is None:
        abort(404)
    return render_template(
        "restore.html",
        camera=camera,
        day=day,
        offer=offer,
        keep_days=restores.KEEP_DAYS,
        may_restore=site().restoring is not None,
        command=restores.command(site().configuration, site().gallery.layout, camera, day, offer),
    )


@blueprint.post("/restore")
def ask() -> ResponseReturnValue:
    """Ask S3 for the day; only where the administrator gave the viewer the right to."""
    store = site().restoring
    if store is None:
        abort(405)
    camera, day, tier = address.camera(), address.day(), request.form.get("tier", "")
    offer = restores.offer(site().gallery, camera, day)
    if offer is None:
        abort(404)
    if offer.state == "cold":  # else a second click, or somebody else's: the page says how far it is
        if tier not in {choice.tier for choice in offer.choices}:
            abort(404)
        restores.ask(site().gallery, store, offer, tier=tier)
        log.info("%s asked for the restore of %s %s (%s)", guard.current_user(), camera, day, tier)
    return redirect(url_for("restore.show", camera=camera, date=day), 303)
