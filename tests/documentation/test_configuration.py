"""The page on the configuration file names what is read of it, and its example works."""

from __future__ import annotations

import re

import pytest
import yaml

from jobs.config import PLAYBOOKS, job
from tests.documentation.blocks import ROOT

PAGE = (ROOT / "docs" / "configuration.md").read_text()
READ = "".join((ROOT / place).read_text() for place in ("jobs/config.py", "tool/settings.py"))
EXAMPLE = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0])


def keys(section: str) -> set[str]:
    """The keys in the table of a section."""
    (part,) = re.findall(rf"^## `{section}`.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


def test_each_key_of_the_old_toolkit_that_is_read_is_described() -> None:
    assert keys("archive") == set(re.findall(r'archive(?:\.get\(|\[)"(\w+)"', READ))
    assert keys("aws") == set(re.findall(r'^    "(\w+)": "\w+",$', READ, re.MULTILINE)) | {"credentials_file"}
    assert keys("jobs") == set(re.findall(r'own\.pop\("(\w+)"', READ))


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_example_is_a_configuration(name: str) -> None:
    made = job(name, EXAMPLE)
    assert made.knobs["cctv_bucket"] == "my-video-surveillance"
    assert made.knobs["cctv_timezone"] == "Europe/Kyiv"
    assert (made.limit_seconds == 5400) is (name == "purge")
