"""The pages of docs/reference/, from the specifications; ``python -m tests.contracts.reference`` writes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.contracts.documentation import MODULES, ROOT
from tool.actions import ACTIONS
from tool.words import short

FOLDER = ROOT / "docs" / "reference"
_MARK = re.compile(r"\b[ICVOMBEU]\(([^)]*)\)")
KNOBS = """\
Each `cameras_` and `captures_` playbook takes every option of its module as a variable with `cctv_` in front.
`cctv_bucket_diff`, `cctv_ftp_send`, `cctv_relay_info` and `cctv_site_drill` do part of a larger playbook or role, which
gives them their options."""
WRITTEN = "<!-- written by python -m tests.contracts.reference -->\n"


def prose(text: str | list[str]) -> str:
    """Return Ansible's markup as Markdown, on one line of a table."""
    joined = " ".join([text] if isinstance(text, str) else text)
    return _MARK.sub(r"`\1`", joined).replace("|", "\\|").replace("<", "&lt;").strip()


def kind(option: dict[str, Any]) -> str:
    """Return the type of an option, and that of its elements."""
    of = f" of {option['elements']}" if "elements" in option else ""
    return f"{option.get('type', 'str')}{of}"


def standard(option: dict[str, Any]) -> str:
    """Return the default as YAML has it."""
    if option.get("required"):
        return "required"
    if option.get("default") is None:
        return ""
    text = yaml.safe_dump(option["default"], default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return f"`{text}`".replace("|", "\\|")


def options(table: dict[str, dict[str, Any]]) -> str:
    """Return a table of options."""
    rows = "| option | type | default | what |\n| --- | --- | --- | --- |\n"
    for name, option in table.items():
        choices = f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}." if "choices" in option else ""
        rows += f"| `{name}` | {kind(option)} | {standard(option)} | {prose(option['description'])}{choices} |\n"
    return rows


def shown() -> dict[str, Any]:
    """Return what ansible-doc says of the modules, fragments and all."""
    program = Path(sys.executable).with_name("ansible-doc")
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(
        [str(program), "--json", *MODULES], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def modules() -> str:
    """Return the page of the modules."""
    page = f"# Modules\n\n{WRITTEN}\n{KNOBS}\n"
    for name, entry in sorted(shown().items()):
        said, returned = entry["doc"], entry["return"] or {}
        about = "\n".join(f"- {prose(line)}" for line in said["description"])
        page += f"\n## {name}\n\n{about}\n\n{options(said['options'])}\n```yaml\n{entry['examples'].strip()}\n```\n"
        rows = (f"| `{key}` | {kind(value)} | {prose(value['description'])} |\n" for key, value in returned.items())
        page += f"\n| returns | type | what |\n| --- | --- | --- |\n{''.join(rows)}" if returned else ""
    return page


def roles() -> str:
    """Return the page of the roles."""
    page = f"# Roles\n\n{WRITTEN}\nEach has a README beside it with an example, permissions and what check mode does.\n"
    for file in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        main = yaml.safe_load(file.read_text())["argument_specs"]["main"]
        about = prose(main.get("description", main["short_description"]))
        page += f"\n## {file.parents[1].name}\n\n{about}\n\n{options(main.get('options', {}))}"
    return page


def tool() -> str:
    """Return the page of hk-aws-tool: its own help."""
    environment = os.environ | {"COLUMNS": "100"}
    command = [str(ROOT / "bin" / "hk-aws-tool"), "--help"]
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    rows = "| action | takes |\n| --- | --- |\n"
    for name, action in ACTIONS.items():
        words = (f"`{short(word)}`" + " (needed)" * (word in action.needs) for word in action.words)
        rows += f"| `{name}` | {', '.join(words)} |\n"
    return f"# hk-aws-tool\n\n{WRITTEN}\n```text\n{text.strip()}\n```\n\n{rows}"


PAGES = {"modules.md": modules, "roles.md": roles, "hk-aws-tool.md": tool}


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made())


if __name__ == "__main__":
    main()
