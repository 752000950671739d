"""What came in parts is dated by its upload's beginning: it is told of where it may be a forgery of later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ansible.module_utils.cctv.late_uploads import LateUploads
from ansible.module_utils.cctv.store import Version
from ansible.module_utils.cctv.store.versions import newest_first

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)


def version(name: str, hours: int, *, etag: str = "aa", size: int = 10, is_latest: bool = False) -> Version:
    return Version("k", name, is_latest, AT + timedelta(hours=hours), is_marker=not etag, etag=etag, size=size)


PICTURE, FORGERY = version("picture", -10), version("forgery", -5, etag="bb-1")
MARKER = version("marker", 2, etag="", size=0, is_latest=True)


def told(*histories: list[Version]) -> str:
    late = LateUploads()
    for history in histories:
        late.note(history, AT)
    return late.told()


def test_an_upload_in_parts_over_a_picture_is_told_of_deleted_or_not() -> None:
    for history in ([FORGERY, PICTURE], [MARKER, FORGERY, PICTURE], [FORGERY, version("empty", -9, size=0), PICTURE]):
        assert told(history).startswith("k came in parts over an older version and may have come after the instant")
        assert told(history).endswith("give an instant before 2026-12-01T07:00:00+00:00.")
    assert "over an older version (so did 2 more) and" in told(*[[FORGERY, PICTURE]] * 3)


def test_what_can_be_no_forgery_of_later_is_not() -> None:
    """An archive is made once; s3fs makes a file empty before it sends it; later ones are undone anyhow."""
    later = version("later", 1, etag="bb-1")
    for history in ([FORGERY], [FORGERY, version("empty", -9, size=0)], [PICTURE, FORGERY], [later, PICTURE], [later]):
        assert told(history) == ""


def test_s3s_own_order_stays_where_it_is_whole() -> None:
    between = version("between", -3)
    whole = [MARKER, FORGERY, between, PICTURE]  # finished after what lies below it, and begun before
    assert newest_first(whole) == whole
    last = version("last", -1, is_latest=True)
    assert newest_first([last, PICTURE, version("marker", -2, etag="", size=0)])[1].id == "marker"
    assert newest_first([PICTURE, last]) == [last, PICTURE]
