"""Pack the parts of the project that run on a relay: ``pack.py PROJECT FOLDER`` prints the version and the file.

The version ends in a checksum of the content: the same files always make the same version.
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


def main() -> None:
    """Write the tar into the folder, whole or not at all."""
    project, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    body = pack(project)
    declared = re.search(r'^version = "([^"]+)"', (project / "pyproject.toml").read_text(), re.MULTILINE)
    version = f"{declared[1] if declared else '0'}-{hashlib.sha256(body).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{version}.tar"
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(body)
    unfinished.replace(target)
    sys.stdout.write(json.dumps({"version": version, "file": str(target)}))


if __name__ == "__main__":
    main()
