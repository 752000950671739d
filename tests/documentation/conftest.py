"""A copy of the project, a home and a bucket as the documentation supposes them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.documentation.blocks import ROOT
from tests.integration.bucket_contents import Contents, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.client import Emulator

BUCKET = "my-video-surveillance"


@pytest.fixture
def reader(emulator: Emulator, tmp_path: Path) -> Iterator[dict[str, object]]:
    """What ``subprocess.run`` needs to be the reader, in a copy that may be written to."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    project, home = tmp_path / "project", tmp_path / "home"
    for file in filter(None, listed.split("\0")):
        if (ROOT / file).is_file():
            (project / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, project / file)
    for made in (".venv", ".collections"):
        (project / made).symlink_to(ROOT / made)
    (home / ".aws").mkdir(parents=True)
    key = f"aws_access_key_id = {emulator.access_key}\naws_secret_access_key = {emulator.secret_key}\n"
    (home / ".aws" / "credentials").write_text(f"[my-profile]\n{key}")
    (home / ".aws" / "config").write_text(f"[profile my-profile]\nendpoint_url = {emulator.url}\nregion = us-east-1\n")
    client = emulator.boto3_client()
    client.create_bucket(Bucket=BUCKET)
    contents = Contents(client, BUCKET)
    contents.day("CAM-EXT-001", 3)
    contents.day("CAM-EXT-001", 2, day="2021-12-20")
    contents.put(f"CAM-EXT-002/{name(7)}")
    environment = {
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / "ansible"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PROFILE": "my-profile",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "TZ": "UTC",
    }
    yield {"cwd": project, "env": environment, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    for key in [entry["Key"] for page in pages for entry in page.get("Contents", [])]:
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)
