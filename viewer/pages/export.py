"""Cameras and a span of time as one zip, for the police and the insurer."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from viewer import address, guard
from viewer.evidence import Plan, Span, plan
from viewer.evidence_zip import write
from viewer.site import site

blueprint = Blueprint("export", __name__)
log = logging.getLogger("viewer")


@blueprint.get("/export")
def show() -> ResponseReturnValue:
    """Show the form, and where a span is given what it would hold."""
    gallery = site().gallery
    chosen = address.cameras()
    asked = Span.parse(request.args.get("from", ""), request.args.get("to", ""))
    problem = asked if isinstance(asked, str) else ""
    span = asked if isinstance(asked, Span) else None
    planned = plan(gallery, chosen, span) if span and chosen else None
    problem = planned if isinstance(planned, str) else problem
    return render_template(
        "export.html",
        cameras=gallery.cameras(),
        chosen=chosen,
        problem=problem or ("Choose at least one camera." if span and not chosen else ""),
        given_from=request.args.get("from", ""),
        given_to=request.args.get("to", ""),
        span=span,
        plan=planned if isinstance(planned, Plan) else None,
    )


@blueprint.post("/export")
def download() -> ResponseReturnValue:
    """Stream the zip."""
    gallery, chosen = site().gallery, address.cameras()
    span = Span.parse(request.form.get("from", ""), request.form.get("to", ""))
    if not isinstance(span, Span) or not chosen:
        return Response("Choose cameras and a span of time.\n", 400, mimetype="text/plain")
    user = guard.current_user()

    def make() -> Iterator[bytes]:
        planned = plan(gallery, chosen, span, afresh=True)
        if isinstance(planned, str):
            abort(Response(f"{planned}\n", 400, mimetype="text/plain"))
        log.info("%s exports %d pictures of %s, %s", user, len(planned.shots), ", ".join(chosen), span)
        return write(gallery, planned, user=user)

    pieces = site().exports.hold(make)
    name = f"cctv-{span.first:%Y%m%d-%H%M}-{span.last:%Y%m%d-%H%M}.zip"
    described = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pieces, mimetype="application/zip", headers=described)
