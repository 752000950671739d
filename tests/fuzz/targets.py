"""What is fed with anything at all: names, documents, archives, addresses. Each says what must hold whatever comes.

A target returns for input that is refused as it should be; any other exception is a finding. ``python -m tests.fuzz``
runs them under atheris, and tests/unit/test_fuzz.py replays the corpus.
"""

from __future__ import annotations

import importlib.util
import io
import os
import tempfile
from contextlib import redirect_stdout, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cctv.capture import read, sorted_path
from cctv.chain import parse_link
from cctv.clock import Zones
from cctv.errors import CctvError
from cctv.index import parse_index
from cctv.layout import Layout, distinct_name, parse_archive_name, parse_day
from cctv.old_archive import read_members
from cctv.signing import is_signed, public_key
from cctv.stamping import stamp_reader
from cctv.tarball import read_member
from flask import Flask
from werkzeug.exceptions import NotFound

from forwarder.naming import destination
from viewer import address
from viewer.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Kyiv")
KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
STAMPED_AT = datetime(2026, 11, 24, 3, 28, 54, tzinfo=UTC)  # corpus/stamps/granted.tsr
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
        list(islice(read_members(iter([data[:100], data[100:]])), 100))
    with suppress(CctvError):
        read_member(data)


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
    """Any bytes as a link for the offline verifier: a verdict, never a traceback."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, redirect_stdout(io.StringIO()):
        chain = Path(folder, "chain")
        chain.mkdir()
        (chain / "00000001.json").write_bytes(data)
        report = _OFFLINE.Report()
        for link in list(_OFFLINE.check_chain(Path(folder), "", report)):
            _OFFLINE.check_archive(Path(folder), link, report)
        assert report.wrong


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("offline_verify", ROOT / "evidence" / "verify.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_OFFLINE = _load()
TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (capture, ftp_name, documents, stamps, archives, parameters, offline)
}
