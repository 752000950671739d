"""A bucket that keeps versions: what was deleted or overwritten comes back, and what is locked stays."""

from __future__ import annotations

import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.store import version_copy
from ansible.module_utils.cctv.undeleting import Outcome, Overwritten, Undeleter

from tests.integration.site import CAM, DAY, Site, pictures

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from tests.integration.module_runs import Modules

FOLDER = f"{CAM}/{DAY}/"


@pytest.fixture
def kept(site: Site) -> Site:
    site.s3.put_bucket_versioning(Bucket=site.bucket, VersioningConfiguration={"Status": "Enabled"})
    return site


@pytest.fixture
def locked(emulator: Emulator, site: Site) -> Site:
    """A bucket whose objects are locked for a month."""
    name = f"{site.bucket}-locked"
    site.s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    site.s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=rule)
    return Site(emulator, name)


def now() -> datetime:
    """An instant with nothing after it in the same second: S3 tells no less apart."""
    moment = datetime.now(UTC)
    time.sleep(1 - moment.microsecond / 1e6)
    return moment


def undelete(site: Site, at: datetime, *cameras: str, **options: Any) -> Outcome:
    return Undeleter(catalog=site.catalog(), at=at, **options).undelete(cameras or ["*"])


def versions(site: Site) -> list[str]:
    pages = site.s3.get_paginator("list_object_versions").paginate(Bucket=site.bucket)
    return [each["VersionId"] for page in pages for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]


def changed(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.undeleted, outcome.reverted, outcome.hidden


def test_a_bucket_comes_back_as_it_was(kept: Site) -> None:
    kept.put({**pictures(3, FOLDER), "CAM-2/a.jpg": b"a"})
    before, at = kept.bodies(), now()
    first, second, third = kept.keys(FOLDER)
    kept.s3.delete_object(Bucket=kept.bucket, Key=first)
    kept.s3.delete_object(Bucket=kept.bucket, Key=first)
    kept.put({second: b"forged"})
    kept.put({third: b"forged"})
    kept.s3.delete_object(Bucket=kept.bucket, Key=third)
    kept.s3.delete_object(Bucket=kept.bucket, Key="CAM-2/a.jpg")
    kept.put({f"{FOLDER}later.jpg": b"later"})
    stored = versions(kept)
    planned = undelete(kept, at, check_mode=True)
    assert (changed(planned), planned.newer) == ((2, 2, 0), 1)
    assert versions(kept) == stored
    done = undelete(kept, at)
    assert (changed(done), done.keys) == (changed(planned), planned.keys)
    assert kept.bodies() == {**before, f"{FOLDER}later.jpg": b"later"}
    assert changed(undelete(kept, at)) == (0, 0, 0)


def test_what_came_since_is_hidden_if_asked(kept: Site) -> None:
    kept.put({f"{FOLDER}deleted.jpg": b"1"})
    kept.s3.delete_object(Bucket=kept.bucket, Key=f"{FOLDER}deleted.jpg")
    at = now()
    kept.put({f"{FOLDER}deleted.jpg": b"2", f"{FOLDER}later.jpg": b"later"})
    stored = versions(kept)
    assert changed(undelete(kept, at, hide_newer=True)) == (0, 0, 2)
    assert kept.keys() == []
    assert set(stored) < set(versions(kept))
    assert changed(undelete(kept, at, hide_newer=True)) == (0, 0, 0)


def test_what_lies_beside_the_cameras_comes_back_with_all_of_them(kept: Site) -> None:
    """Without its mark, what a restore brought would pass for a camera."""
    kept.put({"evidence.cctv-restored": b"", "evidence/a.jpg": b"a", "forged.txt": b"1"})
    before, at = kept.bodies(), now()
    kept.store.delete(["evidence.cctv-restored", "evidence/a.jpg"])
    kept.put({"forged.txt": b"2"})
    assert undelete(kept, at, "evidence").keys == ["evidence/a.jpg"]
    assert undelete(kept, at).keys == ["evidence.cctv-restored", "forged.txt"]
    assert kept.bodies() == before
    assert changed(undelete(kept, at)) == (0, 0, 0)


def test_one_camera_that_has_nothing_left(kept: Site) -> None:
    kept.put({"CAM-1/a.jpg": b"a", "CAM-2/a.jpg": b"a"})
    at = now()
    kept.store.delete(["CAM-1/a.jpg", "CAM-2/a.jpg"])
    undelete(kept, at, "CAM-1")
    assert kept.keys() == ["CAM-1/a.jpg"]
    with pytest.raises(CctvError, match="did you mean CAM-1"):
        undelete(kept, at, "CAM-11")


def test_another_class_and_other_metadata_are_undone(kept: Site) -> None:
    kept.put({f"{FOLDER}a.jpg": b"a", f"{FOLDER}b.jpg": b"b"}, Metadata={"arrived-at": "then"})
    at = now()
    kept.put({f"{FOLDER}a.jpg": b"a"}, Metadata={"arrived-at": "then"}, StorageClass="DEEP_ARCHIVE")
    kept.put({f"{FOLDER}b.jpg": b"b"}, Metadata={"arrived-at": "later"})
    assert undelete(kept, at).reverted == 2
    first, second = (kept.store.head(f"{FOLDER}{name}.jpg") for name in "ab")
    assert (first.storage_class, second.metadata) == ("STANDARD", {"arrived-at": "then"})
    assert undelete(kept, at).reverted == 0


BESIDE: dict[str, Any] = {
    "ContentEncoding": "gzip",
    "ContentDisposition": "attachment; filename=x.exe",
    "ContentLanguage": "de",
    "CacheControl": "no-store",
    "Expires": datetime(2030, 1, 1, tzinfo=UTC),
    "WebsiteRedirectLocation": "/elsewhere",
}


def test_what_an_upload_begun_before_the_instant_wrote_over_is_told_of(kept: Site, modules: Modules) -> None:
    key = f"{FOLDER}a.jpg"
    kept.put({key: b"a"})
    kept.put_in_parts(key, b"b")
    at = now()
    kept.s3.delete_object(Bucket=kept.bucket, Key=key)
    result = modules.run("cctv_capture_undelete", bucket=kept.bucket, at=at.isoformat(), _ansible_check_mode=True)
    assert f" {key} came in parts over an older version and may have come after" in result["msg"]


def test_each_header_that_was_changed_is_undone(kept: Site) -> None:
    """One of them is enough to have a picture not shown, or saved under another name."""
    keys = {name: f"{FOLDER}{name}.jpg" for name in BESIDE}
    kept.put(dict.fromkeys(keys.values(), b"a"), ContentType="image/jpeg")
    whole, parted = f"{FOLDER}a.jpg", f"{FOLDER}a.mp4"
    kept.put({whole: b"a"}, **BESIDE)
    kept.put_in_parts(parted, b"a", **BESIDE)
    at = now()
    for name, key in keys.items():
        kept.put({key: b"a"}, ContentType="image/jpeg", **{name: BESIDE[name]})
    kept.put({whole: b"a"})
    kept.put_in_parts(parted, b"a")
    assert undelete(kept, at).reverted == len(BESIDE) + 2
    heads = {name: kept.s3.head_object(Bucket=kept.bucket, Key=key) for name, key in keys.items()}
    assert [name for name, head in heads.items() if name in head] == []
    for key in (whole, parted):
        head = kept.s3.head_object(Bucket=kept.bucket, Key=key)
        assert {name: head.get(name) for name in BESIDE} == BESIDE
    assert undelete(kept, at).reverted == 0


def test_what_s3_says_nothing_of_is_copied_over_and_stops_no_other(kept: Site) -> None:
    """As of what a thief overwrote with a key of his own: a HEAD without that key is a bad request."""
    sealed, deleted = f"{FOLDER}a.jpg", f"{FOLDER}b.jpg"
    kept.put({sealed: b"genuine", deleted: b"b"})
    before, at = kept.bodies(), now()
    kept.put({sealed: b"forgery"})
    kept.s3.delete_object(Bucket=kept.bucket, Key=deleted)
    kept.emulator.fault("error", operation="HeadObject", key=sealed, nth=2, count=2, status=400, code="400")
    done = undelete(kept, at)
    assert (changed(done), done.failures) == ((1, 1, 0), {})
    assert kept.bodies() == before


def test_an_overwritten_archive_is_uncovered_and_fits_its_index(kept: Site) -> None:
    kept.put(pictures(3, FOLDER))
    kept.archive(storage_class="DEEP_ARCHIVE")
    at = now()
    kept.put({f"{CAM}/archive/{DAY}.tar.gz": b"forged"})
    refused = undelete(kept, at)
    assert "give overwritten=uncover" in refused.failures[f"{CAM}/archive/{DAY}.tar.gz"]
    assert undelete(kept, at, overwritten=Overwritten.UNCOVER).undeleted == 1
    assert kept.index().fits(kept.store.head(f"{CAM}/archive/{DAY}.tar.gz"))


def test_an_overwritten_archive_in_a_locked_bucket_comes_back_in_its_own_parts(locked: Site) -> None:
    """Uncovering would remove what overwrote it, which is locked as well."""
    locked.put({key: Random(key).randbytes(4 * 1024**2) for key in pictures(3, FOLDER)}, ChecksumAlgorithm="SHA256")
    assert not locked.archive().failures
    archive = f"{CAM}/archive/{DAY}.tar.gz"
    body, old, at = locked.body(archive), locked.store.head(archive), now()
    locked.put({archive: b"forged"}, ChecksumAlgorithm="SHA256")
    stored = versions(locked)
    refused = undelete(locked, at, overwritten=Overwritten.UNCOVER)
    assert "DeleteObjectVersion" in refused.failures[archive]
    assert (undelete(locked, at, check_mode=True).reverted, versions(locked)) == (1, stored)
    locked.emulator.reset()
    done = undelete(locked, at)
    assert (changed(done), done.failures) == ((0, 1, 0), {})
    assert locked.emulator.requests()["UploadPartCopy"] == 3
    assert (locked.body(archive), locked.store.head(archive)) == (body, old)
    assert locked.index().fits(locked.store.head(archive))
    assert set(stored) < set(versions(locked))
    assert changed(undelete(locked, at)) == (0, 0, 0)


def test_what_came_in_parts_without_a_checksum_is_proven_by_its_etag(
    kept: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, body = f"{FOLDER}a.mp4", Random(1).randbytes(6 * 1024**2)
    kept.put_in_parts(key, body)
    at = now()
    kept.put({key: b"forged"})
    with monkeypatch.context() as patch:
        patch.setattr(version_copy, "is_proven", lambda *_, **__: False)
        assert "states other checksums of its copy" in undelete(kept, at).failures[key]
    assert kept.body(key) == b"forged"
    assert "Uploads" not in kept.s3.list_multipart_uploads(Bucket=kept.bucket)
    assert undelete(kept, at).reverted == 1
    assert kept.body(key) == body


@pytest.mark.parametrize("stated", [True, False])
def test_only_the_parts_that_were_stated_prove_a_copy(stated: bool) -> None:
    bodies = [b"one", b"two"]
    parts = [
        {"ETag": f'"{md5(body).hexdigest()}"'} | ({"ChecksumSHA256": packed(sha256(body).digest())} if stated else {})
        for body in bodies
    ]
    whole = packed(sha256(b"".join(sha256(body).digest() for body in bodies)).digest()) + "-2"
    etag = md5(b"".join(md5(body).digest() for body in bodies)).hexdigest() + "-2"
    assert version_copy.is_proven(parts, etag=etag, sha256=whole)
    assert version_copy.is_proven(parts, etag="of KMS-2", sha256=whole) is stated
    assert not version_copy.is_proven(parts[::-1], etag=etag, sha256=whole)
    assert not version_copy.is_proven(parts[:1], etag=etag, sha256="")


def packed(digest: bytes) -> str:
    return b64encode(digest).decode()


def test_tags_come_back(kept: Site) -> None:
    whole, parted = f"{FOLDER}a.jpg", f"{FOLDER}b.mp4"
    before = [{"Key": "case", "Value": "7 + 8"}]
    kept.put({whole: b"a"})
    kept.put_in_parts(parted, b"b")
    for key in (whole, parted):
        kept.s3.put_object_tagging(Bucket=kept.bucket, Key=key, Tagging={"TagSet": before})
    at = now()
    kept.put({whole: b"a"}, Tagging="case=9")
    kept.put_in_parts(parted, b"b")
    assert undelete(kept, at).reverted == 2
    for key in (whole, parted):
        assert kept.s3.get_object_tagging(Bucket=kept.bucket, Key=key)["TagSet"] == before
    assert undelete(kept, at).reverted == 0


def test_what_is_in_cold_storage_is_copied_once_it_is_restored(kept: Site) -> None:
    cold, restored = (f"{FOLDER}{name}.mp4" for name in ("cold", "restored"))
    kept.put({cold: b"1", restored: b"2"}, StorageClass="DEEP_ARCHIVE")
    kept.store.restore(restored, tier="Standard", days=1)  # the emulator restores no version that is not on top
    (version,) = [each for history in kept.store.histories(cold) for each in history]
    at = now()
    kept.put({cold: b"forged", restored: b"forged"})
    for check_mode in (True, False):
        done = undelete(kept, at, check_mode=check_mode)
        assert (done.keys, list(done.failures)) == ([restored], [cold])
        told = f"restore-object --bucket {kept.bucket} --key {cold} --version-id {version.id}"
        assert told in done.failures[cold]
    assert kept.store.head(restored).storage_class == "DEEP_ARCHIVE"


def keep_versions(site: Site, *rules: tuple[str, int, str]) -> None:
    """Have the bucket keep old versions below each prefix for so many days."""
    site.s3.put_bucket_lifecycle_configuration(
        Bucket=site.bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": f"{days}",
                    "Status": status,
                    "Filter": {"Prefix": prefix},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": days},
                }
                for prefix, days, status in rules
            ]
        },
    )


def test_an_instant_longer_ago_than_versions_are_kept_is_warned_of(kept: Site, modules: Modules) -> None:
    kept.put({f"{FOLDER}a.jpg": b"a"})
    ago = datetime.now(UTC) - timedelta(days=10)
    assert undelete(kept, ago).caution == ""
    keep_versions(kept, ("", 30, "Enabled"), (f"{CAM}/", 7, "Disabled"))
    assert undelete(kept, ago).caution == ""
    keep_versions(kept, ("", 30, "Enabled"), (f"{CAM}/", 7, "Enabled"))
    assert undelete(kept, now()).caution == ""
    result = modules.run("cctv_capture_undelete", bucket=kept.bucket, at=ago.isoformat())
    assert (result["newer"], result["changed"]) == (1, False)
    assert "keeps old versions for 7 days, and the instant is longer ago" in result["msg"]
    with pytest.raises(CctvError, match="hide_newer: the instant is longer ago than the 7 days"):
        undelete(kept, ago, hide_newer=True)
    assert kept.keys() == [f"{FOLDER}a.jpg"]


def test_who_may_not_look_up_how_long_versions_are_kept_is_told_so(kept: Site) -> None:
    kept.put({f"{FOLDER}a.jpg": b"a"})
    at = now()
    kept.store.delete([f"{FOLDER}a.jpg"])
    other = kept.allow("s3:GetBucketVersioning", "s3:ListBucketVersions", "s3:DeleteObjectVersion")
    done = undelete(other, at)
    assert (done.undeleted, done.failures) == (1, {})
    assert "could not be looked up: Not allowed to s3:GetLifecycleConfiguration" in done.caution


def test_what_the_jobs_did_since_is_undone_and_done_again(kept: Site) -> None:
    kept.put(pictures(5, f"{CAM}/"))
    before, at = kept.bodies(), now()
    kept.sort()
    kept.archive()
    assert undelete(kept, at).undeleted == 5
    assert kept.bodies().items() >= before.items()
    kept.sort()
    assert not kept.archive().failures
    assert [key for key in [*kept.keys()] if "archive" not in key] == []
    assert len(kept.archived()) == 5


def test_pages_of_versions(kept: Site) -> None:
    kept.put(dict.fromkeys((f"{FOLDER}{number:04}.jpg" for number in range(1100)), b"x"))
    at = now()
    keys = kept.keys()
    for start in (0, 1000):
        kept.store.delete(keys[start : start + 1000])
    assert undelete(kept, at).undeleted == 1100
    assert kept.keys() == keys


def test_nonsense_in_a_sentence(site: Site, modules: Modules) -> None:
    with pytest.raises(CctvError, match="keeps no versions"):
        undelete(site, now())
    site.s3.put_bucket_versioning(Bucket=site.bucket, VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(CctvError, match=r"is suspended: .* What it kept before is still there: run bucket_deploy\.yml"):
        undelete(site, now())
    with pytest.raises(CctvError, match="still to come"):
        undelete(site, now() + timedelta(days=1))
    result = modules.run("cctv_capture_undelete", bucket=site.bucket, at="yesterday")
    assert result["msg"] == "at: 'yesterday' is no instant: write it as 2026-11-23T02:00:00+02:00."


def test_the_jobs_work_in_a_locked_bucket_and_the_purge_says_until_when(locked: Site) -> None:
    locked.put(pictures(4, f"{CAM}/"), ChecksumAlgorithm="SHA256")
    assert not locked.sort().failures
    assert not locked.archive().failures
    locked.put(pictures(3, FOLDER, first=10), ChecksumAlgorithm="SHA256")
    present = locked.keys()
    for check_mode in (True, False):
        outcome = locked.purge(include_archives=True, check_mode=check_mode)
        assert (outcome.captures, outcome.archives, outcome.locked, outcome.failures) == (0, 0, 4, {})
        assert list(outcome.kept) == [FOLDER, f"{CAM}/archive/{DAY}.tar.gz"]
        assert "locked (compliance) until " in outcome.kept[FOLDER]
    assert locked.keys() == present
    month = timedelta(days=31)
    late = locked.catalog(later=month)
    assert locked.store.lock_of(present[0], now=late.now) == ""


def test_a_legal_hold_keeps_what_is_past_its_time(locked: Site) -> None:
    locked.s3.put_object_lock_configuration(
        Bucket=locked.bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    locked.put({f"{FOLDER}held.jpg": b"1", f"{FOLDER}free.jpg": b"2"})
    held = {"Bucket": locked.bucket, "Key": f"{FOLDER}held.jpg"}
    locked.s3.put_object_legal_hold(**held, LegalHold={"Status": "ON"})
    outcome = locked.purge()
    assert (outcome.captures, outcome.locked) == (1, 1)
    assert "legal hold" in outcome.kept[FOLDER]
    assert locked.keys() == [f"{FOLDER}held.jpg"]


def hold(site: Site, key: str) -> None:
    site.s3.put_object_legal_hold(Bucket=site.bucket, Key=key, LegalHold={"Status": "ON"})


def extend(site: Site, key: str, days: int) -> None:
    until = datetime.now(UTC) + timedelta(days=days)
    site.s3.put_object_retention(
        Bucket=site.bucket, Key=key, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}
    )


def test_what_is_locked_for_longer_is_neither_sorted_nor_archived(locked: Site) -> None:
    """Its copy, and the archive, would be free of the hold, and go with the next purge."""
    for folder in (f"{CAM}/", FOLDER):
        loose = {f"{folder}{name}.jpg": name.encode() for name in ("held", "longer", "as-usual")}
        locked.put({**loose, **pictures(2, folder)}, ChecksumAlgorithm="SHA256")
        hold(locked, f"{folder}held.jpg")
        extend(locked, f"{folder}longer.jpg", 90)
    days = [DAY, datetime.now(UTC).date()]
    sorted_ = locked.sort()
    assert (sorted_.failures, sorted_.moved, sorted_.kept.count) == ({}, 3, 2)
    assert "is locked by a legal hold" in sorted_.kept.reasons[f"{CAM}/held.jpg"]
    archived = locked.archive(CAM, *days)
    assert (archived.failures, archived.kept.count) == ({}, 2)
    assert "is locked (compliance) until " in archived.kept.reasons[f"{FOLDER}longer.jpg"]
    names = {"held.jpg", "longer.jpg"}
    left = locked.keys()
    assert {key for key in left if "/archive/" not in key} == {
        f"{folder}{name}" for name in names for folder in (f"{CAM}/", FOLDER)
    }
    assert not names & {*locked.archived(), *locked.archived(day=days[1])}
    assert (locked.archive(CAM, *days).archives, locked.sort().moved) == ([], 0)


def test_the_modules_name_what_is_locked(locked: Site, modules: Modules) -> None:
    keys = [f"{CAM}/{next(iter(pictures(1, '')))}", *pictures(1, FOLDER)]
    locked.put(dict.fromkeys(keys, b"1"), ChecksumAlgorithm="SHA256")
    for key in keys:
        hold(locked, key)
    plan = {"bucket": locked.bucket, "timezone": "UTC", "_ansible_check_mode": True}
    for module, key, options in (("sort", keys[0], {"min_age_seconds": 0}), ("archive", keys[1], {"pattern": "*"})):
        result = modules.run(f"cctv_capture_{module}", **plan | options)
        assert (result["changed"], result["locked"]) == (False, 1)
        assert [row["key"] for row in result["kept"]] == [key]
        assert "locked and" in result["msg"]


def test_an_archive_with_a_hold_on_its_index_stays(locked: Site) -> None:
    locked.s3.put_object_lock_configuration(
        Bucket=locked.bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    locked.put(pictures(2, FOLDER))
    locked.archive()
    hold(locked, f"{CAM}/archive/{DAY}.index.json")
    outcome = locked.purge(include_archives=True)
    assert (outcome.archives, outcome.locked) == (0, 1)
    assert "index.json is locked by a legal hold" in outcome.kept[f"{CAM}/archive/{DAY}.tar.gz"]


def test_locks_are_asked_of_the_bucket_once_and_of_no_picture_where_there_are_none(kept: Site) -> None:
    kept.put(pictures(20, f"{CAM}/"))
    kept.emulator.reset()
    kept.sort()
    kept.archive()
    requests = kept.emulator.requests()
    assert requests["GetObjectLockConfiguration"] == 2
    assert requests["HeadObject"] < 5


def test_a_user_who_may_not_ask_for_locks_works_as_without(site: Site) -> None:
    """The policy of the old toolkit knows none."""
    site.put(pictures(2, f"{CAM}/"))
    old = site.allow("s3:ListBucket", "s3:PutObject", "s3:GetObject", "s3:GetObjectTagging", "s3:DeleteObject")
    assert (old.sort().moved, old.sort().failures) == (2, {})


def test_a_purge_says_that_versions_stay(kept: Site, modules: Modules) -> None:
    kept.put(pictures(2, FOLDER))
    result = modules.run("cctv_capture_purge", bucket=kept.bucket, older_than_days=1, timezone="UTC")
    assert (result["versioned"], result["locked"], result["purged"]["captures"]) == (True, 0, 2)
