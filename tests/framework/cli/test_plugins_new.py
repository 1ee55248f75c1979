from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

import adfw
from adfw import Catalog, load_recipe
from adfw.catalog import Fault, Source
from adfw.cli import main
from adfw.scaffold import KINDS, plugin_names, write_plugin
from adfw.scaffold.names import LONGEST
from adfw.testing import check_plugin

Capture = pytest.CaptureFixture[str]
INSTALLED = Catalog.discover()


def write(kind: str, folder: Path, name: str = "adfw-large-spots") -> Path:
    write_plugin(plugin_names(name, kind, INSTALLED), folder)
    return folder / name


def load(distribution: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = spec_from_file_location(name, distribution / name / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)  # pydantic looks there for the types of fields
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_it_writes_and_says_next(tmp_path: Path, capsys: Capture) -> None:
    assert main(["plugins", "new", "adfw-large-spots", "--kind", "scorer", "--out", str(tmp_path)]) == 0
    folder = tmp_path / "adfw-large-spots"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "pyproject.toml",
        "README.md",
        ".gitignore",
        ".github/workflows/tests.yml",
        "adfw_large_spots/__init__.py",
        "adfw_large_spots/py.typed",
        "tests/test_large_spots.py",
        "recipes/large_spots.yaml",
    }
    said = capsys.readouterr().out
    assert said.startswith(f"{folder}: a scorer, `large_spots` in recipes\n")
    assert "pip install -e '.[test]'" in said
    assert "adfw plugins check large_spots" in said


def test_a_new_plugin_works_as_written(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(kind, tmp_path)
    module = load(folder, "adfw_large_spots", monkeypatch)
    catalog = Catalog.of((Source("large_spots", "adfw-large-spots", "0.1.0"), module))
    assert not catalog.faults
    (entry,) = catalog.entries
    assert (entry.kind, entry.name) == (kind, "large_spots")
    (example,) = entry.config.conformance_examples(tmp_path / "examples")
    assert not check_plugin(example, profile="quick").failed
    installed = Catalog((*INSTALLED.entries, entry))
    assert "large_spots" in str(load_recipe(folder / "recipes" / "large_spots.yaml", catalog=installed))


def test_it_states_the_interface_of_this_version(kind: str, tmp_path: Path) -> None:
    major = int(adfw.API_VERSION.split(".")[0])
    module = (write(kind, tmp_path) / "adfw_large_spots" / "__init__.py").read_text(encoding="utf-8")
    assert f'adfw_api = ">={major},<{major + 1}"' in module


@pytest.mark.parametrize("name", ["adfw-a", f"adfw-{'b' * LONGEST}", "camera-7"])
def test_ruff_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    for kind in KINDS:
        write(kind, tmp_path / kind, name)
    ruff = Path(sysconfig.get_path("scripts")) / "ruff"
    checks = ["check", "--extend-select=I,UP,B,RUF,E501"], ["format", "--check", "--diff"]
    for words in checks:
        done = subprocess.run([ruff, *words, "--no-cache", tmp_path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["scorer", "threshold"])
def test_two_files_of_forty_lines(kind: str, tmp_path: Path) -> None:
    folder = write(kind, tmp_path)
    files = folder / "pyproject.toml", folder / "adfw_large_spots" / "__init__.py"
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 40


def test_nothing_is_left_to_fill_in(kind: str, tmp_path: Path) -> None:
    folder = write(kind, tmp_path)
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}
    assert [path.name for path, text in texts.items() if "$" in text.replace("${{ ", "").replace("$schema", "")] == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "'' is no name of a distribution"),
        ("-spots", "'-spots' is no name of a distribution"),
        ("large spots", "'large spots' is no name of a distribution"),
        ("../spots", "'../spots' is no name of a distribution"),
        ("größe", "'größe' is no name of a distribution"),
        ("3d-spots", "'3d_spots' cannot be a name in Python, it begins with a digit"),
        ("adfw-3d", "'3d' cannot be a name in Python, it begins with a digit"),
        ("adfw-lambda", "'lambda' is a keyword of Python"),
        ("none", "'None' is a keyword of Python"),
        ("json", "there is a module 'json' already"),
        ("adfw-plugins", "there is a module 'adfw_plugins' already"),
        ("pytest", f"a distribution of that name is installed, {version('pytest')}"),
        ("PyTest", f"a distribution of that name is installed, {version('pytest')}"),
        ("adfw-ssim", f"a scorer of adfw {adfw.__version__} is called 'ssim'"),
        ("adfw-percentile", f"a threshold of adfw {adfw.__version__} is called 'percentile'"),
        ("adfw-scorer", "its class would be called 'Scorer', as another in the same file"),
        ("tests", "'tests' is another folder of the distribution"),
        (f"adfw-{'b' * (LONGEST + 1)}", f"has more than {LONGEST} letters"),
    ],
)
def test_names_that_will_not_do(name: str, sentence: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["plugins", "new", "--kind", "scorer", "--out", str(tmp_path), "--", name]) == 2
    assert sentence in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_all_faults_of_a_name_at_once(tmp_path: Path, capsys: Capture) -> None:
    assert main(["plugins", "new", "adfw-3d" + "x" * LONGEST, "--kind", "scorer", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "begins with a digit" in said
    assert "letters" in said


def test_the_name_of_a_broken_plugins_component_is_taken(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fault = Fault(Source("lost", "lost-plugin", "2.0"), "it is abstract", (("scorer", "spots"),))
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: Catalog((), (fault,))))
    assert main(["plugins", "new", "spots", "--kind", "scorer"]) == 2
    assert "a component of lost-plugin 2.0, which is broken, is called 'spots'" in capsys.readouterr().err


def test_an_unknown_kind_names_the_known_ones(tmp_path: Path, capsys: Capture) -> None:
    assert main(["plugins", "new", "adfw-spots", "--kind", "score", "--out", str(tmp_path)]) == 2
    sentence = "there is no kind 'score'; allowed: scorer, threshold, model, dataset; did you mean 'scorer'?"
    assert capsys.readouterr().err.strip() == sentence


def test_nothing_is_overwritten(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "spots").mkdir()
    (tmp_path / "spots" / "mine.txt").touch()
    assert main(["plugins", "new", "Spots", "--kind", "scorer", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path / 'spots'}: exists already and is left as it is" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "spots").iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").touch()
    assert main(["plugins", "new", "spots", "--kind", "scorer", "--out", str(tmp_path / "file")]) == 2
    assert "file: exists already and is left as it is" in capsys.readouterr().err
    assert main(["plugins", "new", "spots", "--kind", "scorer", "--out", str(tmp_path / "file" / "deeper")]) == 2
    assert "cannot be written (Not a directory)" in capsys.readouterr().err
