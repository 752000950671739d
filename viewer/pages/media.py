"""Bytes out of the bucket: thumbnails, and originals as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from cctv.errors import CctvError
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Range
from werkzeug.http import quote_etag

from viewer import address, headers
from viewer.failures import is_gone
from viewer.pictures import STEP, UNKNOWN, content_type, is_image, is_readable, read, stream
from viewer.shots import Day, Shot
from viewer.site import site
from viewer.thumbnails import LARGEST, NoThumbnailError, TooLargeError
from viewer.zip_stream import safe_path

blueprint = Blueprint("media", __name__)
_DAY = "private, max-age=86400"


@blueprint.get("/thumbnail")
def thumbnail() -> ResponseReturnValue:
    """Answer with the thumbnail; with a drawing that says why where there is none."""
    etag = address.text("v")
    body = site().thumbnails.known(etag)
    if body is None:
        day, shot = _shown()
        if not is_image(shot.name) or not 0 < shot.size <= LARGEST:
            return _drawing("file.svg")
        if site().thumbnails.known(shot.etag) is None and not is_readable(site().gallery, day, shot):
            return _drawing("cold.svg")
        try:
            body = site().thumbnails.make(
                shot.etag, shot.size, lambda: read(site().gallery.store, site().gallery, shot)
            )
        except TooLargeError:
            return _drawing("file.svg")
        except NoThumbnailError:
            return _drawing("broken.svg")
        except CctvError as error:
            _note_change(shot, error)
            return _drawing("unreachable.svg")
    return Response(body, mimetype="image/jpeg", headers=_headers(_DAY))


@blueprint.get("/original")
def original() -> ResponseReturnValue:
    """Answer with the bytes as the camera sent them, or a range of them."""
    day, shot = address.shot()
    if not is_readable(site().gallery, day, shot):
        return redirect(url_for("restore.show", camera=shot.camera, date=shot.day), 303)
    kind = content_type(shot.name)
    described = _headers("private, no-cache") | {"ETag": quote_etag(shot.etag), "Accept-Ranges": "bytes"}
    if shot.etag in request.if_none_match:
        return Response(status=304, headers=described)
    start, stop, status = 0, shot.size, 200
    download = request.args.get("download")
    asked = request.range
    if asked and _is_single(asked) and (not request.if_range.etag or request.if_range.etag == shot.etag):
        span = asked.range_for_length(shot.size)
        if span is None:
            return Response(status=416, headers=described | {"Content-Range": f"bytes */{shot.size}"})
        (start, stop), status = span, 206
        if asked.ranges[0][1] is None and not download:  # a player asks for the rest of a clip when it has come so far
            stop = min(stop, start + STEP)
        described["Content-Range"] = f"bytes {start}-{stop - 1}/{shot.size}"
    if kind == UNKNOWN or download:
        described["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_file_name(shot), safe='')}"

    def begin() -> Iterator[bytes]:
        return stream(site().gallery, shot, start, stop - start)

    try:
        # What is not large fits between the server and its client, and holds no thread.
        pieces: Iterable[bytes] = site().large_files.hold(begin) if stop - start > STEP else begin()
    except CctvError as error:
        _note_change(shot, error)
        raise
    return Response(pieces, status, described | {"Content-Length": str(stop - start)}, mimetype=kind)


def _shown() -> tuple[Day, Shot]:
    """Return the picture asked for; that of the overview without a look at its whole day."""
    latest = site().overview.latest(address.camera())
    asked = (address.day(), address.text("place"), address.text("name"))
    if latest and not latest.is_archived and (latest.day, latest.place, latest.name) == asked:
        return Day(latest.camera, latest.day, (latest,)), latest
    return address.shot()


def _is_single(asked: Range) -> bool:
    return asked.units == "bytes" and len(asked.ranges) == 1


def _headers(cache: str) -> dict[str, str]:
    return {"Cache-Control": cache, "Content-Security-Policy": headers.FILE_POLICY}


def _drawing(name: str) -> ResponseReturnValue:
    return redirect(url_for("static", filename=name), 302)


def _note_change(shot: Shot, error: CctvError) -> None:
    if is_gone(error):
        site().gallery.forget(shot.camera, shot.day)
        site().overview.forget(shot.camera)


def _file_name(shot: Shot) -> str:
    """Return a name that says the camera, and that no file system chokes on."""
    name = shot.name.rpartition("/")[2]
    return safe_path(f"{shot.camera}_{name}")[-200:]
