"""What S3 keeps behind the present: versions, delete markers, locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from ..errors import StoreError
from .calls import Calls
from .version_copy import STATED, came_in_parts, copy_in_parts
from .version_listing import VERSIONS, Version

GRACE = timedelta(minutes=1)
UNKNOWN = ("NotImplemented", "MethodNotAllowed")
"""What a store that is only like S3 says of what it does not have."""


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
        try:
            return str(self._call("GetBucketVersioning").get("Status", ""))
        except StoreError as error:
            if error.code in UNKNOWN:
                return ""
            raise

    def new_lock(self) -> Retention | None:
        """Return the lock that the bucket gives to what is new; None for a bucket without Object Lock."""
        try:
            reply = self._call("GetObjectLockConfiguration")
        except StoreError as error:
            if error.code in ("ObjectLockConfigurationNotFoundError", *UNKNOWN):
                return None
            raise
        stated = reply.get("ObjectLockConfiguration", {})
        rule = stated.get("Rule", {}).get("DefaultRetention", {})
        period = timedelta(days=rule.get("Days", 0) + 365 * rule.get("Years", 0))
        return Retention(rule.get("Mode", ""), period) if stated.get("ObjectLockEnabled") == "Enabled" else None

    def noncurrent_days(self, prefix: str) -> int | None:
        """Return for how many days the bucket keeps old versions below ``prefix``; None for as long as they are left.

        StoreError with code AccessDenied for who may not look it up.
        """
        try:
            rules = self._call("GetBucketLifecycleConfiguration").get("Rules", ())
        except StoreError as error:
            if error.code in ("NoSuchLifecycleConfiguration", *UNKNOWN):
                return None
            raise
        return min((days for rule in rules if (days := _noncurrent_days(rule, prefix))), default=None)

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

    def histories(self, prefix: str, *, is_deep: bool = True) -> Iterator[list[Version]]:
        """Yield for each key below ``prefix`` all its versions, the newest first; if not deep, for none in a folder."""
        pages = self._version_pages(Prefix=prefix, Delimiter="" if is_deep else "/")
        every = (version for page in pages for version in page[VERSIONS])
        for _, versions in groupby(every, key=lambda version: version.key):
            yield newest_first(list(versions))

    def same_version(self, one: Version, other: Version) -> bool:
        """Say whether two versions of a key are the same in bytes, class, tags and what is written beside them."""
        if (one.size, one.storage_class) != (other.size, other.storage_class):
            return False
        first, second = self._head_version(one), self._head_version(other)
        sum_ = first.get("ChecksumSHA256")
        # The ETags of what KMS encrypts differ even for the same bytes.
        if one.etag != other.etag and (sum_ is None or sum_ != second.get("ChecksumSHA256")):
            return False
        # botocore gives an Expires that is no date as ExpiresString alone.
        beside = all(first.get(name) == second.get(name) for name in (*STATED, "ExpiresString"))
        return beside and self._tags(one) == self._tags(other)

    def is_restored(self, version: Version) -> bool:
        """Say whether S3 has a readable copy of a version in cold storage."""
        return 'ongoing-request="false"' in self._head_version(version).get("Restore", "")

    def copy_version(self, version: Version) -> None:
        """Make a copy of an old ``version`` the present one, tags and all."""
        head = self._head_version(version)
        if came_in_parts(version):
            copy_in_parts(self._call, self.bucket, version, head=head, tags=urlencode(self._tags(version)))
            return
        self._call(
            "CopyObjectVersion",
            Key=version.key,
            CopySource={"Bucket": self.bucket, "Key": version.key, "VersionId": version.id},
            CopySourceIfMatch=f'"{version.etag}"',
            StorageClass=version.storage_class,
            TaggingDirective="COPY",
            WebsiteRedirectLocation=head.get("WebsiteRedirectLocation", ""),  # the one that S3 does not copy
        )

    def delete_versions(self, versions: Sequence[Version]) -> dict[str, str]:
        """Remove at most 1000 ``versions`` for good; return why others stay, by key."""
        entries = [{"Key": version.key, "VersionId": version.id} for version in versions]
        reply = self._call("DeleteObjectVersions", Delete={"Objects": entries, "Quiet": True}) if entries else {}
        return {item["Key"]: self._refusal("DeleteObjectVersions", item) for item in reply.get("Errors", ())}

    def _head_version(self, version: Version) -> dict[str, Any]:
        return self._call("HeadObjectVersion", Key=version.key, VersionId=version.id, ChecksumMode="ENABLED")

    def _tags(self, version: Version) -> dict[str, str]:
        stated = self._call("GetObjectVersionTagging", Key=version.key, VersionId=version.id)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in stated}

    def _version_pages(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        place: dict[str, str] = {}
        while True:
            page = self._call("ListObjectVersions", **arguments, **place)
            yield page
            if not page.get("IsTruncated"):
                return
            place = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}


def newest_first(versions: list[Version]) -> list[Version]:
    """Return the versions of a key in the order in which they were stored. Pure.

    S3 lists them so, and what came in parts has an earlier date than its place there: its upload's beginning. A store
    that is only like S3 may list the markers last.
    """
    dated = [version.modified for version in versions if not came_in_parts(version)]
    if versions[0].is_latest and dated == sorted(dated, reverse=True):
        return versions
    return sorted(versions, key=lambda version: (version.is_latest, version.modified), reverse=True)


def _noncurrent_days(rule: dict[str, Any], prefix: str) -> int:
    """Return after how many days a lifecycle rule removes old versions of anything below ``prefix``; 0 for never."""
    filter_ = rule.get("Filter", {})
    own = rule.get("Prefix") or filter_.get("Prefix") or filter_.get("And", {}).get("Prefix") or ""
    is_meant = rule["Status"] == "Enabled" and (own.startswith(prefix) or prefix.startswith(own))
    return int(rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0)) if is_meant else 0
