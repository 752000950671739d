"""The tar inside the gzip, and its index."""

from __future__ import annotations

import gzip
import io
import tarfile
from datetime import UTC, date, datetime

import pytest
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.index import Entry, IndexWriter, parse_index
from ansible.module_utils.cctv.member import member_pieces
from ansible.module_utils.cctv.store import Seal
from ansible.module_utils.cctv.tarball import TarGz
from hypothesis import given
from hypothesis import strategies as st

MOMENT = datetime(2022, 2, 24, 7, 15, 2, tzinfo=UTC)
BODIES = {
    "a.jpg": b"\xff\xd8" * 700,
    "empty.jpg": b"",
    "снимок-" + "x" * 200 + ".jpg": b"1",
    "001/jpg/b.jpg": b"z" * 512,
}
ENTRY = Entry("ü\u2028.jpg", "2022-02-24T07:15:02+02:00", "name", "MOTION", 3, "ab", "cd", 10, 300)
SEAL = Seal(bytes=5, sha256="a", parts_sha256="b", etag="c-1")


def test_any_reader_reads_it_and_any_member_alone() -> None:
    tar, spans, stream = TarGz(), {}, io.BytesIO()
    stream.write(tar.begin())
    for name, body in BODIES.items():
        start = tar.size
        stream.writelines(tar.member(name, size=len(body), modified=MOMENT, body=[body[:5], body[5:]]))
        spans[name] = (start, tar.size)
    stream.write(tar.end())
    whole = stream.getvalue()
    assert len(whole) == tar.size
    assert gzip.decompress(whole)[-1024:] == bytes(1024)
    with tarfile.open(fileobj=io.BytesIO(whole), mode="r|gz") as reader:
        found = {(info.name, info.mtime): reader.extractfile(info).read() for info in reader}
    assert found == {(name, MOMENT.timestamp()): body for name, body in BODIES.items()}
    assert {
        name: b"".join(member_pieces([whole[start:end]], len(BODIES[name]))) for name, (start, end) in spans.items()
    } == BODIES
    with pytest.raises(CctvError, match="its index does not fit it"):
        list(member_pieces([whole[spans["001/jpg/b.jpg"][0] + 3 :]], 1))


def test_a_source_of_another_size_is_refused() -> None:
    with pytest.raises(CctvError, match=r"a.jpg has 2 bytes where 3 were listed"):
        list(TarGz().member("a.jpg", size=3, modified=MOMENT, body=[b"12"]))


def test_index_round_trip() -> None:
    writer = IndexWriter()
    writer.add(ENTRY)
    writer.add(ENTRY)
    document = writer.document(camera="CAM", day=date(2022, 2, 24), key="CAM/archive/x", build="0f", seal=SEAL).read()
    index = parse_index(document, name="x")
    assert (index.camera, index.day, index.key, index.build, index.seal) == (
        "CAM",
        date(2022, 2, 24),
        "CAM/archive/x",
        "0f",
        SEAL,
    )
    assert index.captures == (ENTRY, ENTRY)
    for cut in range(len(document) - 2):
        with pytest.raises(CctvError, match="x is damaged"):
            parse_index(document[:cut], name="x")


@given(document=st.binary())
def test_any_damage_is_said(document: bytes) -> None:
    with pytest.raises(CctvError):
        parse_index(document, name="x")


@pytest.mark.parametrize(
    "document",
    [b"[]", b"null", b"7", b'{"format": "cctv-archive-index/9"}', b'{"format": "cctv-archive-index/1", "archive": []}'],
)
def test_another_shape_is_said(document: bytes) -> None:
    with pytest.raises(CctvError):
        parse_index(document, name="x")
