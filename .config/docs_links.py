"""A hook of MkDocs: nothing on the site leads to what is not on it, so that it is whole on a disk without a network."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.utils import get_relative_url

_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)[^)]+\)")
_ELSEWHERE = "https://unpkg.com/iframe-worker/shim"
_OURS = "assets/iframe-worker.js"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leave of a link to a file outside of docs/ its name."""
    return markdown if page.url.startswith("reference/") else _OUTSIDE.sub(r"\1", markdown)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Take from the disk what the theme would fetch."""
    return output.replace(_ELSEWHERE, get_relative_url(_OURS, page.url))


def on_post_template(output_content: str, **_: Any) -> str:
    """Do the same for the page that is no page."""
    return output_content.replace(_ELSEWHERE, _OURS)
