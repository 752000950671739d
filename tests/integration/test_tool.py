"""hk-aws-tool as people, cron lines and scripts call it: what it prints where, and what it returns."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.bucket_contents import DAY, name

if TYPE_CHECKING:
    from tests.emulator.client import Emulator
    from tests.integration.bucket_contents import Contents

PROGRAM = Path(__file__).parents[2] / "bin" / "hk-aws-tool"
OLD = """\
---
aws: {{profile: hk-aws-toolkit, cctv_bucket: {bucket}, cctv_region: eu-central-1}}
archive: {{keep_files_days: 365, extension: tar.gz, batch_folder_limit: 31, glacier: true}}
web: {{host: 0.0.0.0, port: 8181}}
"""
"""A configuration file with the old toolkit's keys."""


class Tool:
    """The command, with the old toolkit's files in a home of its own."""

    def __init__(self, emulator: Emulator, bucket: str, home: Path) -> None:
        self.config = home / "config.yaml"
        self.config.write_text(OLD.format(bucket=bucket))
        (home / ".aws").mkdir()
        key = f"aws_access_key_id={emulator.access_key}\naws_secret_access_key={emulator.secret_key}\n"
        (home / ".aws" / "credentials").write_text(f"[hk-aws-toolkit]\n{key}")
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm",
            "COLUMNS": "120",
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._home = home

    def run(self, *words: str, program: Path = PROGRAM) -> subprocess.CompletedProcess[str]:
        command = [str(program), "-c", str(self.config), *words]
        return subprocess.run(
            command, cwd=self._home, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def data(self, *words: str) -> list[str]:
        """What -q prints, after a run that went well and said nothing else."""
        done = self.run(*words, "-q")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


@pytest.fixture
def tool(emulator: Emulator, bucket: str, tmp_path: Path) -> Tool:
    return Tool(emulator, bucket, tmp_path)


def test_a_bucket_through_its_life_by_the_old_words(tool: Tool, contents: Contents) -> None:
    contents.put(f"CAM-1/{name(1)}", f"CAM-1/{name(2)}", "CAM-1/a.mp4", f"CAM-2/{name(3)}")
    contents.day("CAM-1", 2, day="2021-12-20")
    contents.day("CAM-2", 1, day="2021-12-21")
    time.sleep(1)  # S3 tells the second of an arrival; the tool's own clock is finer
    tool.config.write_text(tool.config.read_text() + "cctv: {min_age_seconds: 0}\n")
    assert tool.data("-a", "list-cameras") == ["CAM-1", "CAM-2"]
    assert tool.data("-a", "list-camera-dirs", "-m", "CAM-1") == ["CAM-1/2021-12-20"]
    loose = [f"CAM-1/{name(1)}", f"CAM-1/{name(2)}"]
    assert sorted(tool.data("-a", "list-camera-files", "-m", "CAM-1", "-p", "*.jpg")) == loose
    assert tool.data("-a", "store-camera-files", "-m", "CAM-1", "-p", "*.jpg") == []
    assert tool.data("-a", "store-all-files", "-p", "*.jpg") == []
    assert tool.data("-a", "list-camera-files", "-m", "CAM-1") == ["CAM-1/a.mp4"]
    on_date = ["-a", "list-camera-files-on-date", "-m", "CAM-1", "-d", DAY]
    assert tool.data(*on_date) == [f"CAM-1/{DAY}/{name(second)}" for second in (1, 2)]
    assert tool.data("-a", "archive-camera-folder-on-date", "-m", "CAM-1", "-d", DAY) == []
    assert tool.data(*on_date) == [f"CAM-1/archive/{DAY}.tar.gz!/{name(second)}" for second in (1, 2)]
    assert tool.data("-a", "archive-camera-folder-pattern", "-m", "CAM-1", "-p", "*2021-12-*") == []
    assert tool.data("-a", "archive-all-by-pattern", "-p", "*2021-12-*") == []
    archives = [key for key in contents.listed() if key.endswith(".tar.gz")]
    assert archives == [f"CAM-1/archive/{day}.tar.gz" for day in ("2021-12-20", DAY)] + [
        "CAM-2/archive/2021-12-21.tar.gz"
    ]
    assert tool.data("-a", "list-camera-dirs", "-m", "CAM-1") == ["CAM-1/archive"]


def test_the_old_cron_line_under_the_old_name(tool: Tool, contents: Contents, tmp_path: Path) -> None:
    contents.put(f"CAM-1/{name(1)}")
    old = tmp_path / "hk-aws-tool.py"
    old.symlink_to(PROGRAM)
    done = tool.run("-a", "store-all-files", "-p", "*.jpg", program=old)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "0 pictures sorted, 1 left for the next run.\n"


def test_a_dry_run_changes_nothing(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 3)
    before = contents.state()
    done = tool.run("archive-all-by-pattern", "--dry-run")
    assert done.stdout == f"CAM-1/archive/{DAY}.tar.gz\n"
    assert done.stderr.startswith("Nothing is done yet, this would be: 1 archives written")
    for words in (["cleanup"], ["purge", "--older-than", "1"]):
        done = tool.run(*words)
        assert (done.returncode, done.stdout) == (0, f"CAM-1/{DAY}/\n")
        assert done.stderr.endswith("Nothing was deleted: add -f to delete.\n")
    assert contents.state() == before
    assert tool.run("cleanup", "-f", "--dry-run").returncode == 0
    assert contents.state() == before
    assert tool.data("cleanup", "-f") == []
    assert contents.listed() == []


def test_json_is_the_modules_result(tool: Tool, contents: Contents) -> None:
    contents.day("CAM-1", 1)
    shown: dict[str, Any] = json.loads(tool.run("list-cameras", "--json").stdout)
    assert (shown["action"], shown["names"], shown["cameras"][0]["sorted_days"]) == ("list-cameras", ["CAM-1"], 1)


def test_back_out_of_the_cold(tool: Tool, contents: Contents, emulator: Emulator, tmp_path: Path) -> None:
    keys = contents.day("CAM-1", 2)
    bodies = {contents.read(key) for key in keys}
    assert tool.data("archive-all-by-pattern") == []
    emulator.set(restore_heads=1)
    words = ["-m", "CAM-1", "-d", DAY, "--destination", str(tmp_path / "evidence")]
    quoted = tool.run("quote", *words)
    assert quoted.returncode == 0
    assert "5 hours" in quoted.stderr
    assert tool.run("restore", *words).returncode == 75, "S3 has only been asked"
    assert [Path(path).read_bytes() in bodies for path in tool.data("restore", *words, "--wait")] == [True, True]


def test_what_is_archived_is_verified(tool: Tool, contents: Contents) -> None:
    tool.config.write_text(tool.config.read_text().replace("glacier: true", "glacier: false"))
    contents.day("CAM-1", 2)
    assert tool.data("archive-all-by-pattern") == []
    whole = tool.run("verify")
    assert (whole.returncode, whole.stdout) == (0, "")
    assert whole.stderr.startswith("2 pictures in 1 archives are whole")
    key = f"CAM-1/archive/{DAY}.tar.gz"
    contents.client.delete_object(Bucket=contents.bucket, Key=key)
    gone = tool.run("verify", "--quick", "-q")
    assert (gone.returncode, gone.stdout) == (1, f"missing: {key}\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["list-camera-files"], 2, "list-camera-files needs -m CAMERA."),
        (["-a", "upload"], 2, "invalid choice"),
        ([], 2, "Say what to do"),
        (["list-camera-dirs", "-m", "CAM-9"], 3, "No camera is called CAM-9"),
        (["archive-all-by-pattern", "-d", "yesterday"], 3, "'yesterday' is not a date"),
        (["archive-all-by-pattern", "--limit", "0"], 3, "limit: 0 is out of range"),
        (["list-cameras", "--profile", "nobody"], 3, "nobody"),
        (["list-cameras", "-c", "/nonexistent"], 3, "/nonexistent cannot be read"),
        (["status"], 3, "run this on the relay"),
        (["web"], 3, "viewer_deploy.yml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said(
    tool: Tool, contents: Contents, words: list[str], code: int, sentence: str
) -> None:
    contents.day("CAM-1", 1)
    before = contents.state()
    done = tool.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert contents.state() == before


def test_what_failed_is_told_and_the_rest_done(tool: Tool, contents: Contents, emulator: Emulator) -> None:
    contents.day("CAM-1", 1)
    contents.day("CAM-2", 1)
    emulator.fault("error", operation="GetObject", key="CAM-1/*", status=403, code="AccessDenied")
    done = tool.run("archive-all-by-pattern", "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Failed: CAM-1/")
    assert f"CAM-2/archive/{DAY}.tar.gz" in contents.listed()


def test_a_terminal_shows_rate_and_time_left(tool: Tool, contents: Contents, emulator: Emulator) -> None:
    contents.day("CAM-1", 59)
    emulator.set(latency_ms=150)
    shown = on_terminal(tool, "archive-all-by-pattern")[1]
    assert " of 59 pictures archived, " in shown
    assert re.search(r"\d/s left: (\x1b\[\d+m)?0:00:0", shown)
    assert "\x1b[?25h" in shown, "the cursor is given back"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_safe(tool: Tool, contents: Contents, emulator: Emulator, number: signal.Signals) -> None:
    keys = contents.day("CAM-1", 60)
    emulator.set(latency_ms=60)
    code, shown = on_terminal(tool, "archive-all-by-pattern", interrupt=number)
    assert code == 130
    assert "Interrupted; nothing is lost." in shown
    assert "Traceback" not in shown
    assert set(keys) <= set(contents.listed())
    emulator.set(latency_ms=0)
    assert tool.data("archive-all-by-pattern") == []
    assert tool.data("list-camera-files-on-date", "-m", "CAM-1", "-d", DAY) == [
        f"CAM-1/archive/{DAY}.tar.gz!/{key.rpartition('/')[2]}" for key in keys
    ]


def on_terminal(tool: Tool, *words: str, interrupt: signal.Signals | None = None) -> tuple[int, str]:
    """The exit status and all that a terminal shows; interrupted once a rate is shown."""
    ours, its = pty.openpty()
    command = [str(PROGRAM), "-c", str(tool.config), *words]
    with subprocess.Popen(command, env=tool.environment, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal is gone, as everybody has left it
                break
            if not piece:
                break
            shown += piece
            if interrupt and b"/s" in shown:
                process.send_signal(interrupt)
                interrupt = None
        os.close(ours)
    return process.returncode, shown.decode()


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(tool: Tool, shell: str) -> None:
    script = tool.run("--print-completion", shell).stdout
    assert "archive-camera-folder-on-date" in script
    assert "--older-than" in script
    checked = subprocess.run(["bash", "-n"], input=script, text=True, check=False) if shell == "bash" else None
    assert checked is None or checked.returncode == 0


def test_the_help_teaches_every_action_and_the_exit_statuses(tool: Tool) -> None:
    text = tool.run("--help").stdout
    for word in ("store-all-files", "quote", "examples:", "exit status:", "Ctrl-C"):
        assert word in text
