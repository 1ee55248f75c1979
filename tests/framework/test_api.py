from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest

import adfw
import adfw.testing
from adfw import API_VERSION, Catalog, Component, Scorer, hookimpl
from adfw.api import stated_in_source
from adfw.catalog import Source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stability.md"


class OneConfig(Component[Scorer]):
    """The first."""

    name: Literal["one"] = "one"

    def build(self):
        return None


@hookimpl
def adfw_scorers():
    return [OneConfig]


def catalog(**stated: object) -> Catalog:
    plugin = ModuleType("plugin")
    vars(plugin).update(stated, adfw_scorers=adfw_scorers)
    return Catalog.of((Source("plugin", "some-plugin", "1.0"), plugin))


@pytest.mark.parametrize("stated", [">=1,<2", ">=1.0", f"=={API_VERSION}", "~=1.0"])
def test_a_plugin_that_can_live_with_this_interface_is_taken(stated: str) -> None:
    assert not catalog(adfw_api=stated).faults
    assert catalog().find("scorer", "one").config is OneConfig, "and so is one that states nothing"


@pytest.mark.parametrize("stated", [">=2,<3", "<1", ">=1.1"])
def test_one_that_needs_another_is_refused_with_both_versions(stated: str) -> None:
    (fault,) = catalog(adfw_api=stated).faults
    assert fault.reason == (
        f"it needs the plugin interface {stated}, and adfw {adfw.__version__} has {API_VERSION}; "
        "install another version of the plugin, or of adfw"
    )


@pytest.mark.parametrize("stated", ["1", "", "soon", 1, (">=1",)])
def test_what_is_no_range_is_refused(stated: object) -> None:
    (fault,) = catalog(adfw_api=stated).faults
    assert fault.reason == f'its adfw_api is {stated!r}, which is no range; write e.g. adfw_api = ">=1,<2"'


@pytest.mark.parametrize(
    ("source", "stated"),
    [
        ('from nowhere import nothing\nadfw_api = ">=9"', ">=9"),
        ('adfw_api: str = ">=9"', ">=9"),
        ('other = ">=9"', None),
        ("adfw_api = other()", None),
        ("adfw_api = (", None),
    ],
)
def test_it_is_read_without_importing_the_plugin(
    source: str, stated: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_of_another_day.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert stated_in_source("plugin_of_another_day") == stated


def test_there_may_be_no_such_module() -> None:
    assert stated_in_source("no_such_module") is None
    assert stated_in_source("no_such_package.module") is None


def listed(section: str) -> list[str]:
    """Return the names in a section of the page, those with a version since when they are there."""
    rest = PAGE.read_text(encoding="utf-8").split(f"### {section}\n")[1].split("\n#")[0]
    return [word.strip("`,.") for word in rest.split() if word.startswith("`")]


@pytest.mark.parametrize(
    ("section", "module"), [("Names of `adfw`", adfw), ("Names of `adfw.testing`", adfw.testing)], ids=["adfw", "kit"]
)
def test_every_public_name_is_listed_and_none_is_gone(section: str, module: ModuleType) -> None:
    names = listed(section)
    gone = [name for name in names if name not in module.__all__]
    assert not gone, f"plugins may need {gone}: deprecate them first, as docs/stability.md says"
    new = [name for name in module.__all__ if name not in names]
    assert not new, f"add {new} to docs/stability.md"
