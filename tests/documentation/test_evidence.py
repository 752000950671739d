"""Somebody else's check in docs/evidence.md, run as it stands there on a copy of a camera's archives."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.documentation.blocks import ROOT, blocks
from tests.documentation.conftest import BUCKET, REGION

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

PAGE = ROOT / "docs" / "evidence.md"
CHECK = next(shlex.split(line) for block in blocks(PAGE) for line in block.lines if line.startswith("python3 "))


@pytest.fixture
def copied(emulator: Emulator, reader: dict[str, Any]) -> Path:
    """The reader's copy of what CAM-EXT-001 has archived."""
    archive = ["bin/hk-aws-tool", "archive-all-by-pattern", "--bucket", BUCKET, "-p", "2021-12-20"]
    subprocess.run(archive, check=True, **reader | {"env": reader["env"] | {"AWS_PROFILE": "my-admin"}})
    client = emulator.boto3_client(region_name=REGION)
    folder: Path = reader["cwd"] / "CAM-EXT-001" / "archive"
    (folder / "chain").mkdir(parents=True)
    for entry in client.list_objects_v2(Bucket=BUCKET, Prefix="CAM-EXT-001/archive/")["Contents"]:
        if entry["StorageClass"] == "GLACIER":
            client.restore_object(Bucket=BUCKET, Key=entry["Key"], RestoreRequest={"Days": 1})
        file = reader["cwd"] / entry["Key"]
        file.write_bytes(client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read())
    return folder


def test_it_runs_as_it_stands_there(copied: Path, reader: dict[str, Any]) -> None:
    assert copied.is_dir()
    done = subprocess.run(CHECK, check=False, **reader)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 pictures in 1 archive" in done.stdout


def test_it_finds_what_was_changed(copied: Path, reader: dict[str, Any]) -> None:
    (archive,) = copied.glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    assert subprocess.run(CHECK, check=False, **reader).returncode == 1
