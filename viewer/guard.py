"""Nobody gets anything without a login, and no form is taken that was not made here for this browser."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from flask import Flask, Response, abort, g, redirect, request
from flask.typing import ResponseReturnValue

from viewer.sessions import Session
from viewer.site import site

SESSION_COOKIE = "hkaws_session"
FORM_COOKIE = "hkaws_form"
"""Before the login there is no session to bind the form to; this one is of no worth to anybody else."""
_OPEN = {"static", "login.show", "login.enter"}


def install(app: Flask) -> None:
    """Put the guard before every request, a request for what does not exist included."""
    app.before_request(_require_login)
    app.before_request(_require_form_token)
    app.context_processor(lambda: {"form_token": form_token, "user": current_user()})


def current_user() -> str:
    """Return who is logged in, empty for nobody."""
    session: Session | None = g.get("session")
    return session.user if session else ""


def form_token() -> str:
    """Return the hidden field of a form for this browser."""
    return site().sessions.form_token(_bound_cookie())


def set_cookie(response: Response, name: str, value: str, *, seconds: float) -> None:
    """Set a cookie that no script sees and no other site sends."""
    response.set_cookie(
        name, value, max_age=int(seconds), path="/", secure=request.is_secure, httponly=True, samesite="Strict"
    )


def prepare_form() -> str:
    """Return the cookie that the login form is bound to, a new one where the browser has none."""
    g.form_cookie = request.cookies.get(FORM_COOKIE, "") or secrets.token_urlsafe(32)
    return str(g.form_cookie)


def _bound_cookie() -> str:
    if g.get("session"):
        return request.cookies.get(SESSION_COOKIE, "")
    return g.get("form_cookie") or request.cookies.get(FORM_COOKIE, "")


def _require_login() -> ResponseReturnValue | None:
    g.session = site().sessions.find(request.cookies.get(SESSION_COOKIE, ""))
    if g.session or request.endpoint in _OPEN:
        return None
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", "text/html"):
        abort(401)
    wanted = request.full_path.rstrip("?")
    return redirect("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)


def _require_form_token() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if not site().sessions.is_ours(_bound_cookie(), request.form.get("form_token", "")):
        abort(403)
