"""The owner's side of the drill: lay out pictures, note the instant, judge what became of them, and clear up.

Besides ``store``, this folder alone talks to AWS: as the thief, and as the owner who watches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ..layout import Layout
from .attempts import ATTEMPTS, CAMERA, DAY, DONE, ELSEWHERE, LOCKING, ON_PICTURES, PICTURE, Scene, attempt, slug


@dataclass(frozen=True, slots=True)
class Stage:
    """One bucket, as its ``owner`` (an S3 client) sees it. ``layout``: of the relay that is tried."""

    owner: Any
    bucket: str
    layout: Layout

    def attack(self, clients: Mapping[str, Any], trail: str) -> tuple[datetime, list[dict[str, str]]]:
        """Have the thief, by his ``clients``, try everything; return the instant before, and how each attempt ended."""
        before = self._settings()
        folder, elsewhere = self.layout.camera_folder(CAMERA), f"{ELSEWHERE}/picture.jpg"
        stage = Scene(
            **clients, bucket=self.bucket, folder=folder, elsewhere=elsewhere, trail_name=trail, settings=before
        )
        self._lay(elsewhere)
        scenes = {}
        for name in ATTEMPTS:
            if before["lock"] or name != LOCKING:
                key = f"{folder}{DAY}/{slug(name)}"
                held = self._lay(key)
                scenes[name] = replace(stage, key=key, version=held.get("VersionId", ""), etag=held["ETag"])
        # By S3's clock, which dates versions to the second: the end of the last picture's, and two to be past it.
        instant = self.owner.head_object(Bucket=self.bucket, Key=key)["LastModified"] + timedelta(seconds=1)
        time.sleep(2.1)
        attempts = [_told(name, scene, *attempt(name, scene)) for name, scene in scenes.items()]
        self._put_back(before)
        return instant.astimezone(UTC), attempts

    def judge(self, attempts: Iterable[Mapping[str, str]], accepted: Collection[str]) -> list[dict[str, str]]:
        """Say of each attempt that succeeded whether it left a trace, and clear up."""
        judged = [dict(each) | {"result": self._judged(each, accepted)} for each in attempts]
        for key, version in [*self._versions(self.layout.camera_folder(CAMERA)), *self._versions(f"{ELSEWHERE}/")]:
            with suppress(ClientError):  # a lock keeps it: it goes by the bucket's rule when its time is over
                self.owner.delete_object(Bucket=self.bucket, Key=key, VersionId=version)
        return judged

    def _judged(self, each: Mapping[str, str], accepted: Collection[str]) -> str:
        if each["result"] != DONE:
            return each["result"]
        if each["attempt"] in accepted:
            return "accepted"
        return "undone" if each["attempt"] in ON_PICTURES and self._is_whole(each) else "damage"

    def _is_whole(self, each: Mapping[str, str]) -> bool:
        """Say whether the picture of an attempt is as it was, and so is the version that it was."""
        try:
            held = self.owner.get_object(Bucket=self.bucket, Key=each["picture"])
            first = self.owner.head_object(Bucket=self.bucket, Key=each["picture"], VersionId=each["version"])
            tags = self.owner.get_object_tagging(Bucket=self.bucket, Key=each["picture"])["TagSet"]
        except ClientError:
            return False
        plain = not tags and not held["Metadata"] and held.get("StorageClass", "STANDARD") == "STANDARD"
        return plain and held["Body"].read() == PICTURE and first["ETag"] == each["etag"]

    def _lay(self, key: str) -> Any:
        return self.owner.put_object(Bucket=self.bucket, Key=key, Body=PICTURE, ChecksumAlgorithm="SHA256")

    def _versions(self, folder: str) -> Iterator[tuple[str, str]]:
        for page in self.owner.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=folder):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield each["Key"], each["VersionId"]

    def _settings(self) -> dict[str, Any]:
        """Return the bucket's settings that the thief is after; None for those that it has not."""
        ask, bucket = self.owner, {"Bucket": self.bucket}
        return {
            "versioning": ask.get_bucket_versioning(**bucket).get("Status", ""),
            "lock": _if_set(ask.get_object_lock_configuration, "ObjectLockConfiguration", **bucket),
            "lifecycle": _if_set(ask.get_bucket_lifecycle_configuration, "Rules", **bucket),
            "policy": _if_set(ask.get_bucket_policy, "Policy", **bucket),
            "public": _if_set(ask.get_public_access_block, "PublicAccessBlockConfiguration", **bucket),
            "encryption": _if_set(ask.get_bucket_encryption, "ServerSideEncryptionConfiguration", **bucket),
        }

    def _put_back(self, before: Mapping[str, Any]) -> None:
        """Put the settings back that the thief could change."""
        after, bucket = self._settings(), {"Bucket": self.bucket}
        if after["versioning"] != before["versioning"] and before["versioning"]:
            self.owner.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": before["versioning"]})
        if after["public"] != before["public"] and before["public"]:
            self.owner.put_public_access_block(**bucket, PublicAccessBlockConfiguration=before["public"])
        if after["lifecycle"] and not before["lifecycle"]:
            self.owner.delete_bucket_lifecycle(**bucket)
        if after["policy"] and not before["policy"]:
            self.owner.delete_bucket_policy(**bucket)
        if after["encryption"] and not before["encryption"]:
            self.owner.delete_bucket_encryption(**bucket)


def _told(name: str, scene: Scene, result: str, answer: str) -> dict[str, str]:
    facts = {"picture": scene.key, "version": scene.version, "etag": scene.etag}
    return {"attempt": name, "result": result, "answer": answer, **facts}


def _if_set(ask: Callable[..., Any], part: str, **of: str) -> Any:
    """Return a ``part`` of the answer; None where S3 says that there is nothing, or that it does not know it."""
    try:
        return ask(**of)[part]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code.startswith("NoSuch") or code.endswith("NotFoundError") or code == "NotImplemented":
            return None
        raise
