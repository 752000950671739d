"""The chaos suite at the length of a coffee: each fault for seconds, and what must hold."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forwarder.settings import Settings
from tests.chaos import disks
from tests.chaos.cameras import Answer, Fleet, log_in, md5, picture, send
from tests.chaos.course import run, scene
from tests.chaos.faults import pairs
from tests.chaos.ledger import balance, contents
from tests.chaos.power import power_cut
from tests.chaos.relay import VSFTPD

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from tests.chaos.faults import Scene
    from tests.emulator.client import Emulator

pytestmark = pytest.mark.skipif(
    not VSFTPD or os.geteuid() != 0, reason="takes vsftpd, and root for it, for mounts and a hosts file of its own"
)
has_xfs = pytest.mark.skipif(
    not shutil.which("mkfs.xfs") or "xfs" not in Path("/proc/filesystems").read_text(),
    reason="the power is cut by a copy by reference, which takes an xfs",
)


@pytest.mark.parametrize(
    "faults",
    [
        ["none"],
        ["packets dropped", "forwarder killed"],
        ["S3 refuses connections"],
        ["stored, reply lost"],
        ["reset mid-upload", "30 % SlowDown"],
        ["403", "vsftpd restarted"],
    ],
    ids=" + ".join,
)
def test_nothing_is_lost_doubled_or_refused(emulator: Emulator, faults: list[str]) -> None:
    outcome = run(emulator, faults, seconds=3)
    assert outcome.holds, outcome
    if "vsftpd restarted" not in faults:  # what a camera gets no reply to, it knows to be unsent
        assert outcome.balance.refuses_nothing, outcome
        assert outcome.balance.stored == outcome.balance.offered > 50
    if faults == ["none"]:
        assert outcome.requests == {"PutObject": outcome.balance.offered}


def test_the_patience_that_the_product_has(emulator: Emulator) -> None:
    """A line that hangs is waited on for a minute; the other tests have five seconds, which no owner has."""
    outcome = run(emulator, ["hangs after accept"], seconds=3, patience=Settings(bucket="x").patience)
    assert outcome.holds, outcome


def test_a_pair_is_two_faults_that_can_be_there_together() -> None:
    together = pairs(["packets dropped", "slow line", "DNS gone", "403", "forwarder killed"])
    assert ["packets dropped", "slow line"] not in together
    assert ["packets dropped", "DNS gone"] not in together
    assert ["slow line", "403"] in together
    assert ["DNS gone", "forwarder killed"] in together


def test_a_backlog_drains_over_every_connection(emulator: Emulator) -> None:
    """How fast it drains is measured by ``tests.chaos.figures``."""
    emulator.set(latency_ms=400)
    try:
        with scene(emulator, connections=8, patience=60) as stage:
            emulator.fault("error", status=503, code="SlowDown")
            with Fleet(stage.relay.port, rate=60) as fleet:
                _until(lambda: len(fleet.offers) >= 120, 60)
            emulator.clear_faults()
            emulator.reset()
            assert stage.relay.wait_until_empty(60)
        uploads = [each["at_once"] for each in emulator.journal()["recent"] if each["operation"] == "PutObject"]
    finally:
        emulator.set(latency_ms=0)
    assert len(uploads) >= 110
    assert max(uploads) == 8, uploads


@has_xfs
@pytest.mark.parametrize("during", ["none", "S3 refuses connections"])
def test_a_power_cut_takes_nothing_that_was_acknowledged(emulator: Emulator, during: str) -> None:
    cut = power_cut(emulator, during=during, seconds=3)
    assert cut.emptied
    assert cut.balance.holds, cut
    assert cut.balance.acknowledged > 20


@has_xfs
def test_the_power_cut_is_one(emulator: Emulator) -> None:
    """Without synchronous folders the same cut does take pictures: the test above can fail."""
    assert power_cut(emulator, during="S3 refuses connections", seconds=3, synchronous=False).balance.lost


def test_a_full_disk_refuses_clearly_and_loses_nothing(emulator: Emulator) -> None:
    with (
        disks.small(megabytes=16) as disk,
        scene(emulator, spool=disk, free_floor_mb=4) as stage,
    ):
        emulator.fault("error", status=503, code="ServiceUnavailable")
        with Fleet(stage.relay.port, rate=60, size="large") as fleet:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and not _refusals(fleet):
                time.sleep(0.2)
            time.sleep(1)
        assert set(_refusals(fleet)) <= {"550", "553", "451", "426"}
        assert stage.relay.state()["room"] == "full"
        emulator.clear_faults()
        assert stage.relay.wait_until_empty(60)
        _until(lambda: stage.relay.state()["room"] == "enough")
        fleet.note(send(stage.relay.port, "CAM-EXT-000", "after.jpg", picture("after")))
        assert fleet.offers[-1].answer is Answer.ACKNOWLEDGED, fleet.offers[-1]
        assert stage.relay.wait_until_empty(20)
        books = balance(fleet.offers, _held(stage))
        assert books.holds, books


def test_a_closed_door_is_what_cameras_meet_below_the_floor(emulator: Emulator) -> None:
    with disks.small(megabytes=16) as disk, scene(emulator, spool=disk, free_floor_mb=100) as stage:
        _until(lambda: stage.relay.state_file.exists() and stage.relay.state()["room"] == "full")
        offer = send(stage.relay.port, "CAM", "a.jpg", picture("a"))
        assert offer.answer is Answer.REFUSED
        assert offer.reply.startswith("550"), offer.reply


def test_odd_cameras(emulator: Emulator) -> None:
    with scene(emulator) as stage:
        port = stage.relay.port
        bodies = {
            name: picture(name) for name in ("caf\xe9.jpg", "x" * 251 + ".jpg", "tab\there.jpg", "..jpg", "a b.jpg")
        }
        offers = [send(port, "ODD", name, body) for name, body in bodies.items()]
        for _ in range(3):  # the same name with other bytes, and the first one's again
            offers.append(send(port, "TWICE", "same.jpg", picture("same")))
            assert stage.relay.wait_until_empty(10)
        offers.append(send(port, "TWICE", "film.mp4", os.urandom(50 << 20)))
        assert {offer.answer for offer in offers} == {Answer.ACKNOWLEDGED}, offers
        assert send(port, "ODD", "empty.jpg", b"").answer is Answer.ACKNOWLEDGED
        assert send(port, "ODD", "../../up.jpg", picture("up")).answer is Answer.REFUSED
        for how in ("reset", "killed"):
            _half_a_picture(stage, how)
        assert stage.relay.wait_until_empty(30)
        books = balance(offers, _held(stage))
        assert books.holds, books
        assert [Path(name).name for name in stage.relay.set_aside()] == ["killed.jpg"]


def test_a_name_is_not_overwritten_before_it_is_taken(emulator: Emulator) -> None:
    with scene(emulator) as stage:
        stage.relay.stop_forwarder()
        one = send(stage.relay.port, "TWICE", "same.jpg", picture("one"))
        two = send(stage.relay.port, "TWICE", "same.jpg", picture("two"))
        assert one.answer is Answer.ACKNOWLEDGED
        assert two.reply.startswith("553")
        stage.relay.start_forwarder()
        assert stage.relay.wait_until_empty(20)
        assert _held(stage) == {one.md5: 1}


def test_a_camera_that_renames_when_it_is_done(emulator: Emulator) -> None:
    with scene(emulator) as stage:
        session, body = log_in(stage.relay.port, "RENAMES"), picture("renamed")
        with session.transfercmd("STOR a.jpg.tmp") as data:
            data.sendall(body)
        session.voidresp()
        time.sleep(1)
        session.rename("a.jpg.tmp", "a.jpg")
        assert stage.relay.wait_until_empty(10)
        assert _held(stage) == {md5(body): 1}


def _half_a_picture(stage: Scene, how: str) -> None:
    session = log_in(stage.relay.port, "ODD")
    session.voidcmd("TYPE I")
    data = session.transfercmd(f"STOR {how}.jpg")
    data.sendall(picture(how, "large")[:30_000])
    time.sleep(0.3)
    if how == "killed":
        stage.relay.stop_ftp()
        stage.relay.start_ftp()
    else:
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    data.close()
    session.close()


def _refusals(fleet: Fleet) -> list[str]:
    return [offer.reply[:3] for offer in fleet.offers if offer.answer is Answer.REFUSED]


def _held(stage: Scene) -> Counter[str]:
    return contents(stage.emulator.boto3_client(), stage.relay.bucket)


def _until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
