"""A hook of MkDocs: nothing on the site leads to what is not on it, so that it is whole on a disk without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).parent.parent
PROJECTS = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
"""Pages that belong in the project's own folder, and what they are called on the site."""
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)[^)]+\)")
_ELSEWHERE = "https://unpkg.com/iframe-worker/shim"
_OURS = "assets/iframe-worker.js"


def on_files(files: Files, config: Any) -> Files:
    """Take in the pages from the project's own folder."""
    for name, page in PROJECTS.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leave of a link to a file outside of docs/ its name."""
    if page.url.startswith("reference/"):
        return markdown
    for name, ours in PROJECTS.items():
        markdown = markdown.replace(f"](../{name})", f"]({ours})")
    return _OUTSIDE.sub(r"\1", markdown)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Take from the disk what the theme would fetch."""
    return output.replace(_ELSEWHERE, get_relative_url(_OURS, page.url))


def on_post_template(output_content: str, **_: Any) -> str:
    """Do the same for the page that is no page."""
    return output_content.replace(_ELSEWHERE, _OURS)
