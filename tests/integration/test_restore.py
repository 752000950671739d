"""Restore: asked for once, quoted first, checked to the byte, kept inside its folder."""

from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ansible.module_utils.cctv.contents import Contents
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.folder import Folder
from ansible.module_utils.cctv.prefix import Prefix
from ansible.module_utils.cctv.quote import Quote

from tests.integration.module_runs import Modules
from tests.integration.site import CAM, DAY, Site, picture, pictures, sha256

FOLDER, ARCHIVE, INDEX = (f"{CAM}/{DAY}/", f"{CAM}/archive/{DAY}.tar.gz", f"{CAM}/archive/{DAY}.index.json")


def found(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_from_glacier_in_two_runs(site: Site, tmp_path: Path) -> None:
    sources = pictures(3, FOLDER)
    site.put(sources)
    site.archive(storage_class="GLACIER")
    site.emulator.set(restore_heads=3)
    planned = site.restore(tier="Standard", destination=Folder(tmp_path), check_mode=True)
    assert (planned.quote.hours, len(planned.requested)) == (5, 1)
    assert planned.quote.usd > 0
    assert "RestoreObject" not in site.emulator.requests()
    first = site.restore(tier="Standard", destination=Folder(tmp_path))
    assert (len(first.requested), len(first.pending), len(first.ready), first.failures) == (1, 1, 0, {})
    second = site.restore(destination=Folder(tmp_path))
    assert (len(second.requested), len(second.pending)) == (0, 1)
    third = site.restore(destination=Folder(tmp_path), wait_seconds=30.0)
    assert (len(third.written), len(third.ready), third.failures) == (3, 1, {})
    assert site.emulator.requests()["RestoreObject"] == 1
    assert found(tmp_path) == sources
    assert len(site.restore(destination=Folder(tmp_path)).written) == 0


def test_an_address_in_capitals_is_no_local_folder(
    site: Site, modules: Modules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(pictures(1, FOLDER))
    monkeypatch.chdir(tmp_path)
    place = f"S3://{site.bucket}/evidence"
    [brought] = modules.run("cctv_capture_restore", bucket=site.bucket, date=str(DAY), destination=place)["restored"]
    assert brought["path"] == f"s3://{site.bucket}/evidence/{FOLDER}{picture(0)}"
    assert found(tmp_path) == {}


def test_the_quote_is_of_what_is_read(site: Site, tmp_path: Path) -> None:
    """One picture of a large archive, and one that is sorted; a plan prices what the run then reads."""
    site.put({f"{FOLDER}{picture(number)}": os.urandom(20_000) for number in range(20)})
    site.archive()
    site.put({FOLDER + picture(100): b"s" * 70_000, f"{CAM}/{picture(101)}": b"l" * 30_000})
    one = site.index().captures[7]
    for names, size in (([one.name], one.length), ([picture(100), picture(101)], 100_000)):
        planned = site.restore(names=names, destination=Folder(tmp_path), check_mode=True)
        done = site.restore(names=names, destination=Folder(tmp_path))
        assert planned.quote == done.quote
        assert (done.quote.bytes, len(done.written)) == (size, len(names))
        assert done.quote.usd > 0
    assert site.restore(names=["*"]).quote == Quote(), "nothing is asked for, and nothing read"


def test_what_is_pending_is_quoted_at_its_longest(site: Site) -> None:
    site.put(pictures(1, FOLDER))
    site.archive(storage_class="DEEP_ARCHIVE")
    site.emulator.set(restore_heads=1000)
    assert site.restore(tier="Standard").quote.hours == 12
    again = site.restore(tier="Standard").quote
    assert (again.hours, again.usd) == (48, 0)


def test_a_tier_that_the_class_does_not_have(site: Site) -> None:
    site.put(pictures(1, FOLDER))
    site.archive(storage_class="DEEP_ARCHIVE")
    with pytest.raises(CctvError, match="choose one of Standard, Bulk"):
        site.restore(tier="Expedited")


def test_one_picture_is_one_range(site: Site, tmp_path: Path) -> None:
    site.put(pictures(50, FOLDER))
    site.archive()
    site.emulator.reset()
    assert len(site.restore(names=[picture(17)], destination=Folder(tmp_path)).written) == 1
    assert site.emulator.requests()["GetObject"] == 2
    assert list(found(tmp_path)) == [f"{FOLDER}{picture(17)}"]


@pytest.mark.parametrize("location", ["loose", "sorted", "archived"])
def test_a_picture_is_brought_by_the_name_that_its_list_gave(site: Site, tmp_path: Path, location: str) -> None:
    """Dahua's names hold brackets, and are the same in each minute: the folders are part of them."""
    day, serial = date(2018, 2, 25), "AB12/" if location == "loose" else ""
    inside = [f"001/jpg/{minute}/42[M][0@0][0].jpg" for minute in ("18/09", "18/10", "19/09")]
    site.put({f"{CAM}/{serial}{day}/{name}": name.encode() for name in inside})
    if location == "archived":
        assert site.archive(CAM, day).failures == {}
    rows, _, _ = Contents(site.catalog(), CAM, "", "*").read(with_captures=True)
    assert [(row["name"], row["location"]) for row in rows] == [(f"{serial}{name}", location) for name in inside]
    for row in rows:
        minute = "/".join(row["name"].split("/")[-3:-1])
        for pattern in (row["name"], f"{CAM}/*/{minute}/42*"):
            assert Contents(site.catalog(), CAM, "", pattern).read(with_captures=True)[0] == [row]
        destination = Folder(tmp_path / row["captured_at"])
        [brought] = site.restore(names=[row["name"]], destination=destination).restored
        assert (brought["name"], Path(str(brought["path"])).read_bytes().decode()) == (
            row["name"],
            row["name"].removeprefix(serial),
        )
    assert len(site.restore(names=["42[[]M]*"], destination=Folder(tmp_path / "all")).restored) == 3


def test_a_damaged_member_is_named_and_the_others_are_brought(site: Site, tmp_path: Path) -> None:
    site.put(pictures(3, FOLDER))
    site.archive()
    entry, body = site.index().captures[1], bytearray(site.body(ARCHIVE))
    body[entry.offset + entry.length // 2] ^= 0xFF
    site.put({ARCHIVE: bytes(body)})
    outcome = site.restore(destination=Folder(tmp_path))
    assert list(outcome.failures) == [f"{ARCHIVE}: {entry.name}"]
    assert len(outcome.written) == 2


def test_to_a_prefix_beside_what_is_there(site: Site) -> None:
    sources = pictures(2, FOLDER)
    site.put(sources)
    site.archive()
    taken = f"case/{FOLDER}{picture(0)}"
    site.put({taken: b"other"})
    destination = Prefix(site.store, "case/")
    assert len(site.restore(destination=destination).written) == 2
    assert site.body(taken) == b"other"
    assert sorted(site.bodies("case/").values()) == sorted([*sources.values(), b"other"])
    assert len(site.restore(destination=destination).written) == 0


@pytest.mark.parametrize("name", ["../../../out.jpg", "/etc/out.jpg", "a/../../../../out.jpg", ".."])
def test_no_name_leads_out_of_the_folder(site: Site, tmp_path: Path, name: str) -> None:
    site.put(pictures(1, FOLDER))
    site.archive()
    index = site.index()
    [entry] = index.captures
    hostile = site.body(INDEX).decode().replace(entry.name, replace(entry, name=name).name)
    site.put({INDEX: hostile.encode()})
    root = tmp_path / "deep" / "root"
    assert len(site.restore(destination=Folder(root)).written) == 1
    assert len(found(root / CAM / str(DAY))) == len(found(tmp_path)) == 1


def test_a_file_of_that_name_with_other_bytes_stays(site: Site, tmp_path: Path) -> None:
    site.put(pictures(1, FOLDER))
    path = tmp_path / FOLDER / picture(0)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    assert len(site.restore(destination=Folder(tmp_path)).written) == 1
    assert path.read_bytes() == b"mine"
    assert len(found(tmp_path)) == 2


def test_what_came_to_the_same_bucket_is_no_camera(site: Site, modules: Modules) -> None:
    sources = pictures(3, FOLDER)
    site.put(sources)
    site.archive()
    options = {"bucket": site.bucket, "endpoint_url": site.emulator.url, "date": str(DAY)}
    planned = modules.run(
        "cctv_capture_restore", **options, destination=f"s3://{site.bucket}/evidence/case", _ansible_check_mode=True
    )
    assert planned["changed"]
    assert site.keys("evidence") == []
    done = modules.run("cctv_capture_restore", **options, destination=f"s3://{site.bucket}/evidence/case")
    assert len(done["restored"]) == 3
    assert site.catalog().cameras() == [CAM]
    before = site.bodies("evidence/")
    site.sort()
    assert site.bodies("evidence/") == before
    assert not modules.run("cctv_capture_restore", **options, destination=f"s3://{site.bucket}/evidence/case")[
        "changed"
    ]


@pytest.mark.parametrize("own", ["a.jpg", f"{DAY}/a.jpg", f"archive/{DAY}.tar.gz"])
def test_a_marker_hides_no_camera(site: Site, own: str) -> None:
    site.put({f"{CAM}.cctv-restored": b"planted", f"{CAM}/{own}": b"x"})
    assert site.catalog().cameras() == [CAM]


@pytest.mark.parametrize(
    ("folder", "says"),
    [("", "a folder of its own"), ("/", "a folder of its own"), (f"/{CAM}/old", f"{CAM} is a camera")],
)
def test_nothing_is_restored_among_what_cameras_send(site: Site, modules: Modules, folder: str, says: str) -> None:
    site.put(pictures(1, FOLDER) | {f"{CAM}/2018/09/01/a.jpg": b"x"})
    keys = site.keys("")
    result = modules.run(
        "cctv_capture_restore",
        bucket=site.bucket,
        endpoint_url=site.emulator.url,
        date=str(DAY),
        destination=f"s3://{site.bucket}{folder}",
    )
    assert says in result["msg"]
    assert site.keys("") == keys


@pytest.mark.parametrize("place", ["s3://", "s3:///x", "~nobody-of-this-name/x"])
def test_a_destination_that_is_none_is_refused(site: Site, modules: Modules, place: str) -> None:
    site.put(pictures(1, FOLDER))
    options = {"bucket": site.bucket, "endpoint_url": site.emulator.url, "date": str(DAY)}
    result = modules.run("cctv_capture_restore", **options, destination=place)
    assert result["failed"]
    assert result["msg"].startswith("destination: ")


def test_names_that_no_folder_takes_keep_no_other_back(site: Site, tmp_path: Path) -> None:
    long = "x" * 300 + ".jpg"
    site.put({f"{FOLDER}{name}": name.encode() for name in ("a", "a/b.jpg", "c.jpg", long, "y" + long[1:])})
    site.archive()
    planned = site.restore(destination=Folder(tmp_path), check_mode=True)
    outcome = site.restore(destination=Folder(tmp_path))
    there = found(tmp_path)
    assert {b"c.jpg", long.encode(), b"y" + long[1:].encode()} < set(there.values())
    assert len(outcome.failures) == 1
    assert set(outcome.written) < set(planned.written)
    assert all(len(Path(name).name.encode()) < 255 for name in there)
    assert site.restore(destination=Folder(tmp_path)).written == []


def test_the_plan_knows_the_name_that_a_picture_gets(site: Site, tmp_path: Path) -> None:
    site.put(pictures(2, FOLDER))
    site.archive()
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / picture(0)).write_bytes(b"other")
    planned = site.restore(destination=Folder(tmp_path), check_mode=True)
    assert planned.written == site.restore(destination=Folder(tmp_path)).written
    assert site.restore(destination=Folder(tmp_path), check_mode=True).written == []


@pytest.fixture
def large(site: Site) -> dict[str, bytes]:
    """An archive with a file of 60 MB between two pictures, and as large a one that is still in its day."""
    film = os.urandom(1024 * 1024) * 60
    bodies = {picture(0): b"x", picture(1, extension="mp4"): film, picture(2): b"z"}
    site.put({f"{FOLDER}{name}": body for name, body in bodies.items()})
    assert site.archive().failures == {}
    late = {picture(3, extension="mp4"): film[::-1]}
    site.put({f"{FOLDER}{name}": body for name, body in late.items()})
    return bodies | late


@pytest.mark.parametrize("with_index", [True, False])
def test_a_large_file_is_never_held_whole(
    site: Site, large: dict[str, bytes], tmp_path: Path, with_index: bool
) -> None:
    if not with_index:
        site.s3.delete_object(Bucket=site.bucket, Key=INDEX)
    tracemalloc.start()
    outcome = site.restore(destination=Folder(tmp_path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcome.failures == {}
    assert {path.name: path.read_bytes() for path in (tmp_path / CAM / str(DAY)).iterdir()} == large
    assert {row["name"]: row["sha256"] for row in outcome.restored} == {n: sha256(body) for n, body in large.items()}
    assert peak < 50 * 1024 * 1024
    assert site.restore(destination=Folder(tmp_path)).written == []


def test_a_large_file_that_is_damaged_gets_no_name(site: Site, large: dict[str, bytes], tmp_path: Path) -> None:
    film, body = site.index().captures[1], bytearray(site.body(ARCHIVE))
    body[film.offset + film.length // 2] ^= 1
    site.put({ARCHIVE: bytes(body)})
    outcome = site.restore(destination=Folder(tmp_path))
    assert list(outcome.failures) == [f"{ARCHIVE}: {film.name}"]
    assert {path.name for path in (tmp_path / CAM / str(DAY)).iterdir()} == large.keys() - {film.name}


def test_a_large_file_goes_to_a_prefix(site: Site, large: dict[str, bytes]) -> None:
    outcome = site.restore(destination=Prefix(site.store, "evidence/", "evidence.cctv-restored"))
    assert outcome.failures == {}
    assert site.bodies("evidence/") == {f"evidence/{CAM}/{DAY}/{name}": body for name, body in large.items()}
