"""A bucket of several sites: sorted without a prefix, the cameras of a site must not become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cctv.clock import Zones
from cctv.layout import Layout, parse_day

from forwarder.naming import destination
from tests.integration.ansible_runs import ROOT
from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from tests.integration.ansible_runs import Ansible
    from tests.integration.bucket_contents import Contents
    from tests.integration.module_runs import Modules

KEYS = yaml.safe_load((ROOT / "tests" / "data" / "keys.yml").read_text())
DAHUA = f"SERIAL/{DAY}/001/jpg/07/15/12[M][0@0][0].jpg"


def forward(contents: Contents, prefix: str, path: str) -> None:
    """Put a picture as the forwarder of a relay does."""
    to: Any = destination(path, arrived=1.7e9, layout=Layout(prefix), zones=Zones.load("UTC"), unnamed="unnamed")
    contents.client.put_object(Bucket=contents.bucket, Key=to.key, Body=b"x", Metadata=dict(to.metadata))


def sort(modules: Modules, contents: Contents, **options: Any) -> dict[str, Any]:
    return modules.run("cctv_capture_sort", bucket=contents.bucket, min_age_seconds=0, **options)


@pytest.fixture
def now(emulator: Emulator) -> None:
    """S3 tells the second of an arrival; our own clock is finer."""
    emulator.set(clock_offset_seconds=-5)


@pytest.mark.parametrize("held", ["2021-12-19.tar.gz", "2021-12-19.1.index.json", "chain/00000001.json"])
@pytest.mark.parametrize("site", ["kyiv-office", "ua/kyiv"])
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.usefixtures("now")
def test_a_site_with_archives_is_no_camera(
    modules: Modules, contents: Contents, site: str, held: str, check_mode: bool
) -> None:
    contents.day(f"{site}/CAM-EXT-001", 2)
    contents.put(f"{site}/CAM-EXT-002/archive/{held}", f"{site}/CAM-EXT-001/{name(9)}", f"{site}/{name(8)}")
    before = contents.state()
    refused = sort(modules, contents, _ansible_check_mode=check_mode)
    assert (refused["failed"], refused["moved"], refused["moves"], contents.state()) == (1, 0, [], before)
    told = f"{site} holds archives of cameras below it and looks like a site: give its prefix (--prefix {site}/)."
    assert refused["failures"] == [{"key": f"{site.partition('/')[0]}/", "reason": told}]
    assert sort(modules, contents, prefix=site, cameras=["CAM-EXT-00?"])["moved"] == 1


def test_the_playbooks_of_a_company_ask_for_which_site(ansible: Ansible, contents: Contents) -> None:
    contents.put(f"kyiv-office/CAM-1/{name(1)}")
    company = ("-i", str(ROOT / "inventory" / "company.yml"))
    untold = ansible.playbook("captures_sort.yml", *company, cctv_bucket=contents.bucket)
    assert untold.returncode != 0
    assert "Say for which site: -e cctv_prefix=NAME" in untold.stdout + untold.stderr
    for prefix, camera in (("kyiv-office", "CAM-1"), ("", "kyiv-office")):
        listed = ansible.playbook("cameras_list.yml", *company, cctv_bucket=contents.bucket, cctv_prefix=prefix)
        assert f"{camera}: 1 loose" in listed.stdout


@pytest.mark.usefixtures("now")
def test_a_site_that_relays_fill_is_no_camera_before_it_archives(modules: Modules, contents: Contents) -> None:
    forward(contents, "kyiv-office", f"CAM-EXT-001/{name(1)}")
    forward(contents, "lviv", f"CAM-EXT-002/{DAHUA}")
    contents.put(f"CAM-1/{name(2)}")
    before = contents.state()
    refused = sort(modules, contents)
    assert [row["key"] for row in refused["failures"]] == ["kyiv-office/", "lviv/"]
    assert "kyiv-office holds sorted days of cameras below it" in refused["failures"][0]["reason"]
    assert refused["moves"] == [{"source": f"CAM-1/{name(2)}", "destination": f"CAM-1/{DAY}/{name(2)}"}]
    left = contents.state()
    assert left == {key.replace("CAM-1/", f"CAM-1/{DAY}/"): etag for key, etag in before.items()}


@pytest.mark.usefixtures("now")
def test_vendors_folders_are_sorted_as_ever(modules: Modules, contents: Contents, emulator: Emulator) -> None:
    """Days in folders of a vendor's own, and a folder that is called archive, say nothing."""
    paths = {row["path"] for row in KEYS if "/" in row["path"] and not parse_day(row["path"].partition("/")[0])}
    paths |= {DAHUA, f"2026_07_08-2026_07_08/{name(1)}", f"kept/archive/{name(2)}", f"SERIAL/{name(3)}"}
    contents.put(*(f"CAM-1/{path}" for path in paths))
    for marker in ("SERIAL/", f"SERIAL/{DAY}/"):  # as s3fs makes them
        contents.put(f"CAM-1/{marker}", body=b"")
    emulator.reset()
    done = sort(modules, contents)
    assert (done["failures"], done["moved"], done["skipped"]) == ([], len(paths), 0)
    inner = {path.partition("/")[0] for path in paths}
    assert 0 < emulator.requests()["HeadObject"] <= len(inner)


@pytest.mark.usefixtures("now")
def test_a_camera_without_folders_costs_nothing_more(modules: Modules, contents: Contents, emulator: Emulator) -> None:
    contents.put(*(f"CAM-1/{name(second)}" for second in range(60)))
    contents.put(f"CAM-1/2026_07_08-2026_07_08/{name(1, '2026-07-08')}")
    emulator.reset()
    assert sort(modules, contents)["moved"] == 61
    counts = emulator.requests()
    # the cameras, the camera, its folder; the destinations, their proof, the sources
    assert (counts["ListObjectsV2"], counts["CopyObject"], counts.get("HeadObject", 0)) == (6, 61, 0)
