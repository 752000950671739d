"""Every key that a module's documentation promises is in its result, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contracts.documentation import JOBS, documented
from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bucket_contents import Contents
    from tests.integration.module_runs import Modules

OF_ANSIBLE = {"changed", "diff", "failed", "invocation"}
KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": (float, int),
    "list": list,
    "dict": dict,
}


def compare(said: dict[str, Any], found: dict[str, Any], where: str) -> None:
    assert said.keys() == found.keys(), where
    for key, entry in said.items():
        value = found[key]
        assert isinstance(value, KINDS[entry["type"]]), f"{where}.{key}"
        if "contains" in entry:
            assert value, f"{where}.{key} is empty, so nothing was compared"
            compare(entry["contains"], value[0] if isinstance(value, list) else value, f"{where}.{key}")


def test_results_are_as_documented(modules: Modules, contents: Contents, tmp_path: Path) -> None:
    bucket = contents.bucket
    contents.put(f"CAM-1/{name(1)}", f"CAM-1/{name(2)}")
    cold = {"bucket": bucket, "date": DAY, "storage_class": "GLACIER"}
    contents.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    results = {
        "cctv_capture_sort": modules.run("cctv_capture_sort", bucket=bucket, min_age_seconds=0),
        "cctv_capture_archive": modules.run("cctv_capture_archive", **cold),
        "cctv_camera_info": modules.run("cctv_camera_info", bucket=bucket, details=True),
        "cctv_capture_info": modules.run("cctv_capture_info", bucket=bucket, camera="CAM-1"),
        "cctv_verify": modules.run("cctv_verify", bucket=bucket),
        "cctv_capture_restore": modules.run(
            "cctv_capture_restore", bucket=bucket, date=DAY, wait=True, destination=str(tmp_path)
        ),
        "cctv_capture_purge": modules.run(
            "cctv_capture_purge", bucket=bucket, older_than_days=1, include_archives=True
        ),
        "cctv_capture_undelete": modules.run("cctv_capture_undelete", bucket=bucket, at="2022-02-24T00:00:00+00:00"),
    }
    assert results.keys() == set(JOBS)
    for module, result in results.items():
        returned = {key: entry for key, entry in documented(module)[2].items() if key not in OF_ANSIBLE}
        compare(returned, {key: value for key, value in result.items() if key not in OF_ANSIBLE}, module)
