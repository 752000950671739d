#!/usr/bin/env python3
"""Install the collections that requirements.yml lists into .collections/, from one wheel on PyPI.

Galaxy need not be reachable: the community package `ansible` holds every collection that we use. Only those
listed are unpacked (8 of its 500 MB). The wheel needs no matching ansible-core: each collection states its
own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml

WHEEL = "ansible-14.5.0-py3-none-any.whl"
SHA256 = "245623ccc2d31d0f6f4bdb63168d550cad305fb032cc43d96e8f61ce8ab0ba84"
ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "wheels"
DESTINATION = ROOT / ".collections" / "ansible_collections"


def fetch() -> Path:
    """Return the wheel's path; download it unless the cache has the right one."""
    wheel = CACHE / WHEEL
    if not matches(wheel):
        # pip refuses the wheel on Python 3.11 unless it is told to choose for 3.12; we only unpack data from it.
        requirement = "ansible==" + WHEEL.split("-")[1]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE)]
        choose = ["--python-version", "3.12", "--only-binary", ":all:", requirement]
        subprocess.run([*command, *choose], check=True)
        if not matches(wheel):
            sys.exit(
                f"{wheel} is not the file this project was tested with (its SHA-256 differs): remove it, try again."
            )
    return wheel


def matches(wheel: Path) -> bool:
    """Tell whether the file is there and is the one that was reviewed."""
    return wheel.is_file() and hashlib.sha256(wheel.read_bytes()).hexdigest() == SHA256


def installed(name: str) -> str | None:
    """Return the version of a collection in .collections/, or None."""
    manifest = DESTINATION / Path(*name.split(".")) / "MANIFEST.json"
    if not manifest.is_file():
        return None
    return str(json.loads(manifest.read_text())["collection_info"]["version"])


def install(archive: zipfile.ZipFile, name: str) -> None:
    """Unpack one collection; its manifest comes last, so that a broken-off run is seen as not installed."""
    prefix = f"ansible_collections/{name.replace('.', '/')}/"
    shutil.rmtree(DESTINATION / Path(*name.split(".")), ignore_errors=True)
    members = [member for member in archive.namelist() if member.startswith(prefix)]
    for member in sorted(members, key=lambda member: member.endswith("/MANIFEST.json")):
        archive.extract(member, DESTINATION.parent)


def main() -> None:
    """Bring .collections/ to what requirements.yml lists."""
    wanted = {c["name"]: c["version"] for c in yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]}
    missing = [name for name, version in wanted.items() if installed(name) != version]
    if missing:
        with zipfile.ZipFile(fetch()) as archive:
            for name in missing:
                install(archive, name)
    for name, version in wanted.items():
        if installed(name) != version:
            sys.exit(f"requirements.yml asks for {name} {version}, {WHEEL} has {installed(name)}: change one of them.")


if __name__ == "__main__":
    main()
