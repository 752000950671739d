"""Packs pictures that are still there once more, to prove that an archive is of them even where it cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from .errors import StoreError
from .index import Index, IndexWriter, is_written_as, parse_index
from .packing import BadSourceError, Packer
from .store import Head, Object, Upload


def gives(packer: Packer, sources: Iterable[Object], index: Index, head: Head) -> bool:
    """Say whether packing ``sources`` gives the archive that ``index`` lists and S3 states, to the byte.

    Nothing is written.
    StoreError for a picture that is there and cannot be read now, for that says nothing of the archive.
    """
    packed, failures, seal = IndexWriter(), dict[str, str](), None
    with (
        suppress(BadSourceError),
        Upload(_nowhere, index.key, storage_class="", tags="", metadata={}) as upload,
    ):
        packer.pack(sources, upload, packed, failures)
        seal = upload.finish()
    for key in packer.catalog.store.look_up(failures):
        raise StoreError(f"{key} has to be compared with its archive, and {failures[key]}")
    if seal is None or failures:
        return False
    document = packed.document(camera=packer.camera, day=packer.day, key=index.key, build=index.build, seal=seal)
    return (
        seal.sha256 == index.seal.sha256
        and is_written_as(head, build=index.build, seal=seal)
        and parse_index(document.read(), name=index.key).captures == index.captures
    )


def _nowhere(operation: str, **arguments: Any) -> dict[str, Any]:
    """Answer as a store does that is like S3 and states no checksums, and keep nothing."""
    etag = hashlib.md5(arguments.get("Body", b""), usedforsecurity=False).hexdigest()
    return {"UploadId": operation, "ETag": f'"{etag}"'}
