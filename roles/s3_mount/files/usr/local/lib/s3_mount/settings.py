"""What the role was told, as the tools on the host read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path("/etc/s3_mount.json")
RUN = Path("/run/s3_mount")


@dataclass(frozen=True)
class Settings:
    """The contents of /etc/s3_mount.json."""

    path: Path
    probe_seconds: float
    settle_seconds: float
    end_sessions_of: list[str]
    cache_dir: Path
    cache_max_bytes: int
    disk_free_bytes: int

    @property
    def holding(self) -> Path:
        """The folder, beside the mount point and on the same disk, for files that were written underneath."""
        return self.path.parent / f".{self.path.name}.stranded"


def read() -> Settings:
    """Read the settings; the role has validated them."""
    given = json.loads(FILE.read_text())
    given["path"], given["cache_dir"] = Path(given["path"]), Path(given["cache_dir"])
    return Settings(**given)
