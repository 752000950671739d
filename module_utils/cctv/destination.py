"""Where pictures are brought: a local folder or an S3 prefix. What is there already stays as it is."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from .errors import CctvError, DamagedError, StoreError
from .forecast import Outline
from .layout import distinct_name
from .store import Store

MARKED = (
    "What lies in the folder of this name was restored: it is no camera. Delete both when it is not needed any more.\n"
)
LARGE = 8 * 1024 * 1024
"""Bytes of the largest picture that is held in memory as a whole."""
LONGEST = 240
"""Bytes of a file's name, with room for what tells a name from its like, and for ``.part``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, whose bytes come once, in ``pieces``. ``sha256`` is empty where nobody states it."""

    camera: str
    day: date
    name: str
    size: int
    pieces: Iterable[bytes]
    sha256: str

    def pour(self, file: IO[bytes]) -> str:
        """Write the bytes to ``file`` and return their SHA-256; DamagedError when it is not the one stated."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(piece)
            file.write(piece)
        if self.sha256 not in ("", digest.hexdigest()):
            raise DamagedError(f"{self.name} of {self.camera} is damaged: its SHA-256 is not that of the index.")
        return digest.hexdigest()


class Destination(Protocol):
    """Where pictures are brought."""

    def check(self) -> None:
        """CctvError when nothing can be written there."""
        ...

    def open(self) -> None:
        """Do what has to be done before the first picture."""
        ...

    def write(self, picture: Picture) -> tuple[str, bool, str]:
        """Put ``picture`` there; return where it is now, whether that is new, and its SHA-256."""
        ...

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return where a picture would be, and whether that is new."""
        ...

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object is one that was brought here."""
        ...


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


@dataclass(frozen=True, slots=True)
class Prefix:
    """An S3 prefix: ``PREFIX/CAM/DATE/name``. ``marker`` is the key that says so to who looks for cameras there."""

    store: Store
    prefix: str
    marker: str = ""

    def check(self) -> None:
        """StoreError when the bucket does not exist or may not be listed."""
        next(self.store.list_level(self.prefix), None)

    def open(self) -> None:
        """Put the marker."""
        if self.marker:
            self.store.put(self.marker, MARKED.encode(), content_type="text/plain")

    def write(self, picture: Picture) -> tuple[str, bool, str]:
        """Write one object create-only; one of the same name with other bytes stays."""
        key = f"{self.prefix}{picture.camera}/{picture.day.isoformat()}/{picture.name}"
        with tempfile.TemporaryFile() if picture.size > LARGE else io.BytesIO() as file:
            sha256 = picture.pour(file)
            for candidate in (key, distinct_name(key, sha256)):
                try:
                    is_new = self.store.put(candidate, file, content_type="image/jpeg")
                except StoreError as error:
                    if error.code != "PreconditionFailed":
                        raise
                else:
                    return f"s3://{self.store.bucket}/{candidate}", is_new, sha256
        raise CctvError(f"{key} holds other pictures already: choose another destination.")

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return the object that would be written, and whether it is not there yet."""
        key = f"{self.prefix}{outline.camera}/{outline.day.isoformat()}/{outline.name}"
        address = f"s3://{self.store.bucket}/{key}"
        if not outline.name:
            return address, next(self.store.list_level(key), None) is None
        return address, key not in self.store.look_up([key])

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object lies below the prefix."""
        return bucket == self.store.bucket and key.startswith(self.prefix)


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
