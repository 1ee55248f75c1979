from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from adfw.cli import main
from adfw.manifest import write_manifest
from adfw.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

FIGURE = {"value": 0.87, "low": 0.8, "high": 0.91}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with three versions of one model; its packages hold no detector."""
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "home"))
    for number in range(3):
        folder = tmp_path / f"package {number}"
        folder.mkdir()
        scorer = {"label": "mse", "ranking": {"auroc": FIGURE}, "localisation": {}, "strategies": []}
        metrics = {"summary": {"scorer": "mse", "strategy": f"fixed({number})", "auroc": FIGURE}, "scorers": [scorer]}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        write_manifest(folder)
        Registry().publish(folder, "capsule")
    return Registry()


def test_an_empty_registry_says_how_to_fill_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADFW_HOME", str(tmp_path))
    assert main(["models", "list"]) == 0
    assert "adfw run RECIPE" in capsys.readouterr().out
    assert main(["models", "list", "capsule"]) == 2
    assert "no model 'capsule'" in capsys.readouterr().err


def test_models_and_versions_are_listed(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "alias", "capsule:2", "champion", "--why", "best"]) == 0
    assert capsys.readouterr().out == "capsule@champion is capsule:2\n"
    assert main(["models", "list"]) == 0
    assert "0.870 (0.800 to 0.910)  mse     champion = 2" in capsys.readouterr().out
    assert main(["models", "list", "capsule"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["version", "capsule:3", "capsule:2", "capsule:1"]
    assert lines[2].endswith("champion")
    assert main(["models", "list", "capsule", "--json"]) == 0
    assert [record["number"] for record in json.loads(capsys.readouterr().out)] == [3, 2, 1]


def test_show_tells_digest_figures_and_history(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    main(["models", "alias", "capsule:1", "champion"])
    main(["models", "alias", "capsule:3", "champion", "--expect", "1", "--why", "fewer alarms"])
    capsys.readouterr()
    assert main(["models", "show", "capsule@champion"]) == 0
    out = capsys.readouterr().out
    for words in ("capsule:3", registry.resolve("capsule:3").digest, "set: fewer alarms", "0.870 (0.800 to 0.910)"):
        assert words in out
    assert main(["models", "show", "capsule", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["history"][1]["after"] == 3


def test_compare_sets_figures_side_by_side(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "compare", "capsule:1", "capsule:2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["capsule:1", "capsule:2"]
    assert any(line.startswith("auroc") and line.count("0.870") == 2 for line in lines)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["alias", "capsule:1", "v2"], "no alias"),
        (["alias", "capsule:1", "champion", "--expect", "2"], "points at nothing, not at version 2"),
        (["alias", "capsule:1", "champion", "--expect", "two"], "--expect two: is no version number"),
        (["rollback", "capsule"], "only an alias can be rolled back; write capsule@ALIAS"),
        (["rollback", "capsule@champion"], "no alias 'champion'"),
        (["show", "capsule@../x"], "no alias"),
        (["show", "capsule:x"], "is no version"),
        (["card", "capsule"], "has no card"),
        (["yank", "capsule:1", "--why", ""], "say why"),
    ],
)
def test_bad_input_is_one_sentence(
    registry: Registry, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["models", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_rollback_yank_and_remove(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    main(["models", "alias", "capsule:1", "champion"])
    main(["models", "alias", "capsule:2", "champion", "--expect", "1"])
    assert main(["models", "rollback", "capsule@champion", "--why", "alarms"]) == 0
    assert registry.resolve("capsule@champion").number == 1
    assert main(["models", "alias", "capsule", "champion", "--remove"]) == 0
    assert main(["models", "yank", "capsule:3", "--why", "wrong line"]) == 0
    capsys.readouterr()
    main(["models", "list", "capsule"])
    assert "yanked: wrong line" in capsys.readouterr().out


def test_verify_ends_with_2_and_a_sentence_for_each_fault(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "verify"]) == 0
    assert capsys.readouterr().out == "Every file is as it was published.\n"
    damaged = registry.folder(registry.resolve("capsule:2")) / "metrics.json"
    damaged.chmod(0o644)
    damaged.write_text("{}")
    assert main(["models", "verify"]) == 2
    assert "capsule:2: " in capsys.readouterr().err
    assert main(["models", "verify", "capsule:1", "--golden"]) == 0


def test_export_import_and_gc(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "für das werk.tar"
    assert main(["models", "export", "capsule:1", "capsule:3", "--out", str(target)]) == 0
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "elsewhere"))
    assert main(["models", "import", str(target)]) == 0
    assert [version.number for version in Registry().versions("capsule")] == [2, 1]
    assert Registry().resolve("capsule").digest == registry.resolve("capsule:3").digest
    capsys.readouterr()
    assert main(["models", "gc", "--grace", "0"]) == 0
    assert capsys.readouterr().out == "There is nothing to remove.\n"


def test_listing_imports_neither_torch_nor_numpy(registry: Registry) -> None:
    code = (
        "import sys; from adfw.cli import main; main(['models', 'list', 'capsule']); "
        "print([n for n in ('torch', 'numpy', 'rich.table') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_tables_fit_a_narrow_terminal(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["models", "alias", "capsule:2", "champion", "--why", "best"])
    for columns in ("60", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        capsys.readouterr()
        for words in (["list"], ["list", "capsule"], ["compare", "capsule:1", "capsule:2", "capsule:3"]):
            assert main(["models", *words]) == 0
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= int(columns)
        assert out.count("0.870 (0.800 to 0.910)") == 7
    monkeypatch.setenv("COLUMNS", "60")
    main(["models", "list", "capsule"])
    assert "capsule:2\n  made      20" in capsys.readouterr().out


def test_versions_are_pushed_and_pulled(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = f"embedded:{tmp_path / 'other'}"
    digest = registry.resolve("capsule:2").digest
    for _ in range(2):
        assert main(["models", "push", "capsule:2", "--to", other]) == 0
        assert capsys.readouterr().out == f"capsule:1 in {other}  {digest}\n"
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "plant"))
    assert main(["models", "pull", "capsule", "--from", other]) == 0
    assert Registry().resolve("capsule:1").digest == digest
    monkeypatch.setenv("ADFW_STORE", other)
    assert main(["models", "list", "capsule"]) == 0
    assert main(["models", "yank", "capsule:1", "--why", "scratched lens"]) == 0
    assert main(["models", "pull", "capsule:1", "--from", other, "--store", "embedded"]) == 2
    assert "capsule:1: is yanked (scratched lens); take another version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("cloud", "there is no usable store 'cloud'; allowed: embedded, mlflow"),
        ("mlflow", "the store 'mlflow' cannot be opened (uri: Field required)"),
        ("mse:x", "there is no usable store 'mse'"),
    ],
)
def test_a_store_that_is_none_is_said(capsys: pytest.CaptureFixture[str], store: str, message: str) -> None:
    assert main(["models", "list", "--store", store]) == 2
    assert message in capsys.readouterr().err
