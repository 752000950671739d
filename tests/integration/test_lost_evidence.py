"""What the old toolkit lost, kept: each test ends as that one did not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ansible.module_utils.cctv import sorting
from ansible.module_utils.cctv.days import chosen_days
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.store import Head, Store

from tests.integration.site import CAM, DAY, Site, picture, pictures

FOLDER = f"{CAM}/{DAY}/"
ARCHIVE = f"{CAM}/archive/{DAY}.tar.gz"


@pytest.mark.parametrize("pattern", ["", "*", "*/*", "arch*", f"{CAM}/*"])
def test_no_pattern_touches_the_archives(site: Site, pattern: str) -> None:
    site.put(pictures(3, FOLDER))
    site.archive()
    site.put({f"{CAM}/archive/": b"", f"{CAM}/": b""})
    before = site.bodies(f"{CAM}/archive/")
    site.put(pictures(2, f"{CAM}/2022-02-25/", day=date(2022, 2, 25)))
    with suppress(CctvError):  # "arch*" takes no day, and says so
        chosen = chosen_days(site.catalog(), [CAM], DayRule(pattern=pattern))
        site.archive(CAM, *(day for _, day in chosen.sorted))
        assert len(site.archived(CAM, date(2022, 2, 25))) == 2
    after = site.bodies(f"{CAM}/archive/")
    assert {key: after[key] for key in before} == before
    assert all(len(body) > 20 for key, body in after.items() if key.endswith(".tar.gz"))


def test_a_picture_that_cannot_be_read_stays(site: Site) -> None:
    sources = pictures(5, FOLDER)
    site.put(sources)
    bad = [key for key in sources if key.endswith(("001_MOTION_DETECTION.jpg", "003_MOTION_DETECTION.jpg"))]
    site.emulator.faults(*({"kind": "error", "operation": "GetObject", "key": key} for key in bad))
    outcome = site.archive()
    site.emulator.clear_faults()
    assert set(outcome.failures) == set(bad)
    assert site.keys(FOLDER) == sorted(bad)
    archived = {FOLDER + name: bodies[0] for name, bodies in site.archived().items()}
    assert archived | site.bodies(FOLDER) == sources
    assert outcome.removed == 3


def test_when_none_can_be_read_there_is_no_archive(site: Site) -> None:
    sources = pictures(3, FOLDER)
    site.put(sources)
    site.emulator.fault("error", operation="GetObject", status=403, code="AccessDenied")
    assert len(site.archive().failures) == 3
    site.emulator.clear_faults()
    assert site.bodies() == sources
    assert "Uploads" not in site.s3.list_multipart_uploads(Bucket=site.bucket)


@pytest.mark.parametrize("size", [4000, 17 * 1024 * 1024])
def test_a_picture_that_arrives_with_a_wrong_bit_stays(site: Site, size: int) -> None:
    sources = {FOLDER + picture(0): b"a" * size, FOLDER + picture(1): b"b" * size}
    site.put(sources)
    site.emulator.fault("corrupt", operation="GetObject", key=FOLDER + picture(1))
    assert list(site.archive().failures) == [FOLDER + picture(1)]
    site.emulator.clear_faults()
    assert site.bodies(FOLDER) == {FOLDER + picture(1): b"b" * size}
    assert site.archived() == {picture(0): [b"a" * size]}


def test_late_pictures_become_a_supplement(site: Site) -> None:
    first, late = pictures(3, FOLDER), pictures(2, FOLDER, first=10)
    site.put(first)
    site.archive()
    archive = site.store.look_up([ARCHIVE])[ARCHIVE]
    site.put(late)
    assert [archived.key for archived in site.archive().archives] == [f"{CAM}/archive/{DAY}.1.tar.gz"]
    assert site.store.look_up([ARCHIVE])[ARCHIVE] == archive
    assert {FOLDER + name: bodies for name, bodies in site.archived().items()} == {
        key: [body] for key, body in (first | late).items()
    }
    assert site.keys(FOLDER) == []


def test_the_same_picture_again_is_not_archived_twice(site: Site) -> None:
    site.put(pictures(3, FOLDER))
    site.archive()
    site.put(pictures(1, FOLDER))
    outcome = site.archive()
    assert (outcome.archives, outcome.removed) == ([], 1)
    assert len(site.archived()[picture(0)]) == 1
    assert site.keys(FOLDER) == []


def test_a_sorted_picture_is_never_overwritten(site: Site) -> None:
    name = picture(0)
    site.put({f"{CAM}/{name}": b"late", FOLDER + name: b"first"})
    site.sort()
    assert sorted(site.bodies().values()) == [b"first", b"late"]
    assert site.body(FOLDER + name) == b"first"
    site.put({f"{CAM}/{name}": b"late"})
    assert site.sort().moved == 1
    assert sorted(site.bodies().values()) == [b"first", b"late"], "the same bytes again only lose their source"


class OtherSum(Store):
    """S3 says of each archive that it holds other bytes."""

    def head(self, key: str) -> Head:
        head = super().head(key)
        return replace(head, sums={"SHA256": "x" * 43 + "="}) if key.endswith(".tar.gz") else head


class OtherBuild(Store):
    """The archive in place is another run's, whatever the store answered when ours was to be created only."""

    def head(self, key: str) -> Head:
        return replace(super().head(key), metadata={"cctv-build": "another"})


def test_sources_stay_when_s3_states_another_checksum(site: Site) -> None:
    sources = pictures(3, FOLDER)
    site.put(sources)
    outcome = site.archive(store=OtherSum(site.access))
    assert list(outcome.failures) == [ARCHIVE]
    assert outcome.archives == []
    assert site.bodies() == sources


def test_the_archive_of_another_run_stays_in_any_case(site: Site) -> None:
    sources = pictures(3, FOLDER)
    site.put(sources)
    outcome = site.archive(store=OtherBuild(site.access))
    assert list(outcome.failures) == [ARCHIVE]
    assert site.keys() == [*sorted(sources), ARCHIVE]


def test_refusals_inside_the_reply_of_a_delete_are_seen(site: Site) -> None:
    sources = pictures(3, f"{CAM}/")
    site.put(sources)
    may_not_delete = site.allow("s3:ListBucket", "s3:GetObject*", "s3:PutObject*")
    outcome = may_not_delete.sort(CAM)
    assert (outcome.moved, set(outcome.failures)) == (0, set(sources))
    assert "s3:DeleteObject" in outcome.failures[next(iter(sources))]
    outcome_of_archive = may_not_delete.archive()
    assert outcome_of_archive.removed == 0
    assert len(outcome_of_archive.archives) == 1
    assert len(outcome_of_archive.failures) >= 3


def test_a_source_that_changes_before_the_delete_survives(site: Site) -> None:
    class Overtaken(Store):
        def _request(self, operation: str, *arguments: Any, **options: Any) -> Any:
            if operation == "DeleteObjects":
                site.put(dict.fromkeys(changing, b"other bytes"))
            return super()._request(operation, *arguments, **options)

    changing = [f"{CAM}/{picture(1)}"]
    sources = pictures(3, f"{CAM}/")
    site.put(sources)
    outcome = site.sort(store=Overtaken(site.access))
    assert (outcome.moved, list(outcome.failures)) == (2, changing)
    site.sort()
    assert sorted(site.bodies(FOLDER).values()) == sorted([*sources.values(), b"other bytes"])

    changing = [FOLDER + picture(2)]
    outcome_of_archive = site.archive(store=Overtaken(site.access))
    assert changing[0] in outcome_of_archive.failures
    site.archive()
    assert sorted(site.archived()[picture(2)]) == sorted([sources[f"{CAM}/{picture(2)}"], b"other bytes"])
    assert site.keys(FOLDER) == []


def test_a_source_that_changes_before_the_copy_survives(site: Site) -> None:
    class Overtaken(Store):
        def look_up(self, keys: Any) -> Any:
            site.put({f"{CAM}/{picture(1)}": b"other bytes"})
            return super().look_up(keys)

    site.put(pictures(3, f"{CAM}/"))
    outcome = site.sort(store=Overtaken(site.access))
    assert list(outcome.failures) == [f"{CAM}/{picture(1)}"]
    site.sort()
    assert site.keys(f"{CAM}/") == site.keys(FOLDER)
    assert site.body(FOLDER + picture(1)) == b"other bytes"


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_one_name_in_three_folders_whichever_batch_each_is_in(
    site: Site, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(sorting, "BATCH", batch)
    bodies = {"a": b"one", "b": b"two", "c": b"one"}
    site.put({f"{CAM}/{folder}/{picture(1)}": body for folder, body in bodies.items()})
    site.emulator.fault("latency", operation="CopyObject", seconds=0.3)  # the next batch is looked up before
    outcome = site.sort()
    assert not outcome.failures
    assert outcome.moved == 3
    assert sorted(site.bodies().values()) == [b"one", b"two"]
