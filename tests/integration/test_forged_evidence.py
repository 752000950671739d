"""Whoever can write to the bucket plants archives, indexes and links: no picture goes for them, nothing is signed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import minisign
import pytest
from ansible.module_utils.cctv.archiving import Archiver, Outcome
from ansible.module_utils.cctv.chain import Chain
from ansible.module_utils.cctv.findings import Outcome as Verified
from ansible.module_utils.cctv.heads import parse_heads
from ansible.module_utils.cctv.layout import Layout
from ansible.module_utils.cctv.link import Link, parse_link
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.signing import is_signed, public_key, signer
from ansible.module_utils.cctv.verifying import Verifier

from tests.integration.site import CAM, DAY, Site, members, pictures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tests.integration.module_runs import Modules

OFFLINE = Path(__file__).parents[2] / "evidence" / "verify.py"
FOLDER = f"{CAM}/archive/"
ARCHIVE, INDEX = f"{FOLDER}{DAY}.tar.gz", f"{FOLDER}{DAY}.index.json"
DAYS = [DAY + timedelta(days=n) for n in range(4)]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    pair = minisign.KeyPair.generate()
    file = tmp_path_factory.mktemp("keys") / "minisign.key"
    file.write_bytes(bytes(pair.secret_key))
    return str(file), pair.public_key.to_base64().decode()


def archive(site: Site, *days: date, key: str = "", storage_class: str = "GLACIER_IR", heads: Any = None) -> Outcome:
    chain = Chain(site.catalog(), signer(key, "") if key else None, expected=parse_heads(heads or {}), patience=0)
    return Archiver(catalog=site.catalog(), storage_class=storage_class, chain=chain).archive(
        [(CAM, it) for it in days]
    )


def archived(site: Site, *days: date, key: str = "") -> None:
    for day in days:
        site.put(pictures(2, f"{CAM}/{day}/", day=day))
        assert not archive(site, day, key=key).failures


def archived_by_a_thief(site: Site, day: date) -> None:
    """With the same tool, the jobs' credentials and no key: he lets it take the chain for one that nobody signs."""
    signatures = {key: body for key, body in site.bodies(f"{FOLDER}chain/").items() if key.endswith(".minisig")}
    site.store.delete(list(signatures))
    site.put({f"{CAM}/{day}/{key.rpartition('/')[2]}": b"forged" for key in pictures(2, "", day=day)})
    assert not archive(site, day).failures
    site.put(signatures)


def verify(site: Site, public: str = "", *, heads: Any = None) -> Verified:
    check = partial(is_signed, public_key(public)) if public else None
    expected = parse_heads(heads or {})
    return Verifier(catalog=site.catalog(), days=DayRule(), is_signed=check, expected=expected).verify([CAM])


def found(outcome: Verified) -> set[tuple[str, str]]:
    return {(it.finding, it.key.removeprefix(FOLDER)) for it in outcome.findings}


def offline(site: Site, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    for key, body in site.bodies(FOLDER).items():
        file = folder / key.removeprefix(FOLDER)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    command = [sys.executable, "-I", str(OFFLINE), str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def link_key(number: int) -> str:
    return Layout().link_key(CAM, number)


def link(site: Site, number: int) -> Link:
    return parse_link(site.body(link_key(number)), name="")


def head_of(site: Site, number: int) -> str:
    return hashlib.sha256(site.body(link_key(number))).hexdigest()


def plant(site: Site, sources: Mapping[str, bytes], *, true_sums: bool) -> None:
    """An archive of forgeries, with an index that has the real names, sizes and ETags, as a listing tells them."""
    build, packed, lines = "0" * 32, io.BytesIO(), []
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for entry in site.store.list_all(f"{CAM}/{DAY}/"):
            forged, name = b"F" * entry.size, entry.key.rpartition("/")[2]
            info = tarfile.TarInfo(name)
            info.size = entry.size
            tar.addfile(info, io.BytesIO(forged))
            stated = hashlib.sha256(sources[entry.key] if true_sums else forged).hexdigest()
            lines.append({"name": name, "size": entry.size, "sha256": stated, "etag": entry.etag})
    body = packed.getvalue()
    sha256 = hashlib.sha256(body)
    digest = base64.b64encode(sha256.digest()).decode()
    more = {"captured_at": "2022-02-24T06:00:00+00:00", "time_source": "name", "event": "", "offset": 0, "length": 512}
    seal = {"bytes": len(body), "sha256": sha256.hexdigest(), "parts_sha256": digest, "etag": "", "md5": ""}
    index = {
        "format": "cctv-archive-index/1",
        "camera": CAM,
        "date": str(DAY),
        "captures": [line | more for line in lines],
        "archive": {"key": ARCHIVE, "build": build, **seal},
    }
    site.put({ARCHIVE: body}, Metadata={"cctv-build": build}, ChecksumSHA256=digest)
    site.put({INDEX: json.dumps(index).encode()})


@pytest.mark.parametrize("true_sums", [False, True])
def test_no_picture_goes_for_a_planted_archive(site: Site, keys: tuple[str, str], true_sums: bool) -> None:
    sources = pictures(4, f"{CAM}/{DAY}/")
    site.put(sources)
    plant(site, sources, true_sums=true_sums)
    outcome = archive(site, DAY, key=keys[0])
    assert list(outcome.failures) == [ARCHIVE]
    assert "no link of the chain is of it" in outcome.failures[ARCHIVE]
    kept = members(site.body(f"{FOLDER}{DAY}.1.tar.gz"))
    assert {f"{CAM}/{DAY}/{name}": body for name, body in kept.items()} == sources
    assert found(verify(site, keys[1])) == {("added", f"{DAY}.tar.gz"), ("added", f"{DAY}.index.json")}


def test_no_picture_goes_for_a_planted_archive_without_a_chain_either(site: Site) -> None:
    sources = pictures(4, f"{CAM}/{DAY}/")
    site.put(sources)
    plant(site, sources, true_sums=False)
    site.archive()
    kept = members(site.body(f"{FOLDER}{DAY}.1.tar.gz"))
    assert {f"{CAM}/{DAY}/{name}": body for name, body in kept.items()} == sources


def test_an_archive_that_names_no_run_is_read_before_a_picture_goes_for_it(site: Site) -> None:
    """As the old toolkit's do; without a chain there is nothing else to go by."""
    sources = pictures(2, f"{CAM}/{DAY}/")
    site.put(sources)
    assert site.archive().archives
    body, index = site.body(ARCHIVE), json.loads(site.body(INDEX))
    for held, supplements in ((body[:-9] + bytes(9), 1), (body, 0)):
        site.store.delete(site.keys(f"{FOLDER}{DAY}.1."))
        site.put({ARCHIVE: held} | sources)
        index["archive"] |= {"build": "", "parts_sha256": "", "etag": site.store.head(ARCHIVE).etag}
        site.put({INDEX: json.dumps(index).encode()})
        assert site.archive().removed == 2
        assert len(site.keys(f"{FOLDER}{DAY}.1.tar.gz")) == supplements, "what is not whole is archived once more"


@pytest.mark.parametrize("is_true", [True, False])
def test_a_lost_index_that_was_made_again_still_vouches(site: Site, keys: tuple[str, str], is_true: bool) -> None:
    """The chain has no link of it, but one of its archive, which is read."""
    archived(site, DAY, key=keys[0])
    site.store.delete([INDEX])
    assert Archiver(catalog=site.catalog(), storage_class="GLACIER_IR").index([(CAM, DAY)]).finished == 1
    again = pictures(1, f"{CAM}/{DAY}/")
    if not is_true:
        index = json.loads(site.body(INDEX))
        [name], [again] = [key.rpartition("/")[2] for key in again], [dict.fromkeys(again, b"forged")]
        [line] = [it for it in index["captures"] if it["name"] == name]
        line |= {"size": 6, "sha256": hashlib.sha256(b"forged").hexdigest()}
        line |= {"etag": hashlib.md5(b"forged", usedforsecurity=False).hexdigest()}
        site.put({INDEX: json.dumps(index).encode()})
    site.put(again)
    outcome = archive(site, DAY, key=keys[0])
    assert (list(outcome.failures), outcome.removed) == ([] if is_true else [ARCHIVE], 1)
    late = site.keys(f"{FOLDER}{DAY}.1.tar.gz")
    assert [set(members(site.body(key)).values()) for key in late] == ([] if is_true else [{b"forged"}])


def test_a_chain_with_nothing_in_it_proves_nothing(site: Site, modules: Modules, tmp_path: Path) -> None:
    archived(site, DAY)
    site.store.delete(site.keys(f"{FOLDER}chain/"))
    names = {("added", f"{DAY}.tar.gz"), ("added", f"{DAY}.index.json")}
    assert found(verify(site)) == names
    assert modules.run("cctv_verify", bucket=site.bucket)["failed"] == 2
    checked = offline(site, tmp_path)
    assert (checked.returncode, "there is no link at all" in checked.stdout) == (1, True)
    site.store.delete(site.keys(FOLDER))
    site.put(pictures(1, f"{CAM}/{DAY}/"))
    result = modules.run("cctv_verify", bucket=site.bucket, cameras=[CAM])
    assert "nothing was verified" in result["msg"]


def test_an_archive_that_is_not_what_its_index_says_gets_no_link(site: Site) -> None:
    sources = pictures(2, f"{CAM}/{DAY}/")
    site.put(sources)
    plant(site, sources, true_sums=True)
    archiver = Archiver(catalog=site.catalog(), storage_class="GLACIER_IR", chain=Chain(site.catalog()))
    assert "gets no link" in archiver.index([(CAM, DAY)]).failures[ARCHIVE]
    assert site.keys(f"{FOLDER}chain/") == []


@pytest.mark.parametrize("storage_class", ["GLACIER_IR", "DEEP_ARCHIVE"])
def test_what_a_cut_run_left_is_linked_signed_and_removed(
    site: Site, keys: tuple[str, str], storage_class: str
) -> None:
    for cut in ("00000001.json", "00000001.json.minisig"):
        site.put(pictures(3, f"{CAM}/{DAY}/"))
        site.emulator.fault("error", operation="PutObject", key=f"*/chain/{cut}", status=403, code="AccessDenied")
        assert archive(site, DAY, key=keys[0], storage_class=storage_class).failures
        site.emulator.clear_faults()
        assert len(site.keys(f"{CAM}/{DAY}/")) == 3, "the pictures wait for what vouches for them"
        outcome = archive(site, DAY, key=keys[0], storage_class=storage_class)
        assert (outcome.failures, outcome.removed, outcome.archives) == ({}, 3, [])
        result = verify(site, keys[1])
        assert {it.finding for it in result.findings} <= {"unread"}
        assert (result.captures, result.signed) == (3, 1)
        site.store.delete(site.keys(FOLDER))


def test_a_day_that_was_not_cut_finishes_the_link_of_one_that_was(site: Site, keys: tuple[str, str]) -> None:
    site.put(pictures(3, f"{CAM}/{DAYS[0]}/") | pictures(3, f"{CAM}/{DAYS[1]}/", day=DAYS[1]))
    site.emulator.fault("error", operation="PutObject", key="*.minisig", status=403, code="AccessDenied")
    assert archive(site, DAYS[0], key=keys[0]).failures
    site.emulator.clear_faults()
    assert archive(site, DAYS[1], key=keys[0]).failures == {}
    assert verify(site, keys[1]).signed == 2


def test_nothing_is_signed_on_top_of_links_by_somebody_else(site: Site, keys: tuple[str, str]) -> None:
    archived(site, *DAYS[:2], key=keys[0])
    archived_by_a_thief(site, DAYS[2])
    later = pictures(2, f"{CAM}/{DAYS[3]}/", day=DAYS[3])
    site.put(later)
    outcome = archive(site, DAYS[3], key=keys[0])
    [reason] = outcome.failures.values()
    assert "chain/00000003.json is not signed by this key" in reason
    assert "captures_verify.yml" in reason
    assert site.bodies(f"{CAM}/{DAYS[3]}/") == later
    assert not site.keys(f"{FOLDER}{DAYS[3]}"), "nothing is written that could get no link"
    assert ("unsigned", "chain/00000003.json") in found(verify(site, keys[1]))
    for wrong in ("0" * 64, f"2:{head_of(site, 3)}"):
        assert archive(site, DAYS[3], key=keys[0], heads={CAM: wrong}).failures
    assert archive(site, DAYS[3], key=keys[0], heads={CAM: f"3:{head_of(site, 3)}"}).failures == {}
    assert found(verify(site, keys[1])) == set()


def test_a_tail_written_anew_is_not_signed(site: Site, keys: tuple[str, str]) -> None:
    archived(site, *DAYS[:2], key=keys[0])
    expected = {CAM: f"2:{head_of(site, 2)}"}
    site.store.delete([key for key in site.keys(FOLDER) if "00000002" in key or str(DAYS[1]) in key])
    archived_by_a_thief(site, DAYS[1])
    site.put(pictures(2, f"{CAM}/{DAYS[2]}/", day=DAYS[2]))
    assert archive(site, DAYS[2], key=keys[0]).failures
    assert ("missing", "chain/") in found(verify(site, keys[1], heads=expected))


def test_nothing_unsigned_follows_what_is_signed(site: Site, keys: tuple[str, str]) -> None:
    archived(site, DAYS[0], key=keys[0])
    site.put(pictures(2, f"{CAM}/{DAYS[1]}/", day=DAYS[1]))
    [reason] = archive(site, DAYS[1]).failures.values()
    assert "name the key in signing_key" in reason
    assert archive(site, DAYS[1], key=keys[0]).failures == {}


PLANTED = {
    "a number that is not written so": ("1.json", False, {("added", "chain/1.json")}),
    "a far number": (
        "99999999.json",
        True,
        {("missing", "chain/00000002.json"), ("changed", "chain/99999999.json")},
    ),
    "no JSON": ("00000002.json", True, {("changed", "chain/00000002.json")}),
    "a signature of nothing": ("00000009.json.minisig", False, {("added", "chain/00000009.json.minisig")}),
    "anything": ("x.json", False, {("added", "chain/x.json")}),
}
CONTENT = {"99999999.json": b"[" * 5000, "1.json": None}


@pytest.mark.parametrize("deed", PLANTED)
def test_a_planted_link_stops_nothing_or_is_named(site: Site, tmp_path: Path, deed: str) -> None:
    name, stops, expected = PLANTED[deed]
    archived(site, DAY)
    site.put({f"{FOLDER}chain/{name}": CONTENT.get(name, b"x") or site.body(link_key(1))})
    assert found(verify(site)) == expected
    checked = offline(site, tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert {line.split(": ")[0] for line in checked.stdout.splitlines() if ": " in line} == {it for it, _ in expected}
    site.put(pictures(2, f"{CAM}/{DAYS[1]}/", day=DAYS[1]))
    failures = archive(site, DAYS[1]).failures
    assert bool(failures) == stops
    assert all("may be removed" in reason for reason in failures.values())
    if stops:
        head = {CAM: hashlib.sha256(site.body(f"{FOLDER}chain/{name}")).hexdigest()}
        assert archive(site, DAYS[1], heads=head).failures == {}, "whoever names it goes on"
    assert site.keys(f"{CAM}/{DAYS[1]}/") == []


def test_links_that_contradict_each_other_are_told(site: Site, tmp_path: Path) -> None:
    archived(site, DAY)
    first = link(site, 1)
    again = replace(first, number=2, previous=head_of(site, 1))
    site.put({link_key(2): again.document()})
    assert found(verify(site)) == set(), "two runs that finished the same cut one may both have linked it"
    site.put({link_key(2): replace(again, archive_sha256="0" * 64).document()})
    assert found(verify(site)) == {("changed", "chain/00000002.json")}
    assert "changed: link 2: it contradicts" in offline(site, tmp_path).stdout


FORGED = {
    "another camera's archive": {"archive": f"CAM-2/archive/{DAY}.tar.gz"},
    "another day's archive": {"archive": f"{FOLDER}2022-03-01.tar.gz"},
    "another number of pictures": {"captures": 3},
    "another camera": {"camera": "CAM-2"},
    "a first link that is not the first": {"previous": "0" * 64},
}


@pytest.mark.parametrize("deed", FORGED)
def test_a_link_of_something_else_is_told(site: Site, tmp_path: Path, deed: str) -> None:
    archived(site, DAY)
    site.put({link_key(1): replace(link(site, 1), **FORGED[deed]).document()})
    assert ("changed", "chain/00000001.json") in found(verify(site))
    checked = offline(site, tmp_path, "--camera", CAM)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert "changed: " in checked.stdout


def test_the_folder_of_another_camera_is_not_taken_for_it(site: Site, tmp_path: Path) -> None:
    archived(site, DAY)
    checked = offline(site, tmp_path)
    assert (checked.returncode, f"The chain of camera '{CAM}' ends with link 1" in checked.stdout) == (0, True)
    assert "of camera 'CAM-EXT-001', not of 'CAM-2'" in offline(site, tmp_path, "--camera", "CAM-2").stdout


@pytest.mark.parametrize("cut", ["the tail", "the camera"])
def test_a_head_that_was_kept_shows_what_was_cut_off(site: Site, modules: Modules, tmp_path: Path, cut: str) -> None:
    archived(site, *DAYS[:2])
    head = f"2:{head_of(site, 2)}"
    options = {"bucket": site.bucket, "expected_heads": {CAM: head}}
    assert modules.run("cctv_verify", **options)["failed"] == 0
    assert offline(site, tmp_path / "before", "--head", head).returncode == 0
    gone = [key for key in site.keys(FOLDER) if cut == "the camera" or "00000002" in key or str(DAYS[1]) in key]
    site.store.delete(gone)
    assert cut == "the camera" or modules.run("cctv_verify", bucket=site.bucket)["failed"] == 0
    result = modules.run("cctv_verify", **options)
    assert [(it["finding"], it["key"]) for it in result["findings"]] == [("missing", f"{FOLDER}chain/")]
    assert result["failed"] == 1
    (tmp_path / "after" / "chain").mkdir(parents=True)
    checked = offline(site, tmp_path / "after", "--head", head)
    assert (checked.returncode, "the head that you expect is not on the chain" in checked.stdout) == (1, True)


def test_a_head_that_is_none_is_said_so(site: Site, modules: Modules) -> None:
    result = modules.run("cctv_verify", bucket=site.bucket, expected_heads={CAM: "42"})
    assert "expected_heads: '42' of CAM-EXT-001 is no head" in result["msg"]


@pytest.mark.parametrize("header", [("GNU.sparse.map", "1,x"), ("size", "abc"), ("GNU.sparse.major", "1")])
def test_an_archive_of_anybodys_making_gets_a_verdict(site: Site, tmp_path: Path, header: tuple[str, str]) -> None:
    archived(site, DAY)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a")
        info.size, info.pax_headers = 1, dict([header])
        tar.addfile(info, io.BytesIO(b"x"))
    site.put({ARCHIVE: packed.getvalue()})
    assert {finding for finding, _ in found(verify(site))} >= {"missing"}
    checked = offline(site, tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
