"""Amounts as a sentence says them. Pure."""

from __future__ import annotations


def amount(number: int, noun: str) -> str:
    """Return ``1 archive``, ``2 archives``, ``3 indexes``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('x') else 's'}"


def duration(hours: float) -> str:
    """Return ``5 minutes``, ``12 hours``."""
    return amount(round(hours * 60), "minute") if 0 < hours < 1 else f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def dollars(usd: float) -> str:
    """Return ``0 USD``, ``0.0012 USD``, ``12.34 USD``: never nothing for what costs something."""
    if not usd:
        return "0 USD"
    return f"{usd:.2f} USD" if usd >= 1 else f"{max(usd, 0.0001):.4f} USD"


def sentence(text: str) -> str:
    """Return ``text`` with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
