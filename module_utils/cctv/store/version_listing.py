"""Reads a page of versions in S3's own order: botocore tears versions and delete markers apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from .listing import read_page, timestamp

VERSIONS = "VersionsInOrder"
"""Where in botocore's reply the page's versions are."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker: it has a time, and nothing else."""

    key: str
    id: str
    is_latest: bool
    modified: datetime
    is_marker: bool = False
    size: int = 0
    etag: str = ""
    storage_class: str = "STANDARD"


def take_versions(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Take versions and markers out of a page in S3's order, before botocore parses it: a ``before-parse`` handler."""
    page = read_page(response_dict["body"], "ListVersionsResult")
    if page is None:
        return
    root, space, is_quoted = page
    customized_response_dict[VERSIONS] = [
        _version({child.tag[len(space) :]: child.text or "" for child in entry}, entry.tag[len(space) :], is_quoted)
        for entry in root
        if entry.tag[len(space) :] in ("Version", "DeleteMarker")
    ]


def _version(stated: dict[str, str], kind: str, is_quoted: bool) -> Version:
    return Version(
        key=unquote(stated["Key"]) if is_quoted else stated["Key"],
        id=stated["VersionId"],
        is_latest=stated["IsLatest"] == "true",
        modified=timestamp(stated["LastModified"]),
        is_marker=kind == "DeleteMarker",
        size=int(stated.get("Size") or 0),
        etag=stated.get("ETag", "").strip('"'),
        storage_class=stated.get("StorageClass") or "STANDARD",
    )
