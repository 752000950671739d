"""Each module, run by Ansible: would change and says what, changes, would not, does not; and one item that fails."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.ansible_runs import four_beats
from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator
    from tests.integration.ansible_runs import Ansible
    from tests.integration.bucket_contents import Contents

COLD = f"CAM-1/archive/{DAY}.tar.gz"
LINK = "CAM-1/archive/chain/00000001.json"


def changes(results: list[dict[str, Any]]) -> list[bool]:
    assert [result["failed"] for result in results] == [0] * len(results), [result["msg"] for result in results]
    return [result["changed"] for result in results]


def names_in(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        return tar.getnames()


class TestInfo:
    def test_cameras_and_captures(self, ansible: Ansible, contents: Contents) -> None:
        contents.put("readme.txt", f"CAM-1/{name(3)}", f"CAM-2/{DAY}/{name(1)}")
        contents.day("CAM-1", 2)
        contents.day("CAM-1", 2, day="2022-02-23")
        bucket = contents.bucket
        names, details, one_day, days, pattern = ansible.tasks(
            {"cctv_camera_info": {"bucket": bucket}, "check_mode": True},
            {"cctv_camera_info": {"bucket": bucket, "details": True}},
            {"cctv_capture_info": {"bucket": bucket, "camera": "CAM-1", "date": DAY, "timezone": "Europe/Kyiv"}},
            {"cctv_capture_info": {"bucket": bucket, "camera": "CAM-1", "list_captures": False}},
            {"cctv_capture_info": {"bucket": bucket, "camera": "CAM-1", "pattern": "*0715002*"}},
        )
        assert changes([names, details, one_day, days, pattern]) == [False] * 5
        assert names["names"] == ["CAM-1", "CAM-2"]
        assert names["cameras"] == [{"name": "CAM-1"}, {"name": "CAM-2"}]
        first = details["cameras"][0]
        assert (first["loose"], first["sorted_days"], first["archived_days"]) == (1, 2, 0)
        assert first["first_capture"] == "2022-02-23T07:15:00.123000+00:00"
        assert [(row["location"], row["captured_at"][:19]) for row in one_day["captures"]] == [
            ("sorted", "2022-02-24T07:15:00"),
            ("sorted", "2022-02-24T07:15:01"),
            ("loose", "2022-02-24T07:15:03"),
        ]
        assert one_day["captures"][0]["captured_at"].endswith("+02:00")
        assert one_day["captures"][0]["event"] == "LINE_CROSSING_DETECTION"
        assert [(row["date"], row["count"]) for row in one_day["days"]] == [(DAY, 2)]
        assert [(row["date"], row["count"]) for row in days["days"]] == [("2022-02-23", -1), (DAY, -1)]
        assert days["captures"] == []
        assert pattern["captures"] == []


class TestSort:
    def test_four_beats(self, ansible: Ansible, contents: Contents) -> None:
        contents.put(*(f"CAM-1/{name(second)}" for second in range(3)), f"CAM-2/{name(9)}")
        contents.put("CAM-1/growing.jpg", body=b"")
        before = contents.state()
        would, does, would_not, does_not = ansible.tasks(
            *four_beats("cctv_capture_sort", bucket=contents.bucket, min_age_seconds=0)
        )
        assert changes([would, does, would_not, does_not]) == [True, True, False, False]
        assert (would["moved"], would["skipped"]) == (does["moved"], does["skipped"]) == (4, 1)
        assert would["moves"] == does["moves"]
        assert would["diff"] == does["diff"]
        assert would["diff"]["before"].splitlines() == sorted(key for key in before if key != "CAM-1/growing.jpg")
        after = contents.state()
        expected = {move["source"]: move["destination"] for move in does["moves"]}
        assert after == {expected.get(key, key): etag for key, etag in before.items()}
        assert all(f"/{DAY}/" in key for key in expected.values())

    def test_one_fails(self, ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
        contents.put(*(f"CAM-1/{name(second)}" for second in range(3)), f"CAM-2/{name(9)}")
        emulator.fault("error", operation="CopyObject", key="*071501*", status=403, code="AccessDenied")
        (result,) = ansible.tasks({"cctv_capture_sort": {"bucket": contents.bucket, "min_age_seconds": 0}})
        assert (result["failed"], result["moved"], result["changed"]) == (1, 3, True)
        (failure,) = result["failures"]
        assert failure["key"] == f"CAM-1/{name(1)}"
        assert "Not allowed to s3:GetObject" in failure["reason"]
        assert [key for key in contents.listed() if f"/{DAY}/" not in key] == [failure["key"]]


class TestArchive:
    def test_four_beats(self, ansible: Ansible, contents: Contents) -> None:
        bodies = {key: contents.read(key) for key in contents.day("CAM-1", 3)}
        contents.day("CAM-2", 1)
        later = contents.day("CAM-1", 1, day="2022-02-25")
        results = ansible.tasks(
            *four_beats("cctv_capture_archive", bucket=contents.bucket, pattern="*2022-*", limit=2),
            {"cctv_capture_archive": {"bucket": contents.bucket, "pattern": "CAM-1/2022-02-24"}},
        )
        would, does, *_ = results
        # The limit left a day to the second run.
        assert changes(results) == [True, True, True, True, False]
        assert [row["key"] for row in would["archives"]] == [row["key"] for row in does["archives"]]
        assert would["diff"] == does["diff"]
        assert would["diff"]["after"].splitlines()[:2] == [COLD, f"CAM-1/archive/{DAY}.index.json"]
        assert would["deferred"] == does["deferred"] == [{"camera": "CAM-1", "date": "2022-02-25"}]
        assert [key for key in contents.listed() if key in bodies or key in later] == []
        head = contents.client.head_object(Bucket=contents.bucket, Key=COLD)
        assert head["StorageClass"] == "GLACIER"
        assert head["ContentLength"] == does["archives"][0]["bytes"]

    def test_nothing_left(self, ansible: Ansible, contents: Contents) -> None:
        keys = contents.day("CAM-1", 3)
        options = {"bucket": contents.bucket, "date": DAY, "storage_class": "STANDARD"}
        results = ansible.tasks(*four_beats("cctv_capture_archive", **options))
        assert changes(results) == [True, True, False, False]
        assert contents.listed() == [f"CAM-1/archive/{DAY}.index.json", COLD, LINK]
        assert names_in(contents.read(COLD)) == [key.rpartition("/")[2] for key in keys]

    def test_one_fails(self, ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
        keys = contents.day("CAM-1", 3) + contents.day("CAM-2", 1)
        emulator.fault("error", operation="GetObject", key="CAM-1/*071501*", status=403, code="AccessDenied")
        options = {"bucket": contents.bucket, "older_than_days": 1, "storage_class": "STANDARD"}
        (result,) = ansible.tasks({"cctv_capture_archive": options})
        assert (result["failed"], len(result["archives"])) == (1, 2)
        assert [failure["key"] for failure in result["failures"]] == [keys[1]]
        assert [key for key in contents.listed() if "/archive/" not in key] == [keys[1]]


class TestPurge:
    def test_four_beats(self, ansible: Ansible, contents: Contents) -> None:
        today = datetime.now(UTC).date()
        old, edge = today - timedelta(days=31), today - timedelta(days=30)
        kept = contents.day("CAM-1", 1, day=edge.isoformat())
        contents.day("CAM-1", 2, day=old.isoformat())
        contents.day("CAM-2", 1, day=old.isoformat())
        results = ansible.tasks(*four_beats("cctv_capture_purge", bucket=contents.bucket, older_than_days=30))
        would, does, *_ = results
        assert changes(results) == [True, True, False, False]
        assert would["purged"] == does["purged"]
        assert (does["purged"]["captures"], does["purged"]["days"]) == (3, 2)
        assert would["diff"]["before"].splitlines() == [f"CAM-1/{old}/", f"CAM-2/{old}/"]
        assert contents.listed() == kept

    def test_archives(self, ansible: Ansible, contents: Contents) -> None:
        contents.day("CAM-1", 1)
        contents.put(f"CAM-1/{DAY}/large.jpg", body=bytes(2_000_000))
        contents.put("CAM-1/archive/2021-01-01.tar.gz", body=b"of the old toolkit")
        bucket = contents.bucket
        archived, purged = ansible.tasks(
            {"cctv_capture_archive": {"bucket": bucket, "date": DAY}},
            {"cctv_capture_purge": {"bucket": bucket, "older_than_days": 1, "include_archives": True}},
        )
        assert changes([archived, purged]) == [True, True]
        assert [row["key"] for row in purged["kept"]] == ["CAM-1/archive/2021-01-01.tar.gz"]
        assert contents.listed() == ["CAM-1/archive/2021-01-01.tar.gz", LINK]
        assert purged["early_deletion_usd"] > 0

    def test_one_fails(self, ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
        kept = contents.day("CAM-1", 2)
        contents.day("CAM-2", 1)
        emulator.fault("error", operation="DeleteObjects", count=1, status=403, code="AccessDenied")
        (result,) = ansible.tasks({"cctv_capture_purge": {"bucket": contents.bucket, "older_than_days": 1}})
        assert (result["failed"], result["changed"], result["purged"]["captures"]) == (1, True, 1)
        assert [failure["key"] for failure in result["failures"]] == kept
        assert "Not allowed to s3:DeleteObject" in result["failures"][0]["reason"]
        assert contents.listed() == kept


class TestRestore:
    def test_four_beats(self, ansible: Ansible, contents: Contents, tmp_path: Path) -> None:
        bodies = [contents.read(key) for key in contents.day("CAM-1", 3)]
        fresh = contents.day("CAM-1", 1, day="2022-02-25")[0]
        options = {
            "bucket": contents.bucket,
            "cameras": ["CAM-1"],
            "from": DAY,
            "to": "2022-02-25",
            "destination": str(tmp_path / "out"),
            "wait": True,
            "wait_interval": 1,
        }
        archived, *results = ansible.tasks(
            {"cctv_capture_archive": {"bucket": contents.bucket, "date": DAY}},
            *four_beats("cctv_capture_restore", **options),
        )
        would, does, *_ = results
        assert changes([archived, *results]) == [True, True, True, False, False]
        assert [row["key"] for row in would["requested"]] == [row["key"] for row in does["requested"]] == [COLD]
        assert would["quote"] == does["quote"]
        assert would["quote"]["hours"] == 5
        assert would["quote"]["usd"] > 0
        assert would["restored"] == []
        here = tmp_path / "out" / "CAM-1"
        assert [(here / DAY / name(second)).read_bytes() for second in range(3)] == bodies
        assert (here / "2022-02-25" / fresh.rpartition("/")[2]).read_bytes() == contents.read(fresh)
        assert set(would["diff"]["after"].splitlines()) == {COLD, str(here / "2022-02-25" / fresh.rpartition("/")[2])}
        assert {row["path"] for row in does["restored"]} < set(does["diff"]["after"].splitlines())

    def test_one_name_to_a_prefix(self, ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
        contents.day("CAM-1", 3)
        contents.day("CAM-1", 3, day="2022-02-25")
        options = {"bucket": contents.bucket, "from": DAY, "names": ["*0224071502*"]}
        options["destination"] = f"s3://{contents.bucket}/evidence"
        archived, *results = ansible.tasks(
            {"cctv_capture_archive": {"bucket": contents.bucket, "pattern": "2022-*", "storage_class": "GLACIER_IR"}},
            *four_beats("cctv_capture_restore", **options),
        )
        assert changes([archived, *results]) == [True, True, True, False, False]
        key = f"evidence/CAM-1/{DAY}/{name(2)}"
        assert results[0]["diff"]["after"] == results[1]["diff"]["after"] == f"s3://{contents.bucket}/{key}\n"
        assert contents.read(key) == f"CAM-1/{DAY}/{name(2)}".encode()
        assert emulator.requests().get("RestoreObject", 0) == 0

    def test_pending(self, ansible: Ansible, emulator: Emulator, contents: Contents, tmp_path: Path) -> None:
        contents.day("CAM-1", 1)
        emulator.set(restore_heads=1000)
        restore = {"cctv_capture_restore": {"bucket": contents.bucket, "date": DAY, "destination": str(tmp_path / "o")}}
        _, asked, again = ansible.tasks(
            {"cctv_capture_archive": {"bucket": contents.bucket, "date": DAY}}, restore, restore
        )
        assert changes([asked, again]) == [True, False]
        assert [row["key"] for row in asked["pending"]] == [row["key"] for row in again["pending"]] == [COLD]
        assert not (tmp_path / "o").exists()

    def test_one_fails(self, ansible: Ansible, emulator: Emulator, contents: Contents) -> None:
        contents.day("CAM-1", 1)
        contents.day("CAM-2", 1)
        emulator.fault("error", operation="RestoreObject", key="CAM-1/*", status=403, code="AccessDenied")
        _, result = ansible.tasks(
            {"cctv_capture_archive": {"bucket": contents.bucket, "date": DAY}},
            {"cctv_capture_restore": {"bucket": contents.bucket, "date": DAY}},
        )
        assert (result["failed"], result["changed"], len(result["requested"])) == (1, True, 1)
        assert [failure["key"] for failure in result["failures"]] == [COLD]
        assert "Not allowed to s3:RestoreObject" in result["failures"][0]["reason"]
