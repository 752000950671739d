"""What is fed with anything at all: names, documents, archives, addresses. Each says what must hold whatever comes.

A target returns for input that is refused as it should be; any other exception is a finding. ``python -m tests.fuzz``
runs them under atheris, and tests/unit/test_fuzz.py replays the corpus.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tempfile
from argparse import Namespace
from contextlib import redirect_stdout, suppress
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cctv.archive_reader import read_archive
from cctv.capture import read, sorted_path
from cctv.clock import Zones
from cctv.errors import CctvError
from cctv.index import Entry, Index, parse_index
from cctv.layout import Layout, distinct_name, parse_archive_name, parse_day
from cctv.link import parse_link
from cctv.member import member_pieces
from cctv.scan import read_members
from cctv.signing import is_signed, public_key
from cctv.stamping import stamp_reader
from cctv.store import Object, Seal
from flask import Flask
from werkzeug.exceptions import NotFound

from forwarder.naming import destination
from viewer import address
from viewer.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Kyiv")
KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
STAMPED_AT = datetime(2026, 11, 24, 3, 28, 54, tzinfo=UTC)  # corpus/stamps/granted.tsr
_OFFLINE: Any = import_module("evidence.verify")  # one file for third parties, without types
_STAMPED_AT = stamp_reader(str(Path(__file__).parent / "authority.pem"))


def capture(data: bytes) -> None:
    """Any path: a reading in sane bounds, a sorted path of that day that is read the same once more."""
    path = data.decode(errors="ignore")
    if not path or path.endswith("/"):
        return
    reading = read(path, arrived_at=NOW, zone=ZONE)
    assert 2005 <= reading.captured_at.year <= NOW.year
    assert reading.captured_at.tzinfo is not None
    moved = sorted_path(path, reading)
    assert moved.startswith(f"{reading.captured_at.date().isoformat()}/")
    again = read(moved, arrived_at=NOW, zone=ZONE)
    assert again.captured_at.date() == reading.captured_at.date()
    assert sorted_path(moved, again) == moved
    assert distinct_name(path, "0123456789abcdef") != path


def ftp_name(data: bytes) -> None:
    """Any file name on the disk: a key that XML can carry, below the camera's folder and never above it."""
    name = os.fsdecode(data).lstrip("/")
    if not name or name.endswith("/") or "\0" in name:
        return
    goal = destination(name, arrived=NOW.timestamp(), layout=Layout("site/"), zones=Zones(ZONE), unnamed="UNNAMED")
    assert goal.key.startswith("site/")
    assert goal.key.encode().decode() == goal.key
    assert not any(ord(char) < 32 for char in goal.key)
    assert all(value.isascii() and "\n" not in value for value in goal.metadata.values())
    assert goal == destination(
        name, arrived=NOW.timestamp(), layout=Layout("site/"), zones=Zones(ZONE), unnamed="UNNAMED"
    )


def documents(data: bytes) -> None:
    """Any bytes as index, link, signature, key, day or archive name: read, or refused in a sentence."""
    text = data.decode(errors="replace")
    for parse in (parse_index, parse_link):
        with suppress(CctvError):
            parse(data, name="it")
    assert not is_signed(public_key(KEY), b"never signed", data)
    parse_day(text)
    found = parse_archive_name(text)
    if found and not found.build and not found.is_index:
        again = parse_archive_name(Layout().archive_key("CAM", found.day, found.number).rpartition("/")[2])
        assert again == found


def stamps(data: bytes) -> None:
    """Any bytes as a time stamp: refused in a sentence, or with the time that was signed."""
    with suppress(CctvError):
        assert _STAMPED_AT(b"a link\n", data) == STAMPED_AT


def archives(data: bytes) -> None:
    """Any bytes as an old archive or as a member of ours: pictures, or refused; never more memory than fits."""
    with suppress(CctvError):
        for member in islice(read_members(iter([data[:100], data[100:]])), 100):
            assert sum(map(len, member.pieces())) == member.size
    with suppress(CctvError):
        list(member_pieces([data], 100_000))


_FLASK = Flask("fuzz")


def parameters(data: bytes) -> None:
    """Any query of the viewer: values in their bounds, or 404."""
    query = data.decode("latin-1")
    with _FLASK.test_request_context("/?" + query):
        asked: list[Callable[[], Any]] = [
            lambda: address.text("name"),
            address.cameras,
            address.camera,
            lambda: address.day("date"),
            lambda: address.number("page", highest=1000),
            lambda: address.same_page(page=2),
        ]
        for ask in asked:
            with suppress(NotFound):
                ask()
        values = query.split("&")
        span = Span.parse(values[0], values[-1])
        assert span is None or isinstance(span, (str, Span))
        if isinstance(span, Span):
            span.takes(NOW)


def offline(data: bytes) -> None:
    """Any bytes as a link, signature, index or archive for the offline verifier: a verdict, never a traceback."""
    assert not _OFFLINE.is_minisign(KEY, b"never signed", data)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, redirect_stdout(io.StringIO()):
        folder = Path(name)
        (folder / "chain").mkdir()
        (folder / "chain" / "00000001.json").write_bytes(data)
        asked = Namespace(folder=folder, public_key="", head="", camera="", date="", purged_before="")
        report = _OFFLINE.Report()
        _OFFLINE.find_added(asked, _OFFLINE.check_links(asked, report), report)
        assert report.wrong
        with suppress(ValueError):
            _OFFLINE.load_index(folder / "chain" / "00000001.json", _LINK)
        _OFFLINE.check_members(folder / "chain" / "00000001.json", {"a.jpg": "0" * 64}, report)


def members(data: bytes) -> None:
    """Any bytes as a packed tar: both verifiers tell the same differences from the index, and neither breaks.

    The bytes are packed here, because no fuzzer guesses a checksum.
    """
    packed = gzip.compress(data, 1)
    entry = Entry("a.jpg", "", "", "", 1, hashlib.sha256(b"x").hexdigest(), "", 0, 1)
    seal = Seal(len(packed), hashlib.sha256(packed).hexdigest(), "", "")
    index = Index("CAM", NOW.date(), "CAM/archive/x", "", seal, (entry,))
    reading = read_archive(_Held(packed), Object("x", len(packed), "", NOW), index)
    report, told = _OFFLINE.Report(), io.StringIO()
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file, redirect_stdout(told):
        Path(file.name).write_bytes(packed)
        wanted = {entry.name: entry.sha256}
        _OFFLINE.check_members(Path(file.name), wanted, report)
    assert (report.pictures, report.wrong + len(wanted)) == (reading.captures, len(reading.differences))


class _Held:
    """A store with one object."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, _key: str, **_: Any) -> Iterator[bytes]:
        yield from (self._body[:100], self._body[100:])


_LINK: dict[str, Any] = json.loads((CORPUS / "offline" / "link").read_bytes())
TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (capture, ftp_name, documents, stamps, archives, parameters, offline, members)
}
