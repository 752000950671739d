"""What is packed for a relay: its own wheels, although relays of several kinds are packed for at once."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACK = ROOT / "roles/toolkit/files/pack.py"


def pack(folder: Path, *wheels: Path) -> dict[str, str]:
    command = [sys.executable, PACK, ROOT, folder, *wheels]
    packed: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return packed


def test_relays_with_different_pythons_get_their_own_wheels(tmp_path: Path) -> None:
    names = ("a-1-cp312.whl", "a-1-cp313.whl")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(b"")
    packed = [pack(tmp_path / "packed", tmp_path / name) for name in names]
    assert packed[0]["version"] == packed[1]["version"]
    for name, found in zip(names, packed, strict=True):
        with tarfile.open(found["file"]) as tar:
            assert [path for path in tar.getnames() if path.endswith(".whl")] == [f"wheels/{name}"]


def test_a_folder_without_wheels_is_refused_in_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, PACK, ROOT, tmp_path, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"There are no wheels in {tmp_path}: set toolkit_wheels to a folder that pip download has filled.\n"
    )
