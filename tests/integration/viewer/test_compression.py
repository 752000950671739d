"""What goes over the line: pages compressed, pictures as they are, the viewer's own files once."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name

if TYPE_CHECKING:
    from tests.integration.viewer.visitor import Visitor

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
OLD = {"date": str(DAY), "camera": CAMERA}


def test_a_full_day_goes_out_compressed_to_who_can_read_it(owner: Visitor, pictures: Bucket) -> None:
    pictures.put_day(1000, body=b"x")
    plain, packed = owner.get("/day", **OLD), owner.get("/day", **OLD, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 5
    assert "1,000 pictures" in gzip.decompress(packed.data).decode()
    refusing = owner.get("/day", **OLD, headers={"Accept-Encoding": "gzip;q=0, *;q=0"})
    assert "Content-Encoding" not in refusing.headers


def test_what_comes_out_of_the_bucket_is_not_touched(owner: Visitor, pictures: Bucket) -> None:
    names = (name(1), "page.html", "drawing.svg")
    body = b"<svg/>" * 1000
    for its_name in names:
        pictures.put(f"{CAMERA}/{DAY}/{its_name}", body)
    for its_name in names:
        answer = owner.get("/original", **OLD, place="sorted", name=its_name, headers=GZIP)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
        assert answer.data == body


def test_the_viewers_own_files_are_sent_once_and_compressed(stranger: Visitor) -> None:
    page = stranger.get("/login")
    addresses = {*stranger.sources(page, "/static/"), *stranger.links(page, "/static/")}
    assert len(addresses) == 3
    for address in addresses:
        first = stranger.get(address, headers=GZIP)
        assert int(first.cache_control.max_age or 0) > 30 * 86400, address
        if address.partition("?")[0].endswith(".css"):
            assert len(first.data) < 6000
        again = stranger.get(address, headers=GZIP | {"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), address


def test_the_token_of_a_form_looks_different_each_time_and_stays_good(owner: Visitor) -> None:
    """The length of what is compressed tells what of it repeats: nothing secret may stand in it twice alike."""
    first, second = owner.token("/export"), owner.token("/export")
    assert first != second
    for token in (first, second):
        answer = owner.client.post("/export", data={"form_token": token, "camera": CAMERA})
        assert answer.status_code == 400
    changed = second[:-1] + ("1" if second[-1] == "0" else "0")
    assert owner.client.post("/export", data={"form_token": changed, "camera": CAMERA}).status_code == 403
