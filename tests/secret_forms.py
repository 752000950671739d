"""What a secret looks like in a text: as it is, or as JSON, a URL or base64 write it."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable


def shown(secrets: Iterable[str], text: str) -> list[str]:
    """Return those of the secrets that a text holds, in any form."""
    return [secret for secret in secrets if any(form in text for form in forms(secret))]


@cache
def forms(secret: str) -> set[str]:
    """Return what a secret looks like: base64 holds it at three offsets, whose middle is always the same."""
    packed = {
        b64encode(bytes(pad) + secret.encode())[-(-pad * 8 // 6) : (pad + len(secret.encode())) * 8 // 6].decode()
        for pad in range(3)
    }
    return {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], *packed}
