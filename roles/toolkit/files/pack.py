"""Pack the parts of the project that run on a relay: ``pack.py PROJECT FOLDER [WHEELS]`` prints version and file.

The version ends in a checksum of the project's content: the same files always make the same version. Wheels go along in
the same file, since a connection to a relay takes a second for each one that it carries.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

PARTS = (
    "module_utils",
    "library",
    "filter_plugins",
    "doc_fragments",
    "playbooks",
    "jobs",
    "forwarder",
    "tool",
    "viewer",
    "bin",
)
FILES = ("ansible.cfg", "pyproject.toml", "requirements-runtime.txt")


def files(project: Path) -> Iterator[Path]:
    """Yield what is packed, in an order that never changes."""
    found = [project / name for name in FILES]
    for part in PARTS:
        found += (path for path in (project / part).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return iter(sorted(path for path in found if path.exists()))


def pack(project: Path) -> bytes:
    """Return the tar; nothing of whose machine or when it was made is in it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in files(project):
            entry = tarfile.TarInfo(str(path.relative_to(project)))
            body = path.read_bytes()
            entry.size, entry.mode = len(body), 0o755 if os.access(path, os.X_OK) else 0o644
            tar.addfile(entry, io.BytesIO(body))
    return stream.getvalue()


def find_wheels(folder: Path) -> list[Path]:
    """Return the wheels of a folder."""
    wheels = sorted(folder.expanduser().glob("*.whl"))
    if not wheels:
        sys.exit(f"There are no wheels in {folder}: set toolkit_wheels to a folder that pip download has filled.")
    return wheels


def add_wheels(file: Path, wheels: list[Path]) -> None:
    """Put every wheel into the tar."""
    with tarfile.open(file, mode="a", format=tarfile.PAX_FORMAT) as tar:
        for path in wheels:
            tar.add(path, arcname=f"wheels/{path.name}")


def main() -> None:
    """Write the tar into the folder, whole or not at all."""
    project, folder, *wheel_folders = map(Path, filter(None, sys.argv[1:]))
    wheels = [wheel for given in wheel_folders for wheel in find_wheels(given)]
    body = pack(project.resolve())
    declared = re.search(r'^version = "([^"]+)"', (project / "pyproject.toml").read_text(), re.MULTILINE)
    version = f"{declared[1] if declared else '0'}-{hashlib.sha256(body).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    # By the wheels' names, too: relays with another Python are packed for at the same time.
    kind = f"-{hashlib.sha256(' '.join(wheel.name for wheel in wheels).encode()).hexdigest()[:12]}" if wheels else ""
    target = folder / f"{version}{kind}.tar"
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(body)
    if wheels:
        add_wheels(unfinished, wheels)
    unfinished.replace(target)
    sys.stdout.write(json.dumps({"version": version, "file": str(target)}))


if __name__ == "__main__":
    main()
