"""The chain of archives, what is found when something is tampered with, and the offline verifier's word on the same."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import minisign
import pytest
from ansible.module_utils.cctv import archiving
from ansible.module_utils.cctv.chain import Chain
from ansible.module_utils.cctv.errors import StoreError
from ansible.module_utils.cctv.findings import Outcome
from ansible.module_utils.cctv.link import parse_link
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.signing import is_signed, public_key, signer
from ansible.module_utils.cctv.verifying import Verifier

from tests.integration.site import CAM, DAY, Site, members, pictures

if TYPE_CHECKING:
    from tests.integration.module_runs import Modules

OFFLINE = Path(__file__).parents[2] / "evidence" / "verify.py"
DAYS = [DAY + timedelta(days=n) for n in range(3)]
ARCHIVE, INDEX = (f"{CAM}/archive/{DAYS[1]}.{kind}" for kind in ("tar.gz", "index.json"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The file of a secret key, locked by a password, and the public key's line."""
    pair = minisign.KeyPair.generate()
    public = pair.public_key.to_base64().decode()
    pair.secret_key.encrypt("correct horse", opslimit=2**15, memlimit=2**24)
    file = tmp_path_factory.mktemp("keys") / "minisign.key"
    file.write_bytes(bytes(pair.secret_key))
    return str(file), public


def archive(site: Site, *days: date, key: str = "") -> archiving.Outcome:
    chain = Chain(site.catalog(), signer(key, "correct horse") if key else None)
    archiver = archiving.Archiver(catalog=site.catalog(), storage_class="GLACIER_IR", chain=chain)
    return archiver.archive([(CAM, day) for day in days])


@pytest.fixture
def chained(site: Site, keys: tuple[str, str]) -> Site:
    """Three archived days, signed."""
    for day in DAYS:
        site.put(pictures(3, f"{CAM}/{day}/", day=day))
        assert not archive(site, day, key=keys[0]).failures
    return site


def verify(site: Site, public: str, **options: Any) -> Outcome:
    check = partial(is_signed, public_key(public)) if public else None
    return Verifier(catalog=site.catalog(), days=DayRule(), is_signed=check, **options).verify([CAM])


def found(outcome: Outcome) -> set[tuple[str, str]]:
    return {
        (it.finding, " ".join(filter(None, (it.key.removeprefix(f"{CAM}/archive/"), it.name))))
        for it in outcome.findings
    }


def offline(site: Site, folder: Path, *public: str, before: str = "") -> subprocess.CompletedProcess[str]:
    for key, body in site.bodies(f"{CAM}/archive/").items():
        file = folder / key.removeprefix(f"{CAM}/archive/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    command = [
        sys.executable,
        "-I",
        str(OFFLINE),
        str(folder),
        *(word for key in public for word in ("--public-key", key)),
        *(("--purged-before", before) if before else ()),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tampered(body: bytes, change: dict[str, bytes | None]) -> bytes:
    """The archive with other members: bytes in place of those that were there, None for gone."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in ({**members(body), **change}).items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def test_days_are_chained_signed_and_whole(chained: Site, keys: tuple[str, str], tmp_path: Path) -> None:
    outcome = verify(chained, keys[1])
    assert outcome.findings == []
    assert (outcome.days, outcome.archives, outcome.captures, outcome.signed) == (3, 3, 9, 3)
    links = [parse_link(chained.body(f"{CAM}/archive/chain/{n:08}.json"), name="") for n in (1, 2, 3)]
    assert [link.date for link in links] == DAYS
    assert chained.index(day=DAYS[0]).captures[0].arrived_at
    checked = offline(chained, tmp_path, keys[1])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "9 pictures in 3 archives are whole, 3 signatures are good, 0 findings." in checked.stdout
    assert outcome.heads[CAM][1] in checked.stdout


def test_a_key_that_was_changed_on_the_way(
    chained: Site, keys: tuple[str, str], modules: Modules, tmp_path: Path
) -> None:
    pair = minisign.KeyPair.generate()
    new, public = tmp_path / "new.key", pair.public_key.to_base64().decode()
    new.write_bytes(bytes(pair.secret_key))
    day = DAYS[-1] + timedelta(days=1)
    chained.put(pictures(3, f"{CAM}/{day}/", day=day))
    plan = {"bucket": chained.bucket, "date": str(day), "signing_key": str(new)}
    plan |= {"storage_class": "GLACIER_IR", "timezone": "UTC"}
    assert "is not signed by this key" in modules.run("cctv_capture_archive", **plan)["msg"]
    number, sha256 = verify(chained, keys[1]).heads[CAM]
    known = modules.run("cctv_capture_archive", **plan, expected_heads={CAM: f"{number}:{sha256}"})
    assert len(known["archives"]) == 1
    whole = modules.run("cctv_verify", bucket=chained.bucket, public_key=[keys[1], public])
    assert (whole["findings"], whole["whole"]["signed"]) == ([], 4)
    assert modules.run("cctv_verify", bucket=chained.bucket, public_key=f"{keys[1]},{public}")["findings"] == []
    assert modules.run("cctv_verify", bucket=chained.bucket, public_key=public)["findings"]
    checked = offline(chained, tmp_path / "copy", keys[1], public)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "4 signatures are good" in checked.stdout
    assert offline(chained, tmp_path / "copy", public).returncode == 1


LINK, SIGNATURE = "chain/00000002.json", "chain/00000002.json.minisig"
NAME = next(iter(pictures(1, "", day=DAYS[1])))
DEEDS: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "a picture changed": (
        {ARCHIVE: lambda body: tampered(body, {NAME: b"forged"})},
        {("changed", f"{DAYS[1]}.tar.gz {NAME}")},
    ),
    "a picture gone": (
        {ARCHIVE: lambda body: tampered(body, {NAME: None})},
        {("missing", f"{DAYS[1]}.tar.gz {NAME}")},
    ),
    "a picture added": (
        {ARCHIVE: lambda body: tampered(body, {"planted.jpg": b"planted"})},
        {("added", f"{DAYS[1]}.tar.gz planted.jpg")},
    ),
    "the same pictures packed anew": (
        {ARCHIVE: lambda body: gzip.compress(gzip.decompress(body))},
        {("changed", f"{DAYS[1]}.tar.gz")},
    ),
    "an archive cut short": (
        {ARCHIVE: lambda body: body[:-200]},
        {("changed", f"{DAYS[1]}.tar.gz")},
    ),
    "an archive gone": ({ARCHIVE: None}, {("missing", f"{DAYS[1]}.tar.gz")}),
    "an index changed": ({INDEX: lambda body: body + b" "}, {("changed", f"{DAYS[1]}.index.json")}),
    "an index gone": ({INDEX: None}, {("missing", f"{DAYS[1]}.index.json")}),
    "an archive planted": (
        {f"{CAM}/archive/2022-03-01.tar.gz": lambda _: b"x"},
        {("added", "2022-03-01.tar.gz")},
    ),
    "a link gone": (
        {f"{CAM}/archive/{LINK}": None, f"{CAM}/archive/{SIGNATURE}": None},
        {("missing", LINK), ("added", f"{DAYS[1]}.tar.gz"), ("added", f"{DAYS[1]}.index.json")},
    ),
    "a link written anew": (
        {f"{CAM}/archive/{LINK}": lambda body: json.dumps(json.loads(body) | {"captures": 2}).encode()},
        {("changed", SIGNATURE), ("changed", "chain/00000003.json"), ("changed", LINK)},
    ),
    "a link that is none": (
        {f"{CAM}/archive/{LINK}": lambda _: b"[]"},
        {
            ("changed", "chain/00000003.json"),
            ("changed", LINK),
            ("added", f"{DAYS[1]}.tar.gz"),
            ("added", f"{DAYS[1]}.index.json"),
        },
    ),
    "a signature of somebody else": (
        {f"{CAM}/archive/chain/00000003.json.minisig": lambda _: _foreign()},
        {("changed", "chain/00000003.json.minisig"), ("unsigned", "chain/00000003.json")},
    ),
    "the last signature gone": (
        {f"{CAM}/archive/chain/00000003.json.minisig": None},
        {("unsigned", "chain/00000003.json")},
    ),
}


def _foreign() -> bytes:
    return bytes(minisign.KeyPair.generate().secret_key.sign(b"something else"))


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_is_named_exactly(chained: Site, keys: tuple[str, str], tmp_path: Path, deed: str) -> None:
    changes, expected = DEEDS[deed]
    for key, change in changes.items():
        if change is None:
            chained.s3.delete_object(Bucket=chained.bucket, Key=key)
        else:
            chained.put({key: change(chained.body(key) if key in chained.keys(key) else b"")})
    outcome = verify(chained, keys[1])
    names = found(outcome)
    if deed == "an archive cut short":
        assert ("changed", f"{DAYS[1]}.tar.gz") in names
        assert all(name.startswith(f"{DAYS[1]}.tar.gz") for _, name in names)
    else:
        assert names == expected
    others = offline(chained, tmp_path, keys[1])
    assert others.returncode == 1
    for finding, name in expected:
        assert any(line.startswith(f"{finding}: ") for line in others.stdout.splitlines()), (others.stdout, name)


def test_what_s3_says_is_enough_without_reading(chained: Site) -> None:
    chained.emulator.reset()
    outcome = verify(chained, "", read=False)
    assert (outcome.findings, outcome.captures, outcome.bytes) == ([], 9, 0)
    chained.put({ARCHIVE: b"forged"})
    assert found(verify(chained, "", read=False)) == {("changed", f"{DAYS[1]}.tar.gz")}


def test_cold_and_expired_are_told_apart_from_wrong(
    site: Site, keys: tuple[str, str], modules: Modules, tmp_path: Path
) -> None:
    site.put(pictures(3, f"{CAM}/{DAY}/"))
    options = {"bucket": site.bucket, "timezone": "UTC"}
    signing = {"signing_key": keys[0], "signing_password": "correct horse"}
    made = modules.run("cctv_capture_archive", older_than_days=1, **options, **signing)
    assert made["changed"]
    result = modules.run("cctv_verify", **options, public_key=keys[1])
    assert [it["finding"] for it in result["findings"]] == ["unread"]
    assert (result["failed"], result["whole"]["captures"], result["whole"]["signed"]) == (0, 3, 1)
    assert not modules.run("cctv_capture_archive", older_than_days=1, **options, **signing)["changed"]
    site.purge(include_archives=True)
    assert modules.run("cctv_verify", **options)["failed"] == 2
    result = modules.run("cctv_verify", **options, purged_after_days=365)
    assert (result["failed"], [it["finding"] for it in result["findings"]]) == (0, ["expired"])
    assert offline(site, tmp_path).returncode == 1
    told = {before: offline(site, tmp_path, before=before) for before in (f"{DAY}", f"{DAY + timedelta(days=1)}")}
    assert [done.returncode for done in told.values()] == [1, 0]
    assert f"expired: {tmp_path / f'{DAY}.tar.gz'}: past the time" in told[f"{DAY + timedelta(days=1)}"].stdout
    assert "'soon' is no day: give it as YYYY-MM-DD" in offline(site, tmp_path, before="soon").stderr


def test_both_find_the_same_added_and_take_a_draft_for_unfinished(chained: Site, tmp_path: Path) -> None:
    strays = {"notes.txt", "2022-02-31.tar.gz", "deeper/2022-02-25.tar.gz", "chain/deeper/00000001.json"}
    chained.put(dict.fromkeys((f"{CAM}/archive/{name}" for name in strays), b"1"))
    chained.put({f"{CAM}/archive/{DAYS[0]}{number}.index.json.{'a' * 32}": b"{" for number in ("", ".1")})
    assert found(verify(chained, "")) == {("added", name) for name in strays}
    told = offline(chained, tmp_path).stdout.splitlines()
    added = [Path(line.split(": ")[1]) for line in told if line.startswith("added: ")]
    assert {path.relative_to(tmp_path).as_posix() for path in added} == strays


def test_runs_at_once_make_one_chain(site: Site) -> None:
    days = [DAY + timedelta(days=n) for n in range(8)]
    for day in days:
        site.put(pictures(1, f"{CAM}/{day}/", day=day))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda day: archive(site, day), days))
    outcome = verify(site, "")
    assert outcome.findings == []
    assert (outcome.archives, outcome.heads[CAM][0]) == (8, 8)


def test_a_run_cut_before_its_link_is_finished_by_the_next(site: Site) -> None:
    site.put(pictures(3, f"{CAM}/{DAY}/"))
    site.emulator.fault("error", operation="PutObject", key=f"{CAM}/archive/chain/*", status=403, code="AccessDenied")
    assert archive(site, DAY).failures
    assert len(site.keys(f"{CAM}/{DAY}/")) == 3, "the pictures wait for what vouches for them"
    site.emulator.clear_faults()
    assert not archive(site, DAY).failures
    assert site.keys(f"{CAM}/{DAY}/") == []
    outcome = verify(site, "")
    assert (outcome.findings, outcome.captures) == ([], 3)


def test_archives_of_before_get_their_links(site: Site) -> None:
    site.put(pictures(3, f"{CAM}/{DAY}/"))
    site.archive()
    assert found(verify(site, "")) == {("added", f"{DAY}.tar.gz"), ("added", f"{DAY}.index.json")}
    archiving.Archiver(catalog=site.catalog(), storage_class="GLACIER", chain=Chain(site.catalog())).index([(CAM, DAY)])
    assert verify(site, "").captures == 3


@pytest.mark.parametrize("spoil", [None, b"{"])
def test_an_index_that_was_made_again_is_told_and_whole(
    chained: Site, keys: tuple[str, str], modules: Modules, tmp_path: Path, spoil: bytes | None
) -> None:
    """However often it is asked for, there is one link of it; one that a cut run left out is written by the next."""
    chained.store.delete([INDEX])
    if spoil:
        chained.put({INDEX: spoil})
    options = {"bucket": chained.bucket, "timezone": "UTC"}
    again = options | {"index_only": True, "signing_key": keys[0], "signing_password": "correct horse"}
    chained.emulator.fault(
        "error", operation="PutObject", key=f"{CAM}/archive/chain/*", status=403, code="AccessDenied"
    )
    assert modules.run("cctv_capture_archive", **again)["failed"] == 1
    chained.emulator.clear_faults()
    assert modules.run("cctv_verify", **options, public_key=keys[1])["failed"] == 1
    for _ in range(2):
        assert modules.run("cctv_capture_archive", **again)["failed"] == 0
        result = modules.run("cctv_verify", **options, public_key=keys[1])
        findings = [(it["finding"], it["key"]) for it in result["findings"]]
        assert findings == [("rebuilt", f"{CAM}/archive/chain/00000004.json")]
        assert (result["failed"], result["whole"]["captures"], result["whole"]["signed"]) == (0, 9, 4)
    checked = offline(chained, tmp_path, keys[1])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "rebuilt: link 4: " in checked.stdout
    chained.put({INDEX: chained.body(INDEX) + b" "})
    assert found(verify(chained, keys[1])) >= {("changed", f"{DAYS[1]}.index.json")}


def test_an_index_that_the_archive_does_not_give_gets_no_link(chained: Site, keys: tuple[str, str]) -> None:
    """Its pictures are right, and its times are somebody's who can write to the bucket."""
    stated = json.loads(chained.body(INDEX))
    stated["captures"][0]["captured_at"] = "2022-02-25T03:00:00+02:00"
    chained.put({INDEX: json.dumps(stated).encode()})
    chain = Chain(chained.catalog(), signer(keys[0], "correct horse"))
    archiver = archiving.Archiver(catalog=chained.catalog(), storage_class="GLACIER", chain=chain)
    outcome = archiver.index([(CAM, day) for day in DAYS])
    assert list(outcome.failures) == [ARCHIVE]
    assert "neither the one that the chain names nor what its archive gives" in outcome.failures[ARCHIVE]
    assert found(verify(chained, keys[1])) == {("changed", f"{DAYS[1]}.index.json")}


def test_a_key_that_is_none_is_said_so(site: Site, modules: Modules, tmp_path: Path, keys: tuple[str, str]) -> None:
    site.put(pictures(1, f"{CAM}/{DAY}/"))
    for path, password in ((str(tmp_path / "none"), ""), (keys[0], "wrong")):
        options = {"older_than_days": 1, "signing_key": path, "signing_password": password}
        result = modules.run("cctv_capture_archive", bucket=site.bucket, **options)
        assert "signing_key: " in result["msg"]
        assert "cannot be used" in result["msg"]
    assert "public_key: " in modules.run("cctv_verify", bucket=site.bucket, public_key="x")["msg"]
    with pytest.raises(StoreError):
        site.store.get("nothing")
