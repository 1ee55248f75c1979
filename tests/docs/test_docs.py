"""The docs are true: their commands run, their recipes load, and nothing public is left out of them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

import adfw
from adfw import Catalog
from adfw.catalog import KINDS
from adfw.cli import OPTIONS, VERBS, main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE_IDS = [page.name for page in PAGES]
# The pages' own commands, only smaller: a real run takes minutes.
SMALL = {
    "run": "--set model.training.epochs=1 --set preprocessing.size=32",
}


def blocks(page: Path, language: str) -> list[str]:
    fence = re.compile(rf"^ *```{language}\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    return fence.findall(page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[list[str]]:
    lines = "".join(blocks(page, "console")).splitlines()
    return [shlex.split(line[2:]) for line in lines if line.startswith("$ adfw ")]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands(page):
        wrong = "strid" in " ".join(command).split("=")
        code = main([*command[1:], *shlex.split(SMALL.get(command[1], ""))])
        output = capsys.readouterr()
        assert code == (2 if wrong else 0), f"{' '.join(command)}: {output.out}{output.err}"


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_verb_and_option_a_page_names_exists(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shell = "".join(blocks(page, "sh") + blocks(page, "console"))
    for verb, rest in re.findall(r"(?:^|[\s/])adfw ([a-z]+)([^\n&]*)", shell):
        assert verb in VERBS, f"{page.name}: adfw {verb}"
        words = rest.split()
        main(
            [
                verb,
                *[word for word in words[:1] if word.isalpha() and verb in {"models", "plugins", "recipes"}],
                "--help",
            ]
        )
        page_of_help = capsys.readouterr().out
        for option in re.findall(r"--[a-z][a-z-]+", rest):
            assert option in page_of_help or option in OPTIONS, f"{page.name}: adfw {verb} {option}"


def whole_recipes() -> list[str]:
    pages = [page for page in PAGES if page.stem != "writing-a-plugin"]  # names its own plugin, which a test installs
    return [text for page in pages for text in blocks(page, "yaml") if re.search(r"^dataset:", text, re.MULTILINE)]


@pytest.mark.parametrize("text", whole_recipes())
def test_the_recipes_of_the_docs_are_valid(text: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    assert adfw.load_recipe(tmp_path / "recipe.yaml").name


def test_every_hook_verb_and_component_is_in_the_docs() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    text += (ROOT / "framework" / "adfw" / "hooks.py").read_text(encoding="utf-8")  # rendered as docs/hooks.md
    entries = [entry for entry in Catalog.discover().entries if entry.source.distribution == "adfw"]
    assert {entry.kind for entry in entries} == set(KINDS)
    missing = [entry.name for entry in entries if f"`{entry.name}`" not in text and f"name: {entry.name}" not in text]
    missing += [f"adfw {verb}" for verb in VERBS if f"adfw {verb}" not in text]
    missing += [hook for hook in (f"adfw_{kind}s" for kind in KINDS) if hook not in text]
    assert not missing


def test_readme_and_quickstart_give_the_same_line() -> None:
    readme, quickstart = blocks(ROOT / "README.md", "sh")[0], blocks(ROOT / "docs" / "index.md", "sh")[0]
    assert readme == quickstart


def test_recipe_keys_of_the_docs_are_those_of_the_recipe() -> None:
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert table == list(adfw.Recipe.model_fields)


def test_shipped_recipes_begin_with_a_schema_line_and_say_what_to_run() -> None:
    for path in sorted((ROOT / "recipes").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema="), path.name
        assert f"adfw run recipes/{path.name}" in text, path.name
        assert adfw.load_recipe(path).name == path.stem
