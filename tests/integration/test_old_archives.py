"""Archives of the old toolkit, as s3-tar made them, need no migration."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ansible.module_utils.cctv.archiving import Archiver
from ansible.module_utils.cctv.chain import Chain
from ansible.module_utils.cctv.clock import Zones
from ansible.module_utils.cctv.contents import Contents
from ansible.module_utils.cctv.folder import Folder

from tests.integration.site import CAM, DAY, Site, picture, sha256

KEY = f"{CAM}/archive/{DAY}.tar.gz"
BODIES = {picture(number): bytes([65 + number]) * (700 + number) for number in (2, 0, 1)}  # in no order


@pytest.fixture
def old(site: Site) -> Site:
    """A bucket with one archive: a gzip stream for each member, no end blocks, no index."""
    archive = b""
    for name, body in BODIES.items():
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="x.tar", mode="wb", fileobj=buffer) as stream:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(body), 1645700000
            stream.write(info.tobuf() + body + bytes(-len(body) % 512))
        archive += buffer.getvalue()
    site.put({KEY: archive})
    return site


def test_it_is_listed(old: Site) -> None:
    _, days, failures = Contents(old.catalog(), CAM, "", "*").read(with_captures=True)
    assert [(row["date"], row["count"], row["location"]) for row in days] == [(str(DAY), -1, "archived")]
    assert failures == {}


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("names", [("*",), (picture(1),)])
def test_it_is_restored(old: Site, tmp_path: Path, indexed: bool, names: tuple[str, ...]) -> None:
    if indexed:
        archiver = Archiver(catalog=old.catalog(), storage_class="GLACIER")
        assert archiver.index([(CAM, DAY)]).finished == 1
        assert archiver.index([(CAM, DAY)]).finished == 0
        assert {name: body for name, [body] in old.archived().items()} == BODIES
    old.emulator.reset()
    outcome = old.restore(names=names, destination=Folder(tmp_path))
    assert outcome.failures == {}
    wanted = BODIES if names == ("*",) else {names[0]: BODIES[names[0]]}
    assert {path.name: path.read_bytes() for path in (tmp_path / CAM / str(DAY)).iterdir()} == wanted
    if indexed and len(wanted) == 1:
        assert old.emulator.requests()["GetObject"] == 2  # the index, and the one picture
        assert old.emulator.journal()["bytes_sent"] < 8000
    assert len(old.restore(names=names, destination=Folder(tmp_path)).written) == 0


def test_its_days_are_those_of_utc_and_the_names_say_when(site: Site) -> None:
    """Where the zone is two hours ahead, half past midnight lies in the folder of the evening before."""
    name = "192.168.1.64_01_20220225003000123_MOTION_DETECTION.jpg"
    site.put({f"{CAM}/{DAY}/{name}": b"x"})
    catalog = replace(site.catalog(), zones=Zones.load("Europe/Kyiv"))
    expected = ("2022-02-25T00:30:00.123000+02:00", "name", f"{CAM}/{DAY}/{name}")
    [row], _, _ = Contents(catalog, CAM, str(DAY), "*").read(with_captures=True)
    assert (row["captured_at"], row["time_source"], row["key"]) == expected
    assert Archiver(catalog=catalog, storage_class="GLACIER_IR").archive([(CAM, DAY)]).removed == 1
    [row], _, _ = Contents(catalog, CAM, str(DAY), "*").read(with_captures=True)
    assert (row["captured_at"], row["time_source"], row["key"]) == (*expected[:2], KEY)


def test_late_pictures_become_its_supplement(old: Site) -> None:
    before = old.body(KEY)
    old.put({f"{CAM}/{DAY}/{picture(7)}": b"late"})
    assert [archived.key for archived in old.archive().archives] == [f"{CAM}/archive/{DAY}.1.tar.gz"]
    assert old.body(KEY) == before


def test_one_that_is_cut_off_is_said_to_be(old: Site, tmp_path: Path) -> None:
    old.put({KEY: old.body(KEY)[:-20]})
    assert "ends in the middle" in old.restore(destination=Folder(tmp_path)).failures[KEY]
    outcome = Archiver(catalog=old.catalog(), storage_class="GLACIER").index([(CAM, DAY)])
    assert list(outcome.failures) == [KEY]
    assert old.keys() == [KEY]


@pytest.fixture
def ours(site: Site) -> Site:
    """A bucket with an archive of ours: pictures, a text, a long name and a larger file."""
    bodies = {picture(number): bytes([number]) * 700 for number in range(3)}
    bodies |= {"a.txt": b"text" * 5000, "b/" + "x" * 200 + ".jpg": b"long"}
    bodies["large.mp4"] = bytes(range(256)) * 40_000
    site.put({f"{CAM}/{DAY}/{name}": body for name, body in bodies.items()})
    assert site.archive().failures == {}
    return site


INDEX = f"{CAM}/archive/{DAY}.index.json"


@pytest.mark.parametrize("spoil", [None, b"{", b"[]"])
def test_one_of_ours_gets_its_index_again(ours: Site, tmp_path: Path, spoil: bytes | None) -> None:
    before, body = ours.index(), ours.body(KEY)
    ours.s3.delete_object(Bucket=ours.bucket, Key=INDEX)
    if spoil:
        ours.put({INDEX: spoil})
    assert ours.restore(destination=Folder(tmp_path)).failures == {}
    root = tmp_path / CAM / str(DAY)
    brought = {str(path.relative_to(root)): sha256(path.read_bytes()) for path in root.rglob("*") if path.is_file()}
    assert brought == {entry.name: entry.sha256 for entry in before.captures}
    assert list(ours.purge(include_archives=True).kept) == [KEY]
    archiver = Archiver(catalog=ours.catalog(), storage_class="GLACIER")
    assert (archiver.index([(CAM, DAY)]).finished, archiver.index([(CAM, DAY)]).finished) == (1, 0)
    after = ours.index()
    places = [
        [(each.name, each.size, each.sha256, each.offset, each.length) for each in it.captures]
        for it in (before, after)
    ]
    assert places[0] == places[1]
    assert (after.build, after.seal.bytes, after.seal.sha256) == (before.build, before.seal.bytes, before.seal.sha256)
    assert ours.body(KEY) == body
    late = {f"{CAM}/{DAY}/{picture(1)}": bytes([1]) * 700}
    ours.put(late)
    outcome = ours.archive()
    assert (outcome.archives, outcome.removed, outcome.failures) == ([], 1, {})
    assert ours.purge(include_archives=True).archives == 1
    assert ours.keys() == []


def test_any_other_archive_is_restored_though_no_index_helps(site: Site, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in BODIES.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    site.put({KEY: buffer.getvalue()})
    assert site.restore(destination=Folder(tmp_path)).failures == {}
    assert {path.name: path.read_bytes() for path in (tmp_path / CAM / str(DAY)).iterdir()} == BODIES
    outcome = Archiver(catalog=site.catalog(), storage_class="GLACIER").index([(CAM, DAY)])
    assert "one by one" in outcome.failures[KEY]
    assert site.keys() == [KEY]


EMPTY = KEY.replace("24.tar", "25.tar")


@pytest.mark.parametrize(
    "body", [b"", gzip.compress(b""), gzip.compress(bytes(10240))], ids=["no byte", "no tar", "no member"]
)
@pytest.mark.parametrize("indexed", [False, True])
def test_one_that_holds_nothing_is_said_to_and_proves_nothing(
    old: Site, tmp_path: Path, body: bytes, indexed: bool
) -> None:
    """As the old toolkit left it when it was cut short, and with the index that an earlier version wrote of it."""
    old.put({EMPTY: body})
    if indexed:
        assert Archiver(catalog=old.catalog(), storage_class="GLACIER").index([(CAM, DAY)]).finished == 1
        index = json.loads(old.body(KEY.replace("tar.gz", "index.json"))) | {"captures": []}
        old.put({EMPTY.replace("tar.gz", "index.json"): json.dumps(index).encode()})
    before = old.keys(EMPTY[:-6])
    planned, outcome = (
        old.restore(destination=Folder(tmp_path), check_mode=check_mode) for check_mode in (True, False)
    )
    assert (len(outcome.restored), list(outcome.failures)) == (3, [EMPTY])
    assert outcome.failures[EMPTY].startswith("the archive is empty")
    assert planned.failures == ({} if body else outcome.failures), "what has bytes has to be read for that"
    days = [(CAM, DAY), (CAM, DAY + timedelta(days=1))]
    for check_mode in (True, False, False):
        chain = Chain(old.catalog(), check_mode=check_mode)
        archiver = Archiver(catalog=old.catalog(), storage_class="GLACIER", chain=chain, check_mode=check_mode)
        assert archiver.index(days).failures == outcome.failures
    kept = old.purge(include_archives=True).kept[EMPTY]
    assert kept == outcome.failures[EMPTY] or (body and "index_only" in kept)
    assert old.keys(EMPTY[:-6]) == before


@pytest.mark.parametrize("with_index", [False, True])
def test_the_plan_of_indexes_and_links_comes_true(old: Site, with_index: bool) -> None:
    days = [(CAM, DAY)]
    if with_index:
        assert Archiver(catalog=old.catalog(), storage_class="GLACIER").index(days).finished == 1
    before, told = old.bodies(), []
    for check_mode in (True, False, True, False):
        chain = Chain(old.catalog(), check_mode=check_mode)
        archiver = Archiver(catalog=old.catalog(), storage_class="GLACIER", chain=chain, check_mode=check_mode)
        outcome = archiver.index(days)
        told.append((outcome.finished, outcome.put, sorted(outcome.links), outcome.changed, outcome.failures))
        assert not check_mode or len(told) > 1 or old.bodies() == before
    assert told[0] == told[1]
    assert told[2] == told[3]
    assert (told[0][0], len(told[0][2]), told[0][3]) == (0 if with_index else 1, 1, True)
    assert (told[2][0], told[2][2], told[2][3]) == (0, [], False)
