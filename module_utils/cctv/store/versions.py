"""What S3 keeps behind the present: versions, delete markers, locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from ..errors import StoreError
from .calls import Calls
from .version_listing import VERSIONS, Version

GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long, and how strictly, Object Lock keeps what is written."""

    mode: str = ""
    period: timedelta = timedelta()

    def end(self, now: datetime) -> datetime:
        """Return until when it keeps what is written ``now``; S3 reckons from the instant that a write has begun."""
        return now + self.period + (GRACE if self.period else timedelta())


NONE = Retention()


class Versions(Calls):
    """The part of the store that sees the past."""

    def is_versioned(self) -> bool:
        """Say whether the bucket keeps what is overwritten or deleted."""
        return self.versioning() == "Enabled"

    def versioning(self) -> str:
        """Return ``Enabled``, ``Suspended`` for a bucket that no longer keeps versions, or nothing."""
        return str(self._call("GetBucketVersioning").get("Status", ""))

    def new_lock(self) -> Retention | None:
        """Return the lock that the bucket gives to what is new; None for a bucket without Object Lock."""
        try:
            reply = self._call("GetObjectLockConfiguration")
        except StoreError as error:
            if error.code in ("ObjectLockConfigurationNotFoundError", "NotImplemented", "MethodNotAllowed"):
                return None
            raise
        stated = reply.get("ObjectLockConfiguration", {})
        rule = stated.get("Rule", {}).get("DefaultRetention", {})
        period = timedelta(days=rule.get("Days", 0) + 365 * rule.get("Years", 0))
        return Retention(rule.get("Mode", ""), period) if stated.get("ObjectLockEnabled") == "Enabled" else None

    def lock_of(self, key: str, *, now: datetime, usual: Retention = NONE) -> str:
        """Return what keeps the bytes at ``key`` from being removed, in words; empty for nothing, or what is usual."""
        reply = self._call("HeadObjectLock", Key=key)
        if reply.get("ObjectLockLegalHoldStatus") == "ON":
            return "locked by a legal hold"
        until, mode = reply.get("ObjectLockRetainUntilDate"), reply.get("ObjectLockMode", "")
        if until is None or until <= now or (until <= usual.end(now) and mode in (usual.mode, "GOVERNANCE")):
            return ""
        return f"locked ({mode.lower()}) until {until:%Y-%m-%d %H:%M} UTC"

    def version_folders(self, prefix: str) -> Iterator[str]:
        """Yield the folders directly below ``prefix``, those with nothing but deleted objects too."""
        for page in self._version_pages(Prefix=prefix, Delimiter="/"):
            yield from (entry["Prefix"] for entry in page.get("CommonPrefixes", ()))

    def histories(self, prefix: str) -> Iterator[list[Version]]:
        """Yield for each key below ``prefix`` all its versions, the newest first."""
        every = (version for page in self._version_pages(Prefix=prefix) for version in page[VERSIONS])
        for _, versions in groupby(every, key=lambda version: version.key):
            # S3 lists them so; a store that is only like it may list the markers last.
            yield sorted(versions, key=lambda version: (version.is_latest, version.modified), reverse=True)

    def same_version(self, one: Version, other: Version) -> bool:
        """Say whether two versions of a key are the same in bytes, class and what is written beside them."""
        if (one.size, one.etag, one.storage_class) != (other.size, other.etag, other.storage_class):
            return False
        first, second = (self._call("HeadObjectVersion", Key=each.key, VersionId=each.id) for each in (one, other))
        return all(first.get(name) == second.get(name) for name in ("Metadata", "ContentType"))

    def copy_version(self, version: Version) -> None:
        """Make a copy of an old ``version`` the present one."""
        self._call(
            "CopyObjectVersion",
            Key=version.key,
            CopySource={"Bucket": self.bucket, "Key": version.key, "VersionId": version.id},
            CopySourceIfMatch=f'"{version.etag}"',
            StorageClass=version.storage_class,
            TaggingDirective="COPY",
        )

    def delete_versions(self, versions: Sequence[Version]) -> dict[str, str]:
        """Remove at most 1000 ``versions`` for good; return why others stay, by key."""
        entries = [{"Key": version.key, "VersionId": version.id} for version in versions]
        reply = self._call("DeleteObjectVersions", Delete={"Objects": entries, "Quiet": True}) if entries else {}
        return {item["Key"]: self._refusal("DeleteObjectVersions", item) for item in reply.get("Errors", ())}

    def _version_pages(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        place: dict[str, str] = {}
        while True:
            page = self._call("ListObjectVersions", **arguments, **place)
            yield page
            if not page.get("IsTruncated"):
                return
            place = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}
