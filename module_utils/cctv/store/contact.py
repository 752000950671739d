"""Give up at once where no later try can fare better: nobody at this address, or the bucket in another region.

Once S3 has answered, an outage is waited out by the library's own retry mode.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

TRIES = 2
# botocore would follow the bucket there; obstore would not, and each copy would then fail on its own.
ELSEWHERE = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}


class FirstContact:
    """Handler of botocore's ``needs-retry`` event, to be asked before the library's own."""

    def __init__(self) -> None:
        self._answered = False

    def judge(self, *, response: Any, caught_exception: Any, attempts: int, operation: Any, **_: Any) -> None:
        """Raise what happened instead of trying again, or leave it to the library."""
        if response is None:
            hopeless = not self._answered and attempts >= TRIES
            if hopeless and isinstance(caught_exception, BotoConnectionError):
                raise caught_exception
            return
        self._answered = True
        reply = response[1]
        if reply.get("Error", {}).get("Code") in ELSEWHERE:
            raise ClientError(reply, operation.name)
