"""What was written under the mount, on its way into it: a program of the role's own, run as the watchdog runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).parents[2] / "roles/s3_mount/files/usr/local/lib/s3_mount"
DRAIN = """
import dataclasses, json, pathlib, sys, types
import stranded
told = types.SimpleNamespace(path=pathlib.Path(sys.argv[1]), holding=pathlib.Path(sys.argv[2]))
print(json.dumps(dataclasses.asdict(stranded.drain(told))))
"""
LOCK = """
import fcntl, sys
file = open(sys.argv[1], "ab")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.readline()
"""


def drain(mount: Path, holding: Path) -> dict[str, object]:
    command = [sys.executable, "-c", DRAIN, str(mount), str(holding)]
    done = subprocess.run(command, env={"PYTHONPATH": str(PROGRAMS)}, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def test_a_file_that_fails_or_is_still_written_keeps_no_other_back(tmp_path: Path) -> None:
    mount, batch = tmp_path / "storage", tmp_path / ".stranded" / "1"
    mount.mkdir()
    (mount / "BAD").touch()  # a file has the folder's name
    for name in ("BAD/a.jpg", "CAM/b.jpg", "CAM/locked.jpg", "CAM/young.jpg"):
        (batch / name).parent.mkdir(parents=True, exist_ok=True)
        (batch / name).write_text("picture")
        if "young" not in name:
            os.utime(batch / name, (1e9, 1e9))
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, batch / "CAM/locked.jpg"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as vsftpd:
        assert vsftpd.stdout
        vsftpd.stdout.readline()
        done = drain(mount, batch.parent)
        vsftpd.communicate()
    assert (done["moved"], done["waiting"], done["failed"]) == (1, 3, 1)
    assert str(done["trouble"]).startswith(str(batch / "BAD/a.jpg"))
    assert (mount / "CAM/b.jpg").read_text() == "picture"
    assert sorted(path.name for path in batch.rglob("*.jpg")) == ["a.jpg", "locked.jpg", "young.jpg"]


def test_what_a_spool_set_aside_does_not_go_into_the_bucket(tmp_path: Path) -> None:
    folder, holding = tmp_path / "storage", tmp_path / ".storage.stranded"
    for name in (".rejected/1/half.jpg", "CAM/a.jpg"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("picture")
    program = "import pathlib, sys, stranded; stranded.sweep(*map(pathlib.Path, sys.argv[1:]))"
    command = [sys.executable, "-c", program, str(folder), str(holding)]
    subprocess.run(command, env={"PYTHONPATH": str(PROGRAMS)}, check=True)
    assert list(folder.iterdir()) == []
    assert [path.name for path in holding.rglob("*.jpg")] == ["a.jpg"]
    assert [path.name for path in (tmp_path / ".storage.rejected").rglob("*.jpg")] == ["half.jpg"]
