"""Every filter loads by its name in a real run and does what its documentation shows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SIDECARS = sorted((ROOT / "filter_plugins").glob("*.yml"))
SITE_ZONE = "'Europe/Kyiv'"
CASES = [
    ("'cams/CAM-1/x.jpg' | capture_camera('cams/')", "CAM-1"),
    ("'readme.txt' | capture_camera", ""),
    ("'elsewhere/CAM-1/x.jpg' | capture_camera('cams')", ""),
    ("'CAM-1/holiday.jpg' | capture_date", ""),
    (f"'CAM-1/2018-08-24/001/jpg/22/27/40[M][0@0][0].jpg' | capture_date({SITE_ZONE})", "2018-08-24"),
    ("0 | human_bytes", "0 B"),
    ("999 | human_bytes", "999 B"),
    ("999.9 | human_bytes", "1.0 kB"),
    ("1500 | human_bytes", "1.5 kB"),
    ("999950 | human_bytes", "1.0 MB"),
    ("-999950 | human_bytes", "-1.0 MB"),
    ("2.5e15 | human_bytes", "2500.0 TB"),
    ("'192.168.2.7' | network_of(['192.168.1.0/24'])", ""),
    ("'192.168.1.7' | network_of(['fd00::/64', '192.168.1.7'])", "192.168.1.7"),
    ("'fe80::1%eth0' | network_of(['10.0.0.0/8', 'fe80::/10'])", "fe80::/10"),
]


def documented_cases() -> list[tuple[str, str]]:
    """(expression, value) of each example: ``name: "{{ ... }}"`` and below it ``# => value``."""
    cases = []
    for sidecar in SIDECARS:
        template, comment = yaml.safe_load(sidecar.read_text())["EXAMPLES"].splitlines()
        expression = yaml.safe_load(template).popitem()[1].strip("{} ")
        cases.append((expression, comment.removeprefix("# => ")))
    return cases


def ansible(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_values(tmp_path: Path) -> None:
    cases = documented_cases() + CASES
    values: Any = {f"v{number}": f"{{{{ {expression} }}}}" for number, (expression, _) in enumerate(cases)}
    save = {"content": "{{ found | to_json }}", "dest": str(tmp_path / "found.json"), "mode": "0600"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"found": values}}
    playbook = tmp_path / "play.yml"
    playbook.write_text(json.dumps([{**play, "tasks": [{"ansible.builtin.copy": save}]}]))
    done = ansible("ansible-playbook", str(playbook))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(json.loads((tmp_path / "found.json").read_text()).values()) == [value for _, value in cases]


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("'12' | human_bytes", "human_bytes wants a number, not '12'"),
        ("7 | capture_camera", "capture_camera wants a key, not 7"),
        ("'10.0.0.1' | network_of(['home'])", "wants addresses and networks such as 192.168.1.0/24: 'home' does not"),
        ("'a/b' | capture_date('Europe/Kiew')", "there is no zone 'Europe/Kiew'"),
    ],
)
def test_refusals(expression: str, sentence: str) -> None:
    done = ansible("ansible", "localhost", "-m", "debug", "-a", f"msg={{{{ {expression} }}}}")
    assert done.returncode != 0
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_documentation_is_shown() -> None:
    names = [sidecar.stem for sidecar in SIDECARS]
    shown = json.loads(ansible("ansible-doc", "-t", "filter", "--json", *names).stdout)
    assert list(shown) == names == ["capture_camera", "capture_date", "human_bytes", "network_of"]
    assert all(entry["doc"]["short_description"] and entry["return"] for entry in shown.values())
