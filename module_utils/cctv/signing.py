"""Signatures in the format of minisign (Ed25519), so that anybody can check them with a tool of his own."""

from __future__ import annotations

from collections.abc import Sequence

from minisign import Error, PublicKey, SecretKey, Signature

from .errors import CctvError


class Signer:
    """Signs with a secret key, and knows its own signatures."""

    def __init__(self, key: SecretKey) -> None:
        self._key = key
        self._public = key.get_public_key()

    def sign(self, document: bytes) -> bytes:
        """Return the signature of ``document``, as minisign writes it."""
        return bytes(self._key.sign(document)) + b"\n"

    def made(self, document: bytes, signature: bytes) -> bool:
        """Say whether ``signature`` is that of ``document`` by this very key."""
        return is_signed(self._public, document, signature)


def signer(path: str, password: str) -> Signer:
    """Return what signs with the secret key in a file; CctvError when it cannot."""
    try:
        key = SecretKey.from_file(path)
        if key.is_encrypted():
            key.decrypt(password)
    except (Error, OSError, ValueError) as error:
        raise CctvError(f"signing_key: {path} cannot be used ({error}): make one with minisign -G.") from error
    return Signer(key)


def is_signed_by_one(keys: Sequence[PublicKey], document: bytes, signature: bytes) -> bool:
    """Say whether ``signature`` is by the owner of any of ``keys``, as when the key was changed on the way."""
    return any(is_signed(key, document, signature) for key in keys)


def public_key(text: str) -> PublicKey:
    """Return the key in ``text``: its base64 line, or the whole file."""
    try:
        line = text.strip().splitlines()[-1]
        return PublicKey.from_base64(line)
    except (Error, ValueError, IndexError) as error:
        raise CctvError(f"public_key: this is no public key of minisign ({error}).") from error


def is_signed(key: PublicKey, document: bytes, signature: bytes) -> bool:
    """Say whether ``signature`` is that of ``document`` by the owner of ``key``."""
    try:
        key.verify(document, Signature.from_bytes(signature))
    except (Error, ValueError):
        return False
    return True
