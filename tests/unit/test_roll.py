"""A roll gives back what it took, in capture order."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible.module_utils.cctv.roll import Roll
from ansible.module_utils.cctv.store import Object
from hypothesis import given
from hypothesis import strategies as st

FOLDER = "CAM/2022-02-24/"
times = st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC))
words = st.text(st.characters(exclude_categories=["Cs"]))
objects = st.builds(
    Object,
    words.map(FOLDER.__add__),
    st.integers(0, 50 * 2**40),
    st.text("0123456789abcdef-", max_size=40),
    times,
    st.sampled_from(["STANDARD", "GLACIER_IR"]),
)


@given(rows=st.lists(st.tuples(objects, times), unique_by=lambda row: row[0].key))
def test_all_and_in_order(rows: list[tuple[Object, datetime]]) -> None:
    roll = Roll(FOLDER)
    for entry, at in rows:
        roll.add(entry, at=at)
    assert (len(roll), list(roll)) == (len(rows), [entry for entry, _ in rows])
    roll.sort()
    inner = {entry.key: entry.key.replace(FOLDER, "", 1) + "\0" for entry, _ in rows}
    assert list(roll) == [e for e, _ in sorted(rows, key=lambda row: (row[1], inner[row[0].key].encode()))]
