"""ListObjectVersions lists versions and delete markers as one sequence, by key, newest first. moto does not."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree

from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Put the entries of each page in S3's order."""
    S3Response.list_object_versions = _in_order(S3Response.list_object_versions)


def _in_order(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def list_object_versions(self: Any) -> Any:
        status, headers, body = original(self)
        root = ElementTree.fromstring(body)
        entries = [*root.findall("{*}Version"), *root.findall("{*}DeleteMarker")]
        stored = self.backend.get_bucket(self.bucket_name).keys
        names = {unquote(entry.findtext("{*}Key", "")) for entry in entries}
        age = {version.version_id: n for name in names for n, version in enumerate(stored.getlist(name) or ())}
        entries.sort(key=lambda entry: (entry.findtext("{*}Key", ""), -age.get(entry.findtext("{*}VersionId", ""), 0)))
        for entry in entries:
            root.remove(entry)
        root.extend(entries)
        return status, headers, ElementTree.tostring(root, encoding="unicode", xml_declaration=True)

    return list_object_versions
