"""A copy of the project, a home and a bucket as the documentation supposes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.documentation.blocks import ROOT, blocks
from tests.integration.bucket_contents import Contents, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.client import Emulator

BUCKET, REGION = "my-video-surveillance", "eu-central-1"
FRESH, AFTER_HOME = STATES = ("as it comes", "after home.md")
HOME = ROOT / "docs" / "home.md"


def follow_home(project: Path) -> None:
    """Make the inventory as docs/home.md says, and encrypt its vault, whose password no command is given later."""
    relays, settings = re.findall(r"^```yaml\n(.*?)^```$", HOME.read_text(), re.MULTILINE | re.DOTALL)
    for line in next(block.lines for block in blocks(HOME) if "mkdir inventory/home" in block.body):
        subprocess.run(line.split(), cwd=project, check=True)
    hosts = project / "inventory" / "home" / "hosts.yml"
    known = yaml.safe_load(hosts.read_text())
    known["all"]["children"] |= yaml.safe_load(relays)
    hosts.write_text(yaml.safe_dump(known))
    with (hosts.parent / "group_vars" / "all" / "bucket.yml").open("a") as file:
        file.write(settings)
    (project / "password").write_text("of the vault")
    copy, encrypt, _edit = next(block.lines for block in blocks(HOME) if "vault.yml.example" in block.body)
    subprocess.run(copy.split(), cwd=project, check=True)
    unlock = ["--vault-password-file", "password"]
    subprocess.run([*encrypt.split(), *unlock], cwd=project, check=True, capture_output=True)
    (project / "password").unlink()


def credentials(emulator: Emulator) -> str:
    """The file that docs/home.md has its reader write, with the emulator's key in place of Amazon's example."""
    (text,) = re.findall(r"^```ini\n(.*?)^```$", HOME.read_text(), re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(aws_access_key_id = ).*$", rf"\g<1>{emulator.access_key}", text, flags=re.MULTILINE)
    return re.sub(r"^(aws_secret_access_key = ).*$", rf"\g<1>{emulator.secret_key}", text, flags=re.MULTILINE)


@pytest.fixture
def reader(emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, object]]:
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
    (home / ".aws" / "credentials").write_text(credentials(emulator))
    if getattr(request, "param", FRESH) == AFTER_HOME:
        follow_home(project)
    client = emulator.boto3_client(region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    emulator.set(enforce_regions=True)
    contents = Contents(client, BUCKET)
    contents.day("CAM-EXT-001", 3)
    contents.day("CAM-EXT-001", 2, day="2021-12-20")
    contents.put(f"CAM-EXT-002/{name(7)}")
    environment = {
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / "ansible"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": emulator.url,
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
    emulator.set(enforce_regions=False)
