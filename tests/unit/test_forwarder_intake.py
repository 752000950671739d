"""From the cameras' folders into the queue, on a real disk: what is taken, what waits, what stays."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cctv.clock import Zones
from cctv.layout import Layout

from forwarder.arrival import SETTLE
from forwarder.inspection import Inspector
from forwarder.intake import RECALLED_AT_ONCE, Intake
from forwarder.naming import Destination, destination
from forwarder.spool import Spool
from forwarder.upload_log import UploadLog
from forwarder.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forwarder.priority import Waiting

UTC = Zones.load("UTC", {})


def describe(name: str, arrived: float) -> Destination:
    return destination(name, arrived=arrived, layout=Layout(""), zones=UTC, unnamed="UNNAMED")


@dataclass
class Relay:
    """A spool, the log of a vsftpd whose sessions see it as their root, and what was handed over."""

    root: Path
    taken: list[Waiting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool = Spool(self.root)
        self.spool.open()
        self.log = self.root / ".queue" / "uploads.log"
        self.log.touch()

    def intake(self) -> Intake:
        inspector = Inspector(
            spool=self.spool,
            uploads=UploadLog(self.log),
            describe=describe,
            deliver=self.taken.append,
            temporary=("*.tmp",),
        )
        return Intake(inspector=inspector, watch=Watch(self.root, self.spool.hold.keep))

    def acknowledge(self, name: str, size: int) -> None:
        with self.log.open("a") as file:
            file.write(f"Sun Nov 22 18:33:35 2026 1 127.0.0.1 {size} /{name} b _ i r cctv ftp 0 * c\n")

    def put(self, name: str, body: bytes = b"picture", *, acknowledged: bool = True) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        path.chmod(0o460)
        if acknowledged:
            self.acknowledge(name, len(body))
        return path

    @property
    def names(self) -> list[str]:
        return [picture.name for picture in self.taken]


@pytest.fixture
def relay(tmp_path: Path) -> Relay:
    return Relay(tmp_path)


def nest(root: Path, name: str, depth: int) -> None:
    """Folders in one another by steps of one, as a session makes them."""
    here = Path.cwd()
    os.chdir(root)
    try:
        for _ in range(depth):
            os.mkdir(name)
            os.chdir(name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(("name", "depth", "unreadable"), [("d" * 250, 17, 1), ("d", 1100, 0)])
def test_folders_nested_too_deep_keep_nothing_else_back(
    relay: Relay, request: pytest.FixtureRequest, name: str, depth: int, unreadable: int
) -> None:
    (relay.root / "ZCAM").mkdir()
    nest(relay.root / "ZCAM", name, depth)
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", relay.root / "ZCAM"], check=True))  # pytest cannot
    relay.put("CAM/a.jpg")
    intake = relay.intake()
    intake.scan()
    assert relay.names == ["CAM/a.jpg"]
    assert len(relay.spool.unreadable) == unreadable
    assert intake.watch.complete == (not unreadable)


def test_a_folder_that_cannot_be_read_keeps_nothing_else_back(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scandir = os.scandir

    def guarded(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "BAD":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    (relay.root / "BAD").mkdir()
    relay.put("CAM/a.jpg")
    relay.put("CAM/b.jpg", acknowledged=False)
    intake = relay.intake()
    for _ in range(2):
        intake.scan()
    assert relay.names == ["CAM/a.jpg"]
    assert intake.unsettled == 1, "what was in doubt before is still known"
    assert relay.spool.unreadable == {"BAD": "Permission denied"}
    assert not intake.watch.complete
    assert caplog.text.count("BAD cannot be looked into") == 1, "told once, not at every look"


def test_a_file_that_cannot_be_opened_is_told_of_once(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(path: str) -> bool:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("forwarder.inspection.being_written", refuse)
    relay.put("CAM/a.jpg")
    intake = relay.intake()
    for _ in range(3):
        intake.scan()
    assert caplog.text.count("a.jpg stays where it is") == 1


def test_the_log_is_emptied_after_a_sync_of_the_spool_alone(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sync", None)
    for number in range(4000):
        relay.acknowledge(f"CAM/{number}.jpg", number)
    relay.put("CAM/a.jpg")
    relay.intake().scan()
    assert relay.log.stat().st_size == 0
    assert relay.names == ["CAM/a.jpg"]


@pytest.fixture
def writer(relay: Relay) -> Iterator[subprocess.Popen[bytes]]:
    """vsftpd in the midst of an upload: seven bytes are there, and its write lock."""
    path = relay.root / "CAM" / "snapshot.jpg"
    path.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process


WRITER = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o460)
fcntl.lockf(file, fcntl.LOCK_EX)
os.write(file, b"picture")
print("begun", flush=True)
sys.stdin.readline()
os.write(file, b" and all the rest of it")
"""


def test_an_upload_in_progress_waits_whatever_an_older_line_says(relay: Relay, writer: subprocess.Popen[bytes]) -> None:
    relay.acknowledge("CAM/snapshot.jpg", 7)  # an earlier picture of that name and, by chance, that size
    intake = relay.intake()
    intake.scan()
    assert relay.names == []
    writer.communicate(b"\n")
    relay.acknowledge("CAM/snapshot.jpg", 30)
    intake.scan()
    assert [(picture.name, picture.size) for picture in relay.taken] == [("CAM/snapshot.jpg", 30)]


def test_a_line_of_the_log_vouches_for_one_file(relay: Relay) -> None:
    relay.put("CAM/snapshot.jpg")
    intake = relay.intake()
    intake.scan()
    relay.put("CAM/snapshot.jpg", b"another", acknowledged=False)
    intake.scan()
    assert relay.names == ["CAM/snapshot.jpg"]
    relay.acknowledge("CAM/snapshot.jpg", 7)
    intake.scan()
    assert relay.names == ["CAM/snapshot.jpg"] * 2


def test_a_queue_is_recalled_in_portions_and_nothing_in_it_is_looked_at_twice(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(RECALLED_AT_ONCE + 2):
        relay.put(f"CAM/{number:04}.jpg")
    intake = relay.intake()
    intake.scan()
    first = {picture.path for picture in relay.taken if picture.first}
    assert len(first) == 1
    before, relay.taken = relay.taken, []
    monkeypatch.setattr("tests.unit.test_forwarder_intake.describe", None)
    again = relay.intake()
    again.recall()
    again.step(0)
    assert len(relay.taken) == RECALLED_AT_ONCE, "so that the watchdog is fed, and cameras are served, in between"
    again.step(0)
    assert not again.recalling
    assert {picture.path for picture in relay.taken} == {picture.path for picture in before}
    assert {picture.path for picture in relay.taken if picture.first} == first, "the queue remembers it"


def settle(intake: Intake) -> None:
    """Let ten seconds go by for what waits."""
    intake.scan()
    for doubt in intake.inspector.doubts.values():
        doubt.since -= SETTLE
    intake.scan()


def test_a_film_renamed_while_nobody_looked_is_taken(relay: Relay) -> None:
    relay.put("CAM/clip.mp4", b"a film", acknowledged=False)
    relay.acknowledge("CAM/clip.mp4.tmp", 6)
    relay.put("CAM/half.mp4", b"half of one", acknowledged=False)
    settle(relay.intake())
    assert relay.names == ["CAM/clip.mp4"]
    assert relay.spool.set_aside_count() == 1, "and what the log knows nothing of is still told from it"


def test_a_line_that_vouched_for_a_renamed_file_vouches_for_no_other(relay: Relay) -> None:
    for film in ("one", "two"):
        relay.put(f"CAM/{film}.mp4", b"a film", acknowledged=False)
        relay.acknowledge("CAM/clip.mp4.tmp", 6)
    intake = relay.intake()
    settle(intake)
    assert sorted(relay.names) == ["CAM/one.mp4", "CAM/two.mp4"]
    relay.put("CAM/half.mp4", b"half a", acknowledged=False)
    settle(intake)
    assert relay.spool.set_aside_count() == 1
    assert len(relay.taken) == 2


def test_nothing_empty_or_orphaned_keeps_the_next_of_its_name_out_for_long(relay: Relay) -> None:
    relay.put("CAM/snapshot.jpg", b"")
    relay.put("CAM/snapshot.tmp", b"\xff\xd8half", acknowledged=False)
    settle(relay.intake())
    assert list((relay.root / "CAM").iterdir()) == []
    assert relay.names == []


def rename_over(relay: Relay, name: str, other: str, body: bytes) -> None:
    """As vsftpd's RNTO does it."""
    relay.put(other, body).rename(relay.root / name)


def test_a_picture_that_was_renamed_over_before_anybody_looked_is_taken_by_its_second_name(relay: Relay) -> None:
    intake = relay.intake()
    hold = relay.spool.hold
    for number in range(3):
        relay.put("CAM/up.tmp", b"picture %d" % number)
        hold.keep("CAM/up.tmp")
        (relay.root / "CAM/up.tmp").rename(relay.root / "CAM/snapshot.jpg")
        hold.keep("CAM/snapshot.jpg", "CAM/up.tmp")
    intake.scan()
    assert relay.names == ["CAM/snapshot.jpg"] * 3
    assert sorted(Path(each.path).read_bytes()[-1:] for each in relay.taken) == [b"0", b"1", b"2"]
    assert list((relay.root / "CAM").iterdir()) == []
    assert list((relay.root / ".queue/held").iterdir()) == []


def test_the_watch_gives_a_file_its_second_name_and_follows_what_it_is_called(relay: Relay) -> None:
    (relay.root / "CAM").mkdir()
    intake = relay.intake()
    relay.put("CAM/up.tmp")
    intake.watch.listen(0)
    (relay.root / "CAM/up.tmp").rename(relay.root / "CAM/snapshot.jpg")
    intake.watch.listen(0)
    rename_over(relay, "CAM/snapshot.jpg", "CAM/up.tmp", b"the next one")
    intake.watch.listen(0)
    intake.step(0)
    assert sorted(relay.names) == ["CAM/snapshot.jpg"] * 2
    assert {picture.size for picture in relay.taken} == {7, 12}


def test_what_was_renamed_over_before_a_restart_is_taken_after_it(relay: Relay) -> None:
    relay.put("CAM/snapshot.jpg")
    relay.spool.hold.keep("CAM/snapshot.jpg")
    rename_over(relay, "CAM/snapshot.jpg", "CAM/up.tmp", b"the next one")
    os.close(relay.spool._lock)
    again = Relay(relay.root)
    settle(again.intake())  # the next one was renamed while nobody looked
    assert sorted(again.names) == ["CAM/snapshot.jpg"] * 2


def test_an_upload_that_vsftpd_removed_because_it_failed_is_no_picture(
    relay: Relay, writer: subprocess.Popen[bytes]
) -> None:
    intake = relay.intake()
    intake.scan()
    (relay.root / "CAM/snapshot.jpg").unlink()
    intake.scan()
    assert [held.name for held, _ in relay.spool.hold.orphans()] == ["CAM/snapshot.jpg"], "it is locked still"
    writer.communicate(b"\n")
    intake.scan()
    assert relay.names == []
    assert relay.spool.set_aside_count() == 0
    assert not list(relay.spool.hold.orphans())


def test_a_power_cut_between_queue_and_camera_folder_takes_no_picture_twice(relay: Relay) -> None:
    path = relay.put("CAM/a.jpg")
    queued = relay.root / ".queue/0/CAM/a.jpg"
    queued.parent.mkdir(parents=True)
    os.link(path, queued)
    intake = relay.intake()
    intake.recall()
    for _ in range(2):
        intake.step(0)
    assert [picture.path for picture in relay.taken] == [str(queued)]
    assert not path.exists()
    assert queued.stat().st_nlink == 1


def test_a_host_that_refuses_second_names_is_told_of_once(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    for name in ("a", "b"):
        relay.put(f"CAM/{name}.jpg")
    relay.intake().scan()
    assert sorted(relay.names) == ["CAM/a.jpg", "CAM/b.jpg"]
    assert caplog.text.count("may be lost, since it gets no second name") == 1


def test_a_line_that_was_used_before_a_restart_vouches_for_nothing_after_it(relay: Relay) -> None:
    relay.put("CAM/snapshot.jpg")
    relay.intake().scan()
    again = relay.intake()
    again.scan()
    relay.put("CAM/snapshot.jpg", b"another", acknowledged=False)
    again.scan()
    assert relay.names == ["CAM/snapshot.jpg"]
    relay.acknowledge("CAM/snapshot.jpg", 7)
    again.scan()
    assert relay.names == ["CAM/snapshot.jpg"] * 2
