"""The forwarder's files: log, spool, settings, state, and the flags of a file system."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cctv.errors import CctvError

from forwarder import durability, report, settings, state
from forwarder.durability import Mount, mount_of, verdict
from forwarder.hold import Hold
from forwarder.space import Gate, Room
from forwarder.spool import Spool
from forwarder.state import Camera, State
from forwarder.upload_log import UploadLog, printable


def line(path: bytes, size: int, status: bytes = b"c") -> bytes:
    return b"Sun Nov 22 18:33:35 2026 1 127.0.0.1 %d %s b _ i r cctv ftp 0 * %s\n" % (size, path, status)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "uploads.log"


def test_the_log_vouches_for_what_was_acknowledged(log: Path) -> None:
    log.write_bytes(
        line(b"/storage/CAM/a_b_??.jpg", 50)
        + line(b"/storage/CAM/half.jpg", 70, b"i")
        + line(b"/storage/CAM/../OTHER/c.jpg", 9)
        + line(b"/d.jpg", 3)
    )
    uploads = UploadLog(log)
    uploads.refresh()
    assert uploads.usable
    assert uploads.vouches("/var/lib/cctv/storage/CAM/a b é.jpg", 50)
    assert not uploads.vouches("/var/lib/cctv/storage/CAM/a b é.jpg", 49)
    assert not uploads.vouches("/var/lib/cctv/storage/CAM2/a b é.jpg", 50)
    assert not uploads.vouches("/var/lib/cctv/storage/CAM/half.jpg", 70)
    assert uploads.vouches("/var/lib/cctv/storage/OTHER/c.jpg", 9)
    assert uploads.vouches("/var/lib/cctv/storage/CAM/d.jpg", 3), "an account whose root is its camera's folder"


def test_a_line_that_is_half_written_counts_when_it_is_whole(log: Path) -> None:
    whole = line(b"/storage/CAM/a.jpg", 5)
    log.write_bytes(whole[:30])
    uploads = UploadLog(log)
    uploads.refresh()
    with log.open("ab") as file:
        file.write(whole[30:])
    uploads.refresh()
    assert uploads.vouches("/x/storage/CAM/a.jpg", 5)


def test_an_emptied_log_is_read_from_its_beginning(log: Path) -> None:
    log.write_bytes(line(b"/storage/CAM/a.jpg", 5) * 4000)
    uploads = UploadLog(log)
    uploads.refresh()
    assert uploads.is_long
    with uploads.held():
        vsftpd = subprocess.Popen([sys.executable, "-c", APPEND, log, line(b"/storage/CAM/b.jpg", 6)])
        time.sleep(0.5)
        uploads.refresh()
        uploads.empty()
    assert vsftpd.wait() == 0
    assert 0 < log.stat().st_size < 200, "vsftpd waited for the lock"
    uploads.refresh()
    assert not uploads.vouches("/x/storage/CAM/a.jpg", 5)
    assert uploads.vouches("/x/storage/CAM/b.jpg", 6)


APPEND = """
import fcntl, os, sys
with open(sys.argv[1], "ab") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    file.write(os.fsencode(sys.argv[2]))
"""


def test_a_log_that_was_moved_away_is_let_go(log: Path) -> None:
    log.write_bytes(line(b"/storage/CAM/a.jpg", 5))
    uploads = UploadLog(log)
    uploads.refresh()
    log.rename(log.with_suffix(".1"))
    log.write_bytes(line(b"/storage/CAM/b.jpg", 6))
    uploads.refresh()
    assert uploads.vouches("/x/storage/CAM/a.jpg", 5)
    assert uploads.vouches("/x/storage/CAM/b.jpg", 6)


def test_no_log_is_not_usable(log: Path) -> None:
    uploads = UploadLog(log)
    uploads.refresh()
    assert not uploads.usable


def test_names_are_shown_as_vsftpd_logs_them() -> None:
    assert printable("a b\tc\x7f é.jpg") == b"a_b?c?_??.jpg"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path)
    made.open()
    (tmp_path / "CAM" / "deep").mkdir(parents=True)
    return made


def test_a_file_goes_into_the_queue_and_the_next_of_its_name_beside_it(spool: Spool) -> None:
    paths = []
    for text in ("one", "two"):
        (spool.root / "CAM/deep/a.jpg").write_text(text)
        assert list(spool.incoming()) == ["CAM/deep/a.jpg"]
        paths.append(spool.take("CAM/deep/a.jpg", (spool.root / "CAM/deep/a.jpg").lstat().st_ino))
    assert [Path(path).read_text() for path in paths] == ["one", "two"]
    assert sorted((each.path, each.name) for each in spool.waiting()) == [(path, "CAM/deep/a.jpg") for path in paths]
    for path in paths:
        spool.remove(path)
    assert [path.name for path in (spool.root / ".queue").iterdir()] == ["held"], "the folders went with the files"
    assert (spool.root / "CAM/deep").is_dir(), "but not those of the cameras"


def test_what_vanished_meanwhile_cannot_be_taken(spool: Spool) -> None:
    with pytest.raises(FileNotFoundError):
        spool.take("CAM/gone.jpg", 0)


def test_a_folder_of_the_queue_that_goes_while_it_is_made_is_made_again(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path.mkdir asks twice: the folder is there at first, and another thread has removed it a moment later."""
    (spool.root / "CAM/a.jpg").write_text("one")
    mkdir, tries = Path.mkdir, list[Path]()

    def removed_meanwhile(path: Path, *given: Any, **more: Any) -> None:
        tries.append(path)
        if len(tries) == 1:
            raise FileExistsError(path)
        mkdir(path, *given, **more)

    monkeypatch.setattr(Path, "mkdir", removed_meanwhile)
    taken = spool.take("CAM/a.jpg", (spool.root / "CAM/a.jpg").lstat().st_ino)
    assert Path(taken).read_text() == "one"


@pytest.mark.parametrize(
    "name",
    ["CAM/a.jpg", "CAM/100%~2F/a b.jpg", f"CAM/{'ж' * 127}.", "/".join(["deep" * 60] * 5), "CAM/\udcff.jpg"],
    ids=["plain", "odd", "long", "deep", "no UTF-8"],
)
def test_a_file_that_lost_its_name_is_found_again_after_a_restart(spool: Spool, name: str) -> None:
    for text in ("one", "two"):
        (spool.root / name).parent.mkdir(parents=True, exist_ok=True)
        (spool.root / name).write_text(text)
        assert spool.hold.keep(name)
        (spool.root / name).unlink()
    again = Hold(spool.root, spool.root / ".queue/held")
    again.load()
    (spool.root / name).write_text("three")
    assert again.keep(name)
    assert [held.name for held, _ in again.orphans()] == [name, name]
    assert sorted(Path(held.path).read_text() for held, _ in again.orphans()) == ["one", "two"]


def test_set_aside_with_its_reason(spool: Spool) -> None:
    name = "CAM/" + "x" * 255
    (spool.root / name).write_text("odd")
    spool.set_aside(str(spool.root / name), name, "because")
    (reason,) = (spool.root / ".rejected").glob("*.txt")
    assert reason.read_text() == f"{name}\nbecause\n"
    assert (reason.with_suffix("") / ("x" * 255)).read_text() == "odd"
    assert spool.set_aside_count() == 1
    assert list(spool.incoming()) == []


def test_only_one_forwarder_works_on_a_spool(spool: Spool) -> None:
    with pytest.raises(CctvError, match="Another forwarder"):
        Spool(spool.root).open()


def test_a_spool_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CctvError, match="cannot be used"):
        Spool(tmp_path / "none").open()


def test_the_door_closes_and_opens_again(tmp_path: Path) -> None:
    for mode in (0o770, 0o750):
        tmp_path.chmod(mode)
        assert Gate(tmp_path, floor=1 << 60).check() is Room.FULL
        assert not tmp_path.stat().st_mode & 0o010  # no camera gets in
        after_restart = Gate(tmp_path, floor=1)
        assert after_restart.check() is Room.ENOUGH
        assert tmp_path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Set bucket in"),
        ("bucket: b\nbuckets: c\n", "buckets is no setting"),
        ("- b\n", "is no setting"),
        ("bucket: b\nconnections: 0\n", "connections cannot be 0"),
        ("bucket: b\nthin_oldest: 'yes'\n", "thin_oldest cannot be 'yes'"),
        ("bucket: [", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "forwarder.yaml"
    file.write_text(text)
    with pytest.raises(CctvError, match=message):
        settings.load(file, {})


def test_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "forwarder.yaml"
    file.write_text("bucket: b\nconnections: 4\ntemporary_names: ['*.tmp']\n")
    found = settings.load(file, {"FORWARDER_CONNECTIONS": "2", "FORWARDER_BUCKET": "other"})
    assert (found.bucket, found.connections, found.temporary_names) == ("other", 2, ("*.tmp",))
    assert settings.load(tmp_path / "none", {"FORWARDER_BUCKET": "c"}).bucket == "c"


S, SD = 0x8, 0x10008


@pytest.mark.parametrize(
    ("kind", "options", "folders", "born", "wrong"),
    [
        ("ext4", "rw", SD, SD, ""),
        ("ext4", "rw", S, S, "chattr -R"),
        ("ext4", "rw,sync", 0, 0, ""),
        ("xfs", "rw", S, S, ""),
        ("xfs", "rw", 0, 0, "chattr -R"),
        ("f2fs", "rw", SD, 0, "new files"),
        ("btrfs", "rw", SD, 0, "mount /spool with sync"),
        ("btrfs", "rw,sync", 0, 0, ""),
        ("vfat", "rw", 0, 0, "mount /spool with sync"),
        ("tmpfs", "rw,sync", SD, SD, "forgets everything"),
    ],
)
def test_where_a_picture_outlives_a_power_cut(kind: str, options: str, folders: int, born: int, wrong: str) -> None:
    sentence = verdict(Mount("/spool", kind, frozenset(options.split(","))), folders, born)
    assert (wrong in sentence) if wrong else not sentence


def test_the_mount_is_the_deepest_and_the_last() -> None:
    table = (
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,resv_strict\n"
        "30 22 7:0 / /var/lib/my\\040spool rw - xfs /dev/loop0 rw\n"
        "31 30 7:1 / /var/lib/my\\040spool rw,sync - ext4 /dev/loop1 rw\n"
    )
    assert mount_of(Path("/var/lib/my spool/CAM"), table) == Mount(
        "/var/lib/my spool", "ext4", frozenset({"rw", "sync"})
    )
    assert mount_of(Path("/var/lib/other"), table).kind == "ext4"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert "cannot be written to" in durability.check(tmp_path / "none")


STATE = State(
    written=1000.0,
    started=0.0,
    uplink="down",
    uplink_reason="Cannot reach S3",
    uplink_since=880.0,
    waiting=2,
    waiting_bytes=3_000_000,
    sent=7,
    failed_attempts=9,
    set_aside=1,
    thinned=0,
    unsettled=0,
    room="full",
    free_bytes=5,
    durable="",
    upload_log=True,
    cameras={
        'A"B': Camera(waiting=2, oldest_waiting=400.0, last_picture=990.0, sent=7, median_seconds=0.5, p99_seconds=2.0)
    },
)


def test_the_state_survives_being_written(tmp_path: Path) -> None:
    STATE.write(tmp_path / "run" / "status.json")
    assert state.read(tmp_path / "run" / "status.json") == STATE
    with pytest.raises(CctvError, match="is the forwarder running"):
        state.read(tmp_path / "none")


def test_one_screen_for_people() -> None:
    screen = report.for_people(STATE, now=1010.0)
    assert "down for 2 min (Cannot reach S3)" in screen
    assert "cameras are refused" in screen
    assert "10 min" in screen
    assert "STOPPED" not in screen
    assert "STOPPED" in report.for_people(STATE, now=2000.0)
    assert not report.healthy(STATE, 1010.0)


WELL = replace(STATE, uplink="up", room="enough", set_aside=0)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"unreadable": 2}, "UNREAD     2 folders of cameras"),
        ({"watched": False}, "UNWATCHED  some folders"),
        ({"upload_log": False}, "NO LOG     vsftpd's transfer log"),
        ({"set_aside": 1}, "set aside  1"),
        ({"room": "low"}, "disk       low"),
    ],
)
def test_whatever_somebody_has_to_mend_is_shown_and_not_well(change: dict[str, Any], shown: str) -> None:
    assert report.healthy(WELL, 1010.0)
    state = replace(WELL, **change)
    assert shown in report.for_people(state, 1010.0)
    assert shown not in report.for_people(WELL, 1010.0)
    assert not report.healthy(state, 1010.0)


def test_figures_for_prometheus() -> None:
    text = report.for_prometheus(STATE)
    assert "cctv_forwarder_uplink_up 0.0" in text
    assert 'cctv_forwarder_delivery_p99_seconds{camera="A\\"B"} 2.0' in text


def test_the_check_of_a_spool_makes_no_name_in_it_that_a_kill_could_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(durability.os, "fsync", lambda _: seen.extend([*tmp_path.iterdir(), tmp_path]))
    durability.check(tmp_path)
    assert seen == [tmp_path]


def test_a_log_that_is_not_synchronous_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "verdict", lambda *_: "")
    monkeypatch.setattr(durability, "mount_of", lambda *_: Mount("/", "ext4", frozenset()))
    (tmp_path / ".queue").mkdir()
    assert durability.check(tmp_path) == ""
    log = tmp_path / ".queue/uploads.log"
    log.touch()
    assert durability.check(tmp_path) == f"the log of uploads is not synchronous: chattr +S {log}."
    monkeypatch.setattr(durability, "_flags", lambda _: 0x8)
    assert durability.check(tmp_path) == ""
