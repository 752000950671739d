"""Tags, which AWS hands out and takes away whatever the storage class of their object."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Let archived objects keep readable tags and ACLs, and take an empty set of tags for what it is."""
    for name in ("get_object_tagging", "get_object_acl"):
        setattr(S3Response, name, _though_archived(getattr(S3Response, name)))
    S3Response._tagging_from_xml = _or_none(S3Response._tagging_from_xml)


def _though_archived(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def handle(self: Any) -> Any:
        self._get_key = functools.partial(self._get_key, validate_storage_class=False)
        return original(self)

    return handle


def _or_none(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def tagging_from_xml(self: Any) -> Any:
        if ElementTree.fromstring(self.body).find(".//{*}Tag") is None:
            return {}
        return original(self)

    return tagging_from_xml
