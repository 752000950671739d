"""Somebody else's checks in docs/evidence.md, run as they stand there on a copy of a camera's archives."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import minisign
import pytest

from tests.documentation.blocks import ARCHIVES, Block, marked
from tests.documentation.by_hand import follow
from tests.documentation.conftest import BUCKET
from tests.integration.authority import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.documentation.reader import Reader
    from tests.emulator.client import Emulator

CHECKS = marked(ARCHIVES)
LINK = "00000042"  # the page's example: what is checked lies there by that name


@pytest.fixture
def stamped(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    with serve(tmp_path / "authority") as address:
        yield address, tmp_path / "authority" / "tsa.pem"


@pytest.fixture
def copied(emulator: Emulator, reader: Reader, stamped: tuple[str, Path]) -> dict[str, str]:
    """Give the reader a copy of an archive, a link by the page's name, and the authority's certificate.

    Returns what the page leaves to be filled in.
    """
    address, certificate = stamped
    pair = minisign.KeyPair.generate()
    key = reader.home / "minisign.key"
    key.write_bytes(bytes(pair.secret_key))
    archive = (
        f".venv/bin/ansible-playbook playbooks/captures_archive.yml -e cctv_bucket={BUCKET} -e cctv_older_than_days=30"
    )
    reader.type(f"AWS_PROFILE=my-admin {archive} -e cctv_signing_key={key} -e cctv_timestamp_url={address}/\n")
    client = emulator.boto3_client()
    folder = reader.project / "CAM-EXT-001" / "archive"
    (folder / "chain").mkdir(parents=True)
    for entry in client.list_objects_v2(Bucket=BUCKET, Prefix="CAM-EXT-001/archive/")["Contents"]:
        if entry["StorageClass"] == "GLACIER":
            client.restore_object(Bucket=BUCKET, Key=entry["Key"], RestoreRequest={"Days": 1})
        body = client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
        (reader.project / entry["Key"]).write_bytes(body)
        if "/chain/" in entry["Key"]:
            (reader.project / re.sub(r".*/0+1\.", f"{LINK}.", entry["Key"])).write_bytes(body)
    (reader.project / "AUTHORITY.pem").write_bytes(certificate.read_bytes())
    said = reader.type("python3 evidence/verify.py CAM-EXT-001/archive")
    (head,) = re.findall(r" ends with link (\d+), SHA-256 ([0-9a-f]{64})", said)
    return {"RWQ...": pair.public_key.to_base64().decode(), "42:HASH": ":".join(head)}


def filled_in(values: dict[str, str]) -> list[Block]:
    """The page's checks, with these values in place of what stands for them there."""
    found = list(CHECKS)
    for placeholder, value in values.items():
        assert any(placeholder in block.body for block in found)
        found = [replace(block, body=block.body.replace(placeholder, value)) for block in found]
    return found


def test_they_run_as_they_stand_there(copied: dict[str, str], reader: Reader) -> None:
    follow(reader, filled_in(copied))


def test_they_find_what_was_changed(copied: dict[str, str], reader: Reader) -> None:
    archive = reader.project / "CAM-EXT-001" / "archive" / "2021-12-20.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    link = reader.project / f"{LINK}.json"
    link.write_text(json.dumps(json.loads(link.read_text()) | {"number": 43}))
    for line in (line for block in filled_in(copied) for line in block.lines):
        with pytest.raises(AssertionError):
            reader.type(line)
