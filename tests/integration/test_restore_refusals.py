"""Restore where S3 refuses something: the others are asked for, and what was paid for is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.cctv.catalog import Catalog
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.folder import Folder

from tests.integration import module_runs
from tests.integration.site import DAY, Site, picture, pictures

if TYPE_CHECKING:
    from tests.integration.module_runs import Modules

CAMERAS = ("CAM-1", "CAM-2", "CAM-3")
REFUSAL = {"status": 403, "code": "AccessDenied"}


def archive_of(camera: str) -> str:
    return f"{camera}/archive/{DAY}.tar.gz"


@pytest.fixture
def cold(site: Site) -> Site:
    """Three cameras with a day in cold storage each."""
    for camera in CAMERAS:
        site.put(pictures(2, f"{camera}/{DAY}/"))
        assert site.archive(camera, storage_class="GLACIER").failures == {}
    return site


@pytest.mark.parametrize(
    ("operation", "named"),
    [("HeadObject", archive_of("CAM-2")), ("GetObject", archive_of("CAM-2")), ("ListObjectsV2", "CAM-2/")],
)
def test_the_others_are_asked_for(cold: Site, operation: str, named: str) -> None:
    """What is refused is the second camera's: its archive's state, its index, or the list of its archives."""
    cold.emulator.fault("error", operation=operation, nth=2, count=1, **REFUSAL)
    outcome = cold.restore(*CAMERAS, names=[picture(1)] if operation == "GetObject" else ["*"])
    assert [archive.camera for archive in outcome.requested] == ["CAM-1", "CAM-3"]
    assert list(outcome.failures) == [named]
    assert "Not allowed to s3:" in outcome.failures[named]


def test_what_was_asked_for_is_told_though_s3_then_says_nothing_of_it(cold: Site, tmp_path: Path) -> None:
    cold.emulator.fault("error", operation="HeadObject", key=archive_of("CAM-2"), nth=2, count=1, **REFUSAL)
    outcome = cold.restore(*CAMERAS, wait_seconds=30.0, destination=Folder(tmp_path))
    assert [archive.camera for archive in outcome.requested] == list(CAMERAS)
    assert [archive.camera for archive in outcome.ready] == ["CAM-1", "CAM-3"]
    assert [archive.camera for archive in outcome.pending] == ["CAM-2"]
    assert list(outcome.failures) == [archive_of("CAM-2")]
    assert len(outcome.restored) == 4


def test_a_key_that_expires_meanwhile_hides_no_request(cold: Site) -> None:
    cold.emulator.fault("error", operation="RestoreObject", nth=3, status=400, code="ExpiredToken")
    outcome = cold.restore(*CAMERAS, wait_seconds=30.0)
    assert [archive.camera for archive in outcome.requested] == ["CAM-1", "CAM-2"]
    assert outcome.pending == outcome.requested
    assert list(outcome.failures) == [f"s3://{cold.bucket}"]


@pytest.mark.parametrize("wait", [False, True])
def test_what_is_not_ready_when_the_time_is_up_has_failed(cold: Site, modules: Modules, wait: bool) -> None:
    cold.emulator.set(restore_heads=1000)
    options: dict[str, Any] = {"date": str(DAY), "cameras": ["CAM-1"], "wait": wait, "wait_timeout": 0}
    result = modules.run("cctv_capture_restore", bucket=cold.bucket, **options)
    assert [row["key"] for row in result["pending"]] == [archive_of("CAM-1")]
    reasons = {row["key"]: row["reason"] for row in result["failures"]}
    assert reasons == ({archive_of("CAM-1"): "S3 still restores it: run again later"} if wait else {})
    assert result["changed"]


@pytest.mark.parametrize(
    ("names", "destination", "says"),
    [
        (["typo*"], "", r"No archive of these days holds a picture called typo*: give a destination"),
        (["typo*"], "out", "No picture of these days is called typo*."),
    ],
)
@pytest.mark.parametrize("plan", [False, True])
def test_a_name_that_nothing_has(
    cold: Site, modules: Modules, tmp_path: Path, names: list[str], destination: str, says: str, plan: bool
) -> None:
    place = str(tmp_path / destination) if destination else ""
    options: dict[str, Any] = {"date": str(DAY), "names": names, "destination": place, "_ansible_check_mode": plan}
    assert modules.run("cctv_capture_restore", bucket=cold.bucket, **options)["msg"].startswith(says)


def test_a_camera_that_may_not_be_listed_hides_no_other(cold: Site, modules: Modules) -> None:
    cold.emulator.fault("error", operation="ListObjectsV2", nth=4, count=1, **REFUSAL)
    result = modules.run("cctv_camera_info", bucket=cold.bucket, details=True)
    assert result["names"] == list(CAMERAS)
    assert [row.get("archived_days") for row in result["cameras"]] == [1, None, 1]
    assert [row["key"] for row in result["failures"]] == ["CAM-2/"]


def test_an_error_behind_what_was_written_hides_no_change(
    site: Site, modules: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
        catalog.store.put("CAM-1/a.txt", b"x", content_type="text/plain")
        raise CctvError("Something else is wrong.")

    module = module_runs.load("cctv_camera_info")
    monkeypatch.setattr(module, "work", work)
    monkeypatch.setattr(module_runs, "load", lambda _name: module)
    result = modules.run("cctv_camera_info", bucket=site.bucket)
    assert (result["msg"], result["changed"]) == ("Something else is wrong.", True)
