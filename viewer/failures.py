"""Errors as pages: what happened and what to do, in words for the owner; the details go to the log alone."""

from __future__ import annotations

import logging
import secrets

from cctv.errors import CctvError, DamagedError, StoreError
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from viewer.refusals import RestoreRefusedError

log = logging.getLogger("viewer")

_BY_STATUS = {
    403: ("This form has expired", "Go back, load the page again and send it once more."),
    404: ("There is nothing here", "The picture or day may have been moved, archived or purged meanwhile."),
    405: ("That cannot be done here", "Go back and use the page's own buttons."),
    413: ("That is too much", "The form holds more than it may."),
    429: (
        "Too much at once",
        "As many exports or large files are being downloaded as can be: try again when one of them has ended.",
    ),
}
_BY_CODE = {
    "AccessDenied": (
        "The viewer may not read this",
        "The administrator can grant it: docs/iam_permissions.md says what.",
    ),
    "NoSuchBucket": ("The bucket does not exist", "The administrator should check its name in the viewer's settings."),
    "InvalidObjectState": ("This picture is in cold storage", "Ask for its restore on the page of its day."),
    "SlowDown": ("S3 is too busy", "It asks everybody to slow down. Try again in a minute."),
    "NoSuchKey": ("This picture has just moved", "It was sorted, archived or purged this moment. Load its day again."),
    "PreconditionFailed": ("This picture has just changed", "Load its day again."),
}
_DAMAGED = ("This picture is damaged", "Its bytes are not those that were archived. The log names the archive.")
_RESTORE = {
    "AccessDenied": (
        "S3 refused the restore",
        "The viewer's key for restores may not ask for it. The administrator can grant s3:RestoreObject:"
        " docs/iam_permissions.md says how.",
    ),
    "GlacierExpeditedRetrievalNotAvailable": (
        "S3 cannot restore so quickly now",
        "It has no room for Expedited at the moment. Choose another tier, or try again later.",
    ),
    "SlowDown": ("S3 is too busy", "Nothing was asked for. Try again in a minute."),
}
_RESTORE_OTHER = ("S3 did not take the restore", "Look at the day's page for what was asked for, and try again.")
_UNKNOWN = (
    "The bucket does not answer",
    "The pictures are safe; the way to them is not open now. Try again in a minute.",
)
_GONE = {"NoSuchKey", "404", "NotFoundError", "PreconditionFailed"}


def install(app: Flask) -> None:
    """Answer every failure with a page of ours."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CctvError, _store)
    app.register_error_handler(Exception, _bug)


def is_gone(error: CctvError) -> bool:
    """Say whether ``error`` means that the listing is older than the bucket."""
    return isinstance(error, StoreError) and error.code in _GONE


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    title, advice = _BY_STATUS.get(status, ("That did not work", "Go back and try again."))
    return _page(title, advice, status)


def _store(error: CctvError) -> ResponseReturnValue:
    reference = _logged(str(error))
    if isinstance(error, DamagedError):
        return _page(*_DAMAGED, 502, reference=reference)
    if isinstance(error, RestoreRefusedError):
        return _page(*_RESTORE.get(error.code, _RESTORE_OTHER), 503, reference=reference)
    if not isinstance(error, StoreError):
        return _page(*_UNKNOWN, 502, reference=reference)
    title, advice = _BY_CODE.get("NoSuchKey" if is_gone(error) else error.code, _UNKNOWN)
    return _page(title, advice, 404 if is_gone(error) else 503, reference=reference)


def _bug(error: Exception) -> ResponseReturnValue:
    reference = _logged("a page failed", error)
    advice = "That is a mistake of the viewer. Your pictures are safe."
    return _page("The viewer has stumbled", advice, 500, reference=reference)


def _logged(text: str, error: Exception | None = None) -> str:
    reference = secrets.token_hex(4)
    log.error("%s: %s", reference, text, exc_info=error)
    return reference


def _page(title: str, advice: str, status: int, *, reference: str = "") -> ResponseReturnValue:
    body = render_template("failure.html", title=title, advice=advice, status=status, reference=reference)
    return body, status, {"Retry-After": "60"} if status in {429, 503} else {}
