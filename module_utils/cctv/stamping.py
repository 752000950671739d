"""Time stamps by a third party (RFC 3161): that a link existed at a time, by a clock that is nobody's here."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.error import URLError

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    PKIStatus,
    TimestampRequestBuilder,
    VerifierBuilder,
    decode_timestamp_response,
)

from .chain import Stamp
from .errors import CctvError

StampedAt = Callable[[bytes, bytes], datetime]
"""Returns the time that a document's stamp states; CctvError when the stamp is not good."""

SECONDS = 30
LONGEST = 64 * 1024


def stamper(url: str) -> Stamp:
    """Return what gets a time stamp from the authority at ``url``; CctvError when it gives none."""
    if not url.startswith(("https://", "http://")):
        raise CctvError(f"timestamp_url: {url} is no web address: give that of a time stamp authority.")

    def stamp(document: bytes) -> bytes:
        request = TimestampRequestBuilder().data(document).build()
        headers = {"Content-Type": "application/timestamp-query"}
        post = urllib.request.Request(url, request.as_bytes(), headers)
        try:
            with urllib.request.urlopen(post, timeout=SECONDS) as answer:
                body: bytes = answer.read(LONGEST)
            reply = decode_timestamp_response(body)
            fits = (
                reply.status == PKIStatus.GRANTED
                and reply.tst_info.message_imprint.message == hashlib.sha512(document).digest()
            )
        except (URLError, OSError, ValueError) as error:
            raise CctvError(f"timestamp_url: {url} gave no time stamp ({error}): the next one covers this.") from error
        if not fits or reply.tst_info.nonce != request.nonce:
            raise CctvError(f"timestamp_url: {url} gave a time stamp of something else: do not use it.")
        return body

    return stamp


def stamp_reader(path: str) -> StampedAt:
    """Return what verifies stamps by the certificates in a file: the authority's root, and what its stamps lack."""
    try:
        certificates = load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise CctvError(f"timestamp_certificates: {path} holds no certificates in PEM ({error}).") from error
    verifier = VerifierBuilder(roots=certificates).build()

    def stamped_at(document: bytes, stamp: bytes) -> datetime:
        try:
            reply = decode_timestamp_response(stamp)
            verifier.verify_message(reply, document)
        # Of many kinds: whoever planted the stamp chose what its certificates make the parser raise.
        except Exception as error:
            raise CctvError(f"the time stamp is not of this link by this authority ({error})") from error
        return reply.tst_info.gen_time

    return stamped_at
