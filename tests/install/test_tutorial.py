"""The tutorial is followed word for word, in an environment of its own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from conftest import Environment

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\*\*(\d)\. .*?(?=^\*\*\d\. |^## )", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
SESSION = re.compile(r"^```text\n\$ (.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(words: list[str], environment: Environment, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the page; pip does not ask a registry for what is there."""
    if words[0] == "pip":
        offline = ("--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check")
        return environment.run("-m", "pip", *words[1:], *offline, cwd=folder)
    return environment.run(*(["-m", "adfw"] if words[0] == "adfw" else []), *words[1:], cwd=folder)


@pytest.mark.install
@pytest.mark.slow
def test_every_step_prints_what_the_page_says(
    borrowing: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "home"))
    folder = tmp_path / "adfw-largest"
    folder.mkdir()
    steps = list(STEP.finditer(PAGE))
    assert [step[1] for step in steps] == list("123456")
    for step in steps:
        for name, text in FILE.findall(step[0]):
            (folder / name).write_text(text, encoding="utf-8")
        ((command, printed),) = SESSION.findall(step[0])
        done = run(shlex.split(command), borrowing, folder)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        said = [line.rstrip() for line in done.stdout.splitlines()]
        missing = [line for line in printed.splitlines() if line not in said]
        assert printed, "a step prints something"
        assert not missing, f"{command} does not print {missing}, but {done.stdout}"
