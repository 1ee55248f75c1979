from __future__ import annotations

import sys
from importlib.metadata import Distribution, entry_points
from pathlib import Path

import pytest

import adfw
from adfw import Catalog, PluginError
from adfw.allow_list import AllowList
from adfw.cli import main
from adfw.installed_files import installed_digest, is_editable

Capture = pytest.CaptureFixture[str]
MODULE = """\
from typing import Literal
from adfw import Component, Scorer, hookimpl

class SpotsConfig(Component[Scorer]):
    "Spots."
    name: Literal["frozen_spots"] = "frozen_spots"

    def build(self):
        return None

@hookimpl
def adfw_scorers():
    return [SpotsConfig]
"""


class Site:
    """A folder on Python's path with one distribution, laid out as an installer does."""

    def __init__(self, root: Path) -> None:
        self.root, self.module = root, root / "frozen_spots" / "__init__.py"
        self.information = root / "frozen_spots-1.2.dist-info"
        self.write("frozen_spots/__init__.py", MODULE)
        self.write("frozen_spots-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: Frozen.Spots\nVersion: 1.2\n")
        self.write("frozen_spots-1.2.dist-info/entry_points.txt", "[adfw]\nfrozen = frozen_spots\n")
        self.write("frozen_spots-1.2.dist-info/INSTALLER", "pip\n")
        names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        self.write("frozen_spots-1.2.dist-info/RECORD", "".join(f"{name},,\n" for name in [*names, "../bin/x"]))

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def digest(self) -> str:
        return installed_digest(Distribution.at(self.information))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The only distribution there is, in an empty current directory; its module is not imported yet."""
    site = Site(tmp_path / "site")
    points = [point for point in Distribution.at(site.information).entry_points if point.group == "adfw"]
    monkeypatch.setattr("adfw.catalog.entry_points", lambda group: points)
    monkeypatch.syspath_prepend(site.root)
    monkeypatch.delitem(sys.modules, "frozen_spots", raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return site


def allow(text: str) -> None:
    Path("adfw.toml").write_text(f"[plugins.allow]\n{text}\n", encoding="utf-8")


def refusal() -> str:
    """Return why the plugin is not allowed; it must not have been imported."""
    catalog = Catalog.discover()
    (fault,) = catalog.faults
    assert not fault.allowed
    assert not catalog.entries
    assert "frozen_spots" not in sys.modules
    assert str(fault).startswith("not allowed: frozen of Frozen.Spots 1.2: ")
    return fault.reason


def test_without_a_list_everything_is_loaded(site: Site) -> None:
    assert Catalog.discover().find("scorer", "frozen_spots")


@pytest.mark.parametrize("name", ["frozen-spots", "Frozen_Spots"])
def test_what_is_listed_is_loaded(name: str, site: Site) -> None:
    allow(f'{name} = {{version = "1.2", digest = "{site.digest()}"}}')
    catalog = Catalog.discover()
    assert catalog.find("scorer", "frozen_spots")
    assert not catalog.faults


def test_what_is_not_listed_is_not_imported(site: Site) -> None:
    allow("")
    assert refusal() == "adfw.toml does not list frozen-spots"


def test_another_version_is_not(site: Site) -> None:
    allow(f'frozen-spots = {{version = "1.1", digest = "{site.digest()}"}}')
    assert refusal().startswith("adfw.toml lists version 1.1; find out why")


@pytest.mark.parametrize("name", ["frozen_spots/__init__.py", "frozen_spots/added.py", "frozen_spots/data/x.bin"])
def test_a_file_that_was_changed_or_added_is_seen(name: str, site: Site) -> None:
    allow(f'frozen-spots = {{version = "1.2", digest = "{site.digest()}"}}')
    site.write(name, MODULE + "\n")
    assert refusal().startswith(f"its files are not those that adfw.toml lists ({site.digest()})")


@pytest.mark.parametrize("name", ["INSTALLER", "REQUESTED", "direct_url.json"])
def test_how_it_was_installed_changes_nothing(name: str, site: Site) -> None:
    before = site.digest()
    site.write(f"frozen_spots-1.2.dist-info/{name}", "{}")
    site.write("frozen_spots/__pycache__/__init__.cpython-311.pyc", "bytecode")
    assert site.digest() == before


def test_a_missing_file_and_a_missing_record_are_told(site: Site) -> None:
    allow(f'frozen-spots = {{version = "1.2", digest = "{site.digest()}"}}')
    site.module.unlink()
    assert refusal() == "its file frozen_spots/__init__.py is missing; install it again"
    (site.information / "RECORD").unlink()
    assert refusal() == "no record of its files is installed; install it again with pip"


def test_a_module_that_shadows_the_checked_one_is_not_imported(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(f'frozen-spots = {{version = "1.2", digest = "{site.digest()}"}}')
    shadow = tmp_path / "ahead" / "frozen_spots.py"
    shadow.parent.mkdir()
    shadow.write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(shadow.parent)
    assert refusal() == f"it would be imported from {shadow}, which is no file of frozen-spots"


def test_an_editable_install_is_loaded_only_where_the_list_says_so(site: Site) -> None:
    site.write("frozen_spots-1.2.dist-info/direct_url.json", '{"url": "file:///x", "dir_info": {"editable": true}}')
    assert is_editable(Distribution.at(site.information))
    allow(f'frozen-spots = {{version = "1.2", digest = "{site.digest()}"}}')
    assert refusal().startswith("it is installed editable, adfw.toml lists the digest of files")
    allow('frozen-spots = {version = "1.2", editable = true}')
    assert Catalog.discover().find("scorer", "frozen_spots")


def test_files_where_an_editable_install_is_listed(site: Site) -> None:
    allow('frozen-spots = {version = "1.2", editable = true}')
    assert refusal().startswith("it is installed as files, adfw.toml lists an editable install")


def test_the_variable_names_another_list(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(f'frozen-spots = {{version = "1.2", digest = "{site.digest()}"}}')
    Path("none.toml").write_text("[plugins.allow]\n", encoding="utf-8")
    monkeypatch.setenv("ADFW_PLUGINS_ALLOW", "none.toml")
    assert refusal() == "none.toml does not list frozen-spots"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "plugins: Field required"),
        ("[plugin.allow]", "plugin: Extra inputs are not permitted"),
        ("[plugins]\nalow = {}", "plugins.alow: Extra inputs are not permitted"),
        ("[plugins.allow]\nx = '1.2'", "plugins.allow.x: Input should be"),
        ("[plugins.allow]\nx = {version = '1.2'}", "write either digest or editable = true"),
        (f"[plugins.allow]\nx = {{version = '1', editable = true, digest = 'sha256:{'0' * 64}'}}", "write either"),
        ("[plugins.allow]\nx = {version = '1.2', digest = 'md5:0'}", "plugins.allow.x.digest: String should match"),
        ("[plugins.allow]\nx = {version = '1', editable = true}\nX = {version = '1', editable = true}", "lists a dist"),
        ("[plugins", "is not TOML"),
        ("\x00", "is not TOML"),
    ],
)
def test_a_list_that_cannot_be_understood_lets_nothing_in(text: str, reason: str, site: Site, capsys: Capture) -> None:
    Path("adfw.toml").write_text(text, encoding="utf-8")
    assert main(["plugins"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("adfw.toml: ")
    assert reason in said
    assert "frozen_spots" not in sys.modules


@pytest.mark.parametrize(("named", "reason"), [("", "is empty"), ("absent.toml", "absent.toml: cannot be read")])
def test_a_list_that_is_not_there_lets_nothing_in(
    named: str, reason: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADFW_PLUGINS_ALLOW", named)
    with pytest.raises(PluginError, match=reason):
        Catalog.discover()


def test_a_dangling_link_is_not_taken_for_no_list(site: Site) -> None:
    Path("adfw.toml").symlink_to("gone.toml")
    with pytest.raises(PluginError, match="cannot be read"):
        Catalog.discover()


def test_recipes_say_that_a_plugin_is_not_allowed(site: Site) -> None:
    allow("")
    with pytest.raises(PluginError, match=r"plugins not allowed here that might provide it: 'frozen' of Frozen.Spots"):
        Catalog.discover().find("scorer", "frozen_spots")


def test_freeze_writes_the_list_that_lets_in_what_is_there(
    site: Site, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = Distribution.at(site.information).entry_points
    monkeypatch.setattr("adfw.cli.plugins_freeze.entry_points", lambda group: points)
    assert main(["plugins", "freeze", "--out", "adfw.toml"]) == 0
    assert capsys.readouterr().out == "adfw.toml: allows Frozen.Spots\n"
    assert "frozen_spots" not in sys.modules
    assert Catalog.discover().find("scorer", "frozen_spots")
    assert main(["plugins", "freeze", "--out", "adfw.toml"]) == 2
    assert "adfw.toml: exists already and is left as it is" in capsys.readouterr().err


def test_freeze_does_not_vouch_for_editable_installs(site: Site, capsys: Capture) -> None:
    if not any(point.dist and is_editable(point.dist) for point in entry_points(group="adfw")):
        pytest.skip("adfw itself is installed as files")
    assert main(["plugins", "freeze"]) == 2
    assert f"adfw {adfw.__version__} is an editable install" in capsys.readouterr().err
    assert main(["plugins", "freeze", "--editable"]) == 0
    Path("list.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert AllowList.read(Path("list.toml")).permits["adfw"].editable
