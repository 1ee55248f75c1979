"""Strangers' distributions, really installed: the good ones work in every verb, the broken ones are told from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adfw.cli import VERBS
from adfw.discovery import HOOKS

if TYPE_CHECKING:
    from conftest import Environment

pytestmark = pytest.mark.install
DISTRIBUTIONS = sorted(path.parent.name for path in Path(__file__).parents[1].glob("third_party/*/pyproject.toml"))

RECIPE = """\
dataset: {name: stranger_stripes}
preprocessing: {size: 16, color: grey}
model: {name: stranger_mean}
scorers:
  - {name: stranger_largest}
  - {name: mse, pooling: max}
thresholds:
  - {name: stranger_above, factor: 1.01}
  - {name: percentile, q: 0.9}
compute: {device: cpu, precision: fp32}
"""

CLASH = (
    "two scorers are called 'mae': adfw_plugins.scorers.MaeConfig of adfw {version} and clash_built_in.MaeConfig of "
    "clash-built-in 1.0; uninstall one of them"
)
TWINS = (
    "two scorers are called 'twin': twin_one.TwinConfig of twin-one 1.0 and twin_two.TwinConfig of twin-two 1.0; "
    "uninstall one of them"
)
REASONS = {
    "broken-api": "it needs the plugin interface >=2,<3, and adfw {version} has 1.0; install another version of the "
    "plugin, or of adfw",
    "broken-exit": "SystemExit: no licence found",
    "broken-hook": "RuntimeError: the camera is not connected",
    "broken-import": "ImportError: libvision.so.3: cannot open shared object file",
    "broken-instance": "adfw_scorers returned InstanceConfig(name='instance'); return the class, not an instance",
    "broken-kind": "KindConfig is no Component[Scorer], so adfw_scorers cannot return it",
    "broken-mark": "its function 'adfw_scorers' is not marked; write @hookimpl above it",
    "broken-missing": "ModuleNotFoundError: No module named 'broken_missing_module'",
    "broken-name": 'NamelessConfig needs exactly one name: write name: Literal["..."] = "..."',
    "broken-none": "adfw_scorers returned None; return a list of configuration classes",
    "broken-spelling": "it implements an unknown hook 'adfw_scorer'; allowed: {hooks}; did you mean 'adfw_scorers'?",
    "broken-types": "TypesConfig has fields of an unknown type 'Path'; import it outside `if TYPE_CHECKING:`",
    "clash-built-in": CLASH,
    "twin-one": TWINS,
    "twin-two": TWINS,
}


@pytest.fixture(scope="module")
def listed(strangers: Environment) -> dict[str, Any]:
    done = strangers.adfw("plugins", "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_each_distribution_is_listed_with_what_it_offers_or_what_is_wrong(listed: dict[str, Any]) -> None:
    components = {(entry["distribution"], entry["kind"], entry["name"]) for entry in listed["components"]}
    assert {entry for entry in components if entry[0] != "adfw"} == {
        ("stranger-dataset", "dataset", "stranger_stripes"),
        ("stranger-model", "model", "stranger_mean"),
        ("stranger-scorer", "scorer", "stranger_largest"),
        ("stranger-threshold", "threshold", "stranger_above"),
        ("twin-one", "scorer", "only_one"),
        ("twin-two", "scorer", "only_two"),
    }
    assert {entry[0] for entry in components} | set(REASONS) >= set(DISTRIBUTIONS)


@pytest.mark.parametrize("distribution", REASONS)
def test_a_broken_distribution_is_listed_with_its_reason(distribution: str, listed: dict[str, Any]) -> None:
    (version,) = {entry["version"] for entry in listed["components"] if entry["distribution"] == "adfw"}
    (reason,) = {fault["reason"] for fault in listed["broken"] if fault["distribution"] == distribution}
    assert reason == REASONS[distribution].format(version=version, hooks=", ".join(HOOKS))


def test_the_list_for_people_names_the_broken_ones_too(strangers: Environment) -> None:
    done = strangers.adfw("plugins")
    assert done.returncode == 0
    assert "broken: broken_import of broken-import 1.0: ImportError: libvision.so.3" in done.stdout


def test_show_works_for_strangers_and_says_what_is_wrong_with_broken_ones(strangers: Environment) -> None:
    page = strangers.adfw("plugins", "show", "stranger_above")
    assert "stranger_above: a threshold of stranger-threshold 1.0" in page.stdout
    assert "factor: number = 1.0" in page.stdout
    broken = strangers.adfw("plugins", "show", "mae")
    assert broken.returncode == 2
    assert "uninstall one of them" in broken.stderr


# one process for all verbs, since torch is imported but once
EVERY_VERB = """
import json, sys
from adfw.cli import main
print(json.dumps([main(command) for command in json.loads(sys.argv[1])]), file=open("codes.json", "w"))
"""
COMMANDS = [
    ["check", "strange.yaml"],
    ["run", "strange.yaml", "--out", "run-1"],
    ["run", "strange.yaml", "--out", "run-2", "--set", "seed=1"],
    ["report", "run-1"],
    ["compare", "run-1", "run-2"],
    ["rethreshold", "run-1", "--strategy", "stranger_above"],
    ["export", "run-1", "--to", "onnx", "--out", "export"],
]


@pytest.fixture(scope="module")
def finished(strangers: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every verb was called on a recipe of strangers' components, among all the broken plugins."""
    folder = tmp_path_factory.mktemp("strangers run")
    (folder / "strange.yaml").write_text(RECIPE, encoding="utf-8")
    commands = [command for command in COMMANDS if command[0] in VERBS]
    done = strangers.run("-c", EVERY_VERB, json.dumps(commands), cwd=folder)
    codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
    assert dict.fromkeys(map(" ".join, commands), 0) == dict(zip(map(" ".join, commands), codes, strict=True)), done
    return folder


def test_a_run_of_strangers_components_tells_a_square_from_stripes(finished: Path) -> None:
    document = json.loads((finished / "run-1" / "report.json").read_text(encoding="utf-8"))
    assert [scorer["label"] for scorer in document["scorers"]] == ["stranger_largest", "mse(pooling=max)"]
    assert "stranger_above(factor=1.01)" in json.dumps(document)
    assert any("stranger-model" in version for version in json.dumps(document["versions"]).split('"'))
    assert (finished / "run-1" / "report.html").is_file()


def test_editors_learn_strangers_components(strangers: Environment) -> None:
    schema = json.loads(strangers.adfw("schema").stdout)
    assert "LargestConfig" in schema["$defs"]


def test_a_recipe_that_needs_a_broken_plugin_says_why(strangers: Environment, finished: Path) -> None:
    done = strangers.adfw("check", "strange.yaml", "--no-data", "--set", "scorers.1={name: mae}", cwd=finished)
    assert done.returncode == 2
    assert "--set scorers.1.name: there is no usable scorer 'mae'; two scorers are called 'mae': " in done.stderr
    assert "Traceback" not in done.stderr
    lost = strangers.adfw("check", "strange.yaml", "--no-data", "--set", "scorers.1={name: spelt}", cwd=finished)
    assert "broken plugins that might provide it: " in lost.stderr
    assert "'broken_spelling' of broken-spelling 1.0" in lost.stderr


def test_every_hook_call_can_be_traced(strangers: Environment) -> None:
    done = strangers.adfw("--trace-plugins", "plugins")
    assert "stranger-model 1.0: stranger_model: adfw_models() -> [MeanImageConfig]" in done.stderr


# What pluggy alone does with the same distributions; each is why `adfw` loads plugins one by one.
PLUGGY = """
import json, pluggy, sys
from adfw import hooks

def load(*names):
    manager = pluggy.PluginManager("adfw")
    manager.add_hookspecs(hooks)
    for name in names:
        manager.load_setuptools_entrypoints("adfw", name=name)
    return manager

def returned(*names):
    return [config.__name__ for configs in load(*names).hook.adfw_scorers() for config in configs]

def outcome(expression):
    try:
        return str(eval(expression))
    except BaseException as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps([outcome(expression) for expression in sys.argv[1:]]))
"""
ALONE = {
    "it skips the second of two entry points with one name": ("returned('twins')", "['TwinConfig', 'OnlyOneConfig']"),
    "it stops at the first plugin that does not import": (
        "returned('broken_import', 'stranger_scorer')",
        "ImportError: ",
    ),
    "it leaves the process with a plugin": ("returned('broken_exit', 'stranger_scorer')", "SystemExit: no licence"),
    "it says nothing of a misspelt hook": ("returned('broken_spelling')", "[]"),
    "unless it is asked": ("load('broken_spelling').check_pending()", "PluginValidationError: "),
    "it says nothing of an unmarked hook": ("returned('broken_mark')", "[]"),
    "even if it is asked": ("load('broken_mark').check_pending()", "None"),
    "it drops None": ("returned('broken_none')", "[]"),
    "it takes a component of any kind": ("returned('broken_kind')", "['KindConfig']"),
    "the last plugin comes first": ("returned('stranger_scorer', 'clash_built_in')", "['MaeConfig', 'LargestConfig']"),
}


@pytest.fixture(scope="module")
def outcomes(strangers: Environment) -> dict[str, str]:
    done = strangers.run("-c", PLUGGY, *(expression for expression, _ in ALONE.values()))
    return dict(zip(ALONE, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("trap", ALONE)
def test_what_pluggy_alone_would_do(trap: str, outcomes: dict[str, str]) -> None:
    assert outcomes[trap].startswith(ALONE[trap][1])
