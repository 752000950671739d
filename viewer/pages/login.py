"""Log in and out."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.routing import RequestRedirect

from viewer import guard
from viewer.site import site

blueprint = Blueprint("login", __name__)
log = logging.getLogger("viewer")
_SHOWN = {"camera", "date", "from", "to"}
"""Fields of the forms that their pages take, too."""


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    """Show the form."""
    if guard.current_user():
        return redirect("/", 303)
    return _form()


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    """Open a session, under a new token whatever the browser had before."""
    address, name = request.remote_addr or "", request.form.get("name", "").encode(errors="replace").decode()
    wait = site().throttle.take(address, name)
    if wait:
        log.warning("too many attempts to log in from %s", address)
        return _form(wait=wait, status=429)
    if not site().passwords.check(name, request.form.get("password", "")):
        log.warning("failed login from %s", address)
        return _form(wrong=True, status=401)
    site().throttle.clear(address, name)
    site().sessions.end(request.cookies.get(guard.SESSION_COOKIE, ""))
    log.info("%s logged in from %s", name, address)
    response = make_response(redirect(_local(request.values.get("next", "")), 303))
    guard.set_cookie(response, guard.SESSION_COOKIE, site().sessions.open(name), seconds=site().sessions.seconds)
    response.delete_cookie(guard.FORM_COOKIE, path="/", httponly=True, samesite="Strict")
    return response


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    """End the session, here and in the browser."""
    site().sessions.end(request.cookies.get(guard.SESSION_COOKIE, ""))
    response = make_response(redirect("/login", 303))
    response.delete_cookie(guard.SESSION_COOKIE, path="/", httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def ask(_: Unauthorized) -> ResponseReturnValue:
    """Answer a form that came after the session's end: with the login, and from there back to the form's page."""
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return Response("Log in first.\n", 401, mimetype="text/plain")
    fields = [(key, value) for key, value in request.form.items(multi=True) if key in _SHOWN]
    wanted = f"{request.path}?{urlencode(fields)}" if fields and _is_page(request.path) else "/"
    return _form(wanted=wanted, ended=True, status=401)


def _is_page(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True


def _form(
    *, wanted: str = "", wrong: bool = False, ended: bool = False, wait: int = 0, status: int = 200
) -> ResponseReturnValue:
    cookie = guard.prepare_form()
    wanted = _local(wanted or request.values.get("next", ""))
    page = render_template("login.html", wrong=wrong, ended=ended, minutes=-(-wait // 60), wanted=wanted)
    response = make_response(page, status)
    guard.set_cookie(response, guard.FORM_COOKIE, cookie, seconds=3600)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _local(address: str) -> str:
    """Return ``address`` if it is a page of ours, else the overview: a login must not lead elsewhere."""
    harmless = address.startswith("/") and address.isprintable() and "\\" not in address
    return address if harmless and not address.startswith("//") else "/"
