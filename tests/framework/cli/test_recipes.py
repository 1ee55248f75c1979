from __future__ import annotations

from pathlib import Path

import pytest

from adfw import shipped_recipes
from adfw.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_ls_lists_every_shipped_recipe_in_a_line(capsys: Capture) -> None:
    assert main(["recipes", "ls"]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == list(shipped_recipes())


@pytest.mark.parametrize(
    ("to", "copy"), [([], "capsule_ae.yaml"), (["--to", "a.yaml"], "a.yaml"), (["--to", "sub"], "sub/capsule_ae.yaml")]
)
def test_cp_copies_here_to_a_file_or_into_a_folder(to: list[str], copy: str, folder: Path, capsys: Capture) -> None:
    (folder / "sub").mkdir()
    assert main(["recipes", "cp", "capsule_ae", *to]) == 0
    assert f"adfw run {Path(copy)}" in capsys.readouterr().out
    assert main(["check", "--no-data", copy]) == 0


def test_cp_never_overwrites(folder: Path, capsys: Capture) -> None:
    (folder / "capsule_ae.yaml").write_text("mine", encoding="utf-8")
    assert main(["recipes", "cp", "capsule_ae"]) == 2
    assert capsys.readouterr().err == "capsule_ae.yaml: exists already and is left as it is; choose another with --to\n"
    assert (folder / "capsule_ae.yaml").read_text(encoding="utf-8") == "mine"


def test_an_unknown_recipe(capsys: Capture) -> None:
    assert main(["recipes", "cp", "capsul_ae"]) == 2
    assert "did you mean 'capsule_ae'?" in capsys.readouterr().err
