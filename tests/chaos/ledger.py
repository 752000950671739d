"""The balance: what was offered against what the bucket holds, by content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.chaos.cameras import Answer, md5

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.chaos.cameras import Offer


@dataclass(frozen=True)
class Balance:
    offered: int
    acknowledged: int
    refused: int
    no_reply: int
    stored: int  # of those acknowledged, byte-identical
    lost: int
    twice: int
    foreign: int  # objects that hold no picture any camera finished sending

    @property
    def holds(self) -> bool:
        return not (self.lost or self.twice or self.foreign)

    @property
    def refuses_nothing(self) -> bool:
        """Whether every picture that was offered was acknowledged."""
        return not (self.refused or self.no_reply)


def balance(offers: Iterable[Offer], held: Counter[str]) -> Balance:
    """``held``: how many objects there are of each MD5."""
    offers = list(offers)
    answers = Counter(offer.answer for offer in offers)
    acknowledged = Counter(offer.md5 for offer in offers if offer.answer is Answer.ACKNOWLEDGED)
    known = {offer.md5 for offer in offers}
    lost = sum(1 for content in acknowledged if not held[content])
    return Balance(
        offered=len(offers),
        acknowledged=answers[Answer.ACKNOWLEDGED],
        refused=answers[Answer.REFUSED],
        no_reply=answers[Answer.NONE],
        stored=len(acknowledged) - lost,
        lost=lost,
        twice=sum(count - 1 for count in held.values() if count > 1),
        foreign=sum(count for content, count in held.items() if content not in known),
    )


def contents(s3: Any, bucket: str) -> Counter[str]:
    """The MD5 of every object: an ETag is one, but for a film that went up in parts."""

    held: Counter[str] = Counter()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", ()):
            if entry["Key"].endswith("/"):
                continue  # s3fs's folders
            etag = entry["ETag"].strip('"')
            if "-" in etag:
                etag = md5(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            held[etag] += 1
    return held
