"""Time stamps on links, from an authority that OpenSSL plays, and what is said when it gives none."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv import archiving
from ansible.module_utils.cctv.chain import Chain
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.stamping import stamper

from tests.integration.authority import make_authority, openssl, serve
from tests.integration.site import CAM, DAY, Site, pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.module_runs import Modules

OFFLINE = Path(__file__).parents[2] / "evidence" / "verify.py"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of an authority, and its folder with the certificate."""
    folder = tmp_path_factory.mktemp("tsa")
    with serve(folder) as address:
        yield address, folder


@pytest.fixture
def stamped(site: Site, authority: tuple[str, Path]) -> Site:
    """Three archived days, each link with its stamp."""
    chain = Chain(site.catalog(), stamp=stamper(f"{authority[0]}/"))
    for day in (DAY + timedelta(days=n) for n in range(3)):
        site.put(pictures(2, f"{CAM}/{day}/", day=day))
        archiver = archiving.Archiver(catalog=site.catalog(), storage_class="GLACIER_IR", chain=chain)
        assert not archiver.archive([(CAM, day)]).failures
    return site


def test_a_link_is_stamped_and_openssl_agrees(site: Site, authority: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = authority
    site.put(pictures(2, f"{CAM}/{DAY}/"))
    chain = Chain(site.catalog(), stamp=stamper(f"{url}/"))
    outcome = archiving.Archiver(catalog=site.catalog(), storage_class="GLACIER_IR", chain=chain).archive([(CAM, DAY)])
    assert not outcome.failures
    for name in ("00000001.json", "00000001.json.tsr"):
        (tmp_path / name).write_bytes(site.body(f"{CAM}/archive/chain/{name}"))
    files = ["-data", str(tmp_path / "00000001.json"), "-in", str(tmp_path / "00000001.json.tsr")]
    checked = openssl("ts", "-verify", *files, "-CAfile", str(folder / "tsa.pem"))
    assert "Verification: OK" in checked.stdout, checked.stderr
    (tmp_path / "00000001.json").write_bytes(b"another")
    assert openssl("ts", "-verify", *files, "-CAfile", str(folder / "tsa.pem")).returncode != 0


def test_no_stamp_and_the_wrong_one_are_refused(authority: tuple[str, Path]) -> None:
    url, _ = authority
    stamper(f"{url}/")(b"first")
    for path, reason in (("/nonsense", "gave no time stamp"), ("/again", "of something else")):
        with pytest.raises(CctvError, match=reason):
            stamper(url + path)(b"second")
    with pytest.raises(CctvError, match="gave no time stamp"):
        stamper("http://127.0.0.1:9/")(b"x")
    with pytest.raises(CctvError, match="no web address"):
        stamper("file:///etc/passwd")


def stamp_of(number: int) -> str:
    return f"{CAM}/archive/chain/{number:08}.json.tsr"


def another(site: Site, authority: Path) -> bytes:
    """A good stamp of something else."""
    return site.body(stamp_of(1))


def foreign(site: Site, authority: Path) -> bytes:
    """A stamp of the right link, by an authority that made itself a certificate of the same name."""
    folder = authority / "foreign"
    link, query, reply = (folder / name for name in ("link", "query", "reply"))
    configuration = make_authority(folder)
    link.write_bytes(site.body(stamp_of(3).removesuffix(".tsr")))
    assert openssl("ts", "-query", "-data", str(link), "-sha512", "-cert", "-out", str(query)).returncode == 0
    words = ["-config", str(configuration), "-queryfile", str(query), "-out", str(reply)]
    assert openssl("ts", "-reply", *words).returncode == 0
    return reply.read_bytes()


DEEDS: dict[str, tuple[int, Callable[[Site, Path], bytes] | None, set[tuple[str, str]]]] = {
    "nothing": (3, lambda site, _: site.body(stamp_of(3)), set()),
    "a stamp gone, which a later one covers": (2, None, {("late", "00000002.json")}),
    "the last stamp gone": (3, None, {("unstamped", "00000003.json")}),
    "a stamp of another link": (3, another, {("changed", "00000003.json.tsr"), ("unstamped", "00000003.json")}),
    "a stamp by somebody else": (3, foreign, {("changed", "00000003.json.tsr"), ("unstamped", "00000003.json")}),
    "nonsense": (3, lambda *_: b"nonsense", {("changed", "00000003.json.tsr"), ("unstamped", "00000003.json")}),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_to_a_stamp_is_named(
    stamped: Site, authority: tuple[str, Path], modules: Modules, tmp_path: Path, deed: str
) -> None:
    number, change, expected = DEEDS[deed]
    if change:
        stamped.put({stamp_of(number): change(stamped, authority[1])})
    else:
        stamped.s3.delete_object(Bucket=stamped.bucket, Key=stamp_of(number))
    certificates = str(authority[1] / "tsa.pem")
    result = modules.run("cctv_verify", bucket=stamped.bucket, timezone="UTC", timestamp_certificates=certificates)
    assert {(it["finding"], it["key"].rpartition("/")[2]) for it in result["findings"]} == expected
    wrong = [finding for finding, _ in expected if finding != "late"]
    good = 3 - any(name.startswith(f"{number:08}") for _, name in expected)
    assert (result["failed"], result["whole"]["stamped"]) == (len(wrong), good)
    assert datetime.fromisoformat(result["heads"][0]["stamped_at"]) <= datetime.now(UTC)

    for key, body in stamped.bodies(f"{CAM}/archive/").items():
        file = tmp_path / key.removeprefix(f"{CAM}/archive/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    command = [sys.executable, "-I", str(OFFLINE), str(tmp_path), "--timestamp-certificates", certificates]
    offline = subprocess.run(command, capture_output=True, text=True, check=False)
    assert offline.returncode == (1 if wrong else 0), offline.stdout + offline.stderr
    assert f"{good} time stamps are good, {len(wrong)} findings." in offline.stdout
    said = {
        (line.split(": ")[0], Path(line.split(": ")[1]).name) for line in offline.stdout.splitlines() if ": " in line
    }
    assert said == expected


def der(tag: int, *parts: bytes) -> bytes:
    """One value of DER, of at most 64 KiB."""
    body = b"".join(parts)
    length = len(body).to_bytes(2, "big")
    return bytes([tag]) + (length[1:] if len(body) < 128 else b"\x82" + length) + body


def test_a_time_that_somebody_wrote_beside_a_stamp_is_not_its_time(authority: tuple[str, Path], tmp_path: Path) -> None:
    """The status of a reply is in words, and nobody signs it; openssl prints it before the time."""
    offline: Any = import_module("evidence.verify")  # one file for third parties, without types
    document, genuine, forged, token = (tmp_path / name for name in ("link", "genuine.tsr", "forged.tsr", "token"))
    document.write_bytes(b"link")
    genuine.write_bytes(stamper(f"{authority[0]}/")(b"link"))
    assert openssl("ts", "-reply", "-in", str(genuine), "-token_out", "-out", str(token)).returncode == 0
    later = datetime.now(UTC) + timedelta(days=10)  # the certificate is good for thirty
    words = f"ok\nTime stamp: {later:%b %e %H:%M:%S %Y} GMT".encode()
    status = der(0x30, der(0x02, b"\0"), der(0x30, der(0x0C, words)))
    forged.write_bytes(der(0x30, status, token.read_bytes()))
    assert (
        "Verification: OK"
        in openssl(
            "ts", "-verify", "-data", str(document), "-in", str(forged), "-CAfile", str(authority[1] / "tsa.pem")
        ).stdout
    )
    at = [offline.stamped_at(authority[1] / "tsa.pem", document, stamp) for stamp in (genuine, forged)]
    assert at[0] is not None
    assert abs(at[0] - datetime.now(UTC)) < timedelta(minutes=5)
    assert at[1] == at[0]


def test_certificates_that_are_none_are_said_so(site: Site, modules: Modules, tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    for expected in ("No such file", "holds no certificates in PEM"):
        result = modules.run("cctv_verify", bucket=site.bucket, timestamp_certificates=str(none))
        assert expected in result["msg"]
        none.write_text("no certificate")
    command = [sys.executable, "-I", str(OFFLINE), str(tmp_path), "--timestamp-certificates", "/none"]
    assert "there is no file /none" in subprocess.run(command, capture_output=True, text=True, check=False).stderr
