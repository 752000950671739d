"""Pictures brought to a local folder. What is there already stays as it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from .destination import Picture
from .errors import CctvError
from .forecast import Outline
from .layout import distinct_name

LONGEST = 240
"""Bytes of a file's name, with room for what tells a name from its like, and for ``.part``."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A local folder: ``FOLDER/CAM/DATE/name``, each file complete or absent."""

    root: Path

    def check(self) -> None:
        """CctvError when the folder is none, or cannot be made or written."""
        try:
            above = next(place for place in (self.root.absolute(), *self.root.absolute().parents) if place.exists())
        except OSError as error:
            raise CctvError(
                f"destination: {self.root} cannot be looked at ({error.strerror}): choose another."
            ) from error
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise CctvError(f"destination: {above} is no folder that can be written: choose another.")

    def open(self) -> None:
        """Nothing: folders are made as they are needed."""

    def write(self, picture: Picture) -> tuple[str, bool, str]:
        """Write one file; one of the same name with other bytes stays, and this one gets a distinct name."""
        path = self._path(picture.camera, picture.day, picture.name)
        try:
            if picture.sha256:
                place, is_new = _free_for(path, picture.sha256)
                if not is_new:
                    return str(place), False, picture.sha256
            path.parent.mkdir(parents=True, exist_ok=True)
            return self._fill(path, picture)
        except OSError as error:
            raise CctvError(f"{path} cannot be written ({error.strerror}): free space or choose another.") from error

    def _fill(self, path: Path, picture: Picture) -> tuple[str, bool, str]:
        """Write the bytes beside ``path``, and give them their name once they are proven."""
        unfinished = path.with_name(f".{path.name}.part")
        try:
            with unfinished.open("wb") as file:
                sha256 = picture.pour(file)
            place, is_new = _free_for(path, sha256)
            if is_new:
                os.replace(unfinished, place)
        finally:
            unfinished.unlink(missing_ok=True)
        return str(place), is_new, sha256

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return the file that would be written, and whether it is not there yet with these bytes.

        A picture that no index knows may get another distinct name than this, for its SHA-256 is not known yet.
        """
        path = self._path(outline.camera, outline.day, outline.name)
        if not outline.name:
            return str(path.parent), not path.parent.exists()

        def is_same(taken: Path) -> bool:
            if outline.sha256:
                return _digest(taken, "sha256") == outline.sha256
            return taken.stat().st_size == outline.size and (
                "-" in outline.etag or _digest(taken, "md5") == outline.etag
            )

        try:
            path, is_new = _free(path, outline.sha256 or outline.etag, is_same)
        except OSError as error:
            raise CctvError(f"{path} cannot be written ({error.strerror}): choose another folder.") from error
        return str(path), is_new

    def holds(self, _bucket: str, _key: str, /) -> bool:
        """No object is a file."""
        return False

    def _path(self, camera: str, day: date, name: str) -> Path:
        inner = (_harmless(part) for part in name.split("/"))
        return self.root.joinpath(_harmless(camera), day.isoformat(), *inner)


def _free_for(path: Path, sha256: str) -> tuple[Path, bool]:
    """Return the file for bytes of that SHA-256, and whether it is new."""
    return _free(path, sha256, lambda taken: _digest(taken, "sha256") == sha256)


def _free(path: Path, digest: str, is_same: Callable[[Path], bool]) -> tuple[Path, bool]:
    """Return the file for a picture and whether it is new; a distinct one where the name is taken by other bytes."""
    for candidate in (path, path.with_name(distinct_name(path.name, digest))):
        if not os.path.lexists(candidate):
            return candidate, True
        if candidate.is_file() and is_same(candidate):
            return candidate, False
    raise CctvError(f"{path} is taken by other files: choose another destination.")


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _harmless(segment: str) -> str:
    """Return one path segment that cannot leave its folder, and that a file system takes."""
    safe = "_" if segment in ("", ".", "..") else segment.replace("\0", "_")
    raw = safe.encode()
    if len(raw) <= LONGEST:
        return safe
    suffix = PurePosixPath(safe).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    return f"{raw[: LONGEST - 32].decode(errors='ignore')}~{hashlib.sha256(raw).hexdigest()[:8]}{suffix}"
