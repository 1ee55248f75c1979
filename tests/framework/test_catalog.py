from __future__ import annotations

import sys
from importlib.metadata import entry_points
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pluggy
import pytest

from adfw import Catalog, Component, PluginError, Scorer, Threshold, hookimpl
from adfw.catalog import KINDS, Fault, Source
from adfw.discovery import TRACE

if TYPE_CHECKING:
    from collections import OrderedDict  # a type that is not there when pydantic looks for it


class OneConfig(Component[Scorer]):
    """The first."""

    name: Literal["one"] = "one"

    def build(self):
        return None


class TwoConfig(Component[Scorer]):
    """The second."""

    name: Literal["two"] = "two"

    def build(self):
        return None


class OtherOneConfig(Component[Scorer]):
    """Another first."""

    name: Literal["one"] = "one"

    def build(self):
        return None


class OneThresholdConfig(Component[Threshold]):
    """A threshold of the same name as a scorer."""

    name: Literal["one"] = "one"

    def build(self):
        return None


class NamelessConfig(Component[Scorer]):
    """Has no name."""

    def build(self):
        return None


class AbstractConfig(Component[Scorer]):
    """Cannot be built."""

    name: Literal["abstract"] = "abstract"


class IncompleteConfig(Component[Scorer]):
    """Has a field of a type that only type checkers see."""

    name: Literal["incomplete"] = "incomplete"
    order: OrderedDict[str, int]

    def build(self):
        return None


def scorers(*returned: Any) -> object:
    def adfw_scorers() -> Any:
        return list(returned)

    return SimpleNamespace(adfw_scorers=hookimpl(adfw_scorers))


def source(name: str = "plugin", distribution: str = "dist") -> Source:
    return Source(name, distribution, "1.2")


def the_fault(plugin: object) -> Fault:
    catalog = Catalog.of((source(), plugin))
    assert catalog.entries == ()
    (fault,) = catalog.faults
    assert fault.source == source()
    return fault


def test_components_are_listed_by_kind_and_name_whatever_the_order() -> None:
    plugins = [(source("a"), scorers(TwoConfig, OneConfig)), (source("b"), thresholds(OneThresholdConfig))]
    listed = [(entry.kind, entry.name, entry.source.plugin) for entry in Catalog.of(*plugins).entries]
    assert listed == [("scorer", "one", "a"), ("scorer", "two", "a"), ("threshold", "one", "b")]
    assert Catalog.of(*reversed(plugins)).entries == Catalog.of(*plugins).entries
    assert list(Catalog.of(*plugins).of_kind("scorer")) == ["one", "two"]


def thresholds(*returned: Any) -> object:
    def adfw_thresholds() -> Any:
        return returned

    return SimpleNamespace(adfw_thresholds=hookimpl(adfw_thresholds))


def test_the_built_in_components_are_found_like_anyones() -> None:
    catalog = Catalog.discover()
    built_in = [entry for entry in catalog.entries if entry.source.distribution == "adfw"]
    assert {entry.kind for entry in built_in} == set(KINDS)
    assert not [fault for fault in catalog.faults if fault.source.distribution == "adfw"]
    assert all(entry.config.summary().endswith(".") for entry in built_in)


def test_discovery_imports_no_torch() -> None:
    import subprocess

    check = "import sys, adfw; adfw.Catalog.discover(); print(*{'torch', 'numpy', 'scipy', 'PIL'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", check], text=True).strip() == ""


def misspelt() -> object:
    def adfw_scorer() -> Any:
        return [OneConfig]

    return SimpleNamespace(adfw_scorer=hookimpl(adfw_scorer))


def unmarked() -> object:
    def adfw_scorers() -> Any:
        return [OneConfig]

    return SimpleNamespace(adfw_scorers=adfw_scorers)


def marked_for_another() -> object:
    def adfw_scorers() -> Any:
        return [OneConfig]

    return SimpleNamespace(adfw_scorers=pluggy.HookimplMarker("pytest")(adfw_scorers))


def returns(value: object) -> object:
    def adfw_scorers() -> Any:
        return value

    return SimpleNamespace(adfw_scorers=hookimpl(adfw_scorers))


def raises(error: BaseException) -> object:
    def adfw_scorers() -> Any:
        raise error

    return SimpleNamespace(adfw_scorers=hookimpl(adfw_scorers))


def with_arguments() -> object:
    def adfw_scorers(config: object) -> Any:
        return [OneConfig]

    return SimpleNamespace(adfw_scorers=hookimpl(adfw_scorers))


HOOKS = ", ".join(f"adfw_{kind}s" for kind in KINDS)
LIST = "return a list of configuration classes"
BROKEN = {
    "a misspelt hook": (
        misspelt(),
        f"it implements an unknown hook 'adfw_scorer'; allowed: {HOOKS}; did you mean 'adfw_scorers'?",
    ),
    "an unmarked hook": (unmarked(), "its function 'adfw_scorers' is not marked; write @hookimpl above it"),
    "a hook of another project": (
        marked_for_another(),
        "its function 'adfw_scorers' is not marked; write @hookimpl above it",
    ),
    "an empty module": (
        ModuleType("empty"),
        "it registers no component; mark its hooks with @hookimpl and return configuration classes",
    ),
    "an empty list": (
        scorers(),
        "it registers no component; mark its hooks with @hookimpl and return configuration classes",
    ),
    "None": (returns(None), f"adfw_scorers returned None; {LIST}"),
    "a class and no list": (returns(OneConfig), f"adfw_scorers returned {OneConfig!r}; {LIST}"),
    "a word": (returns("one"), f"adfw_scorers returned 'one'; {LIST}"),
    "an instance": (
        scorers(OneConfig()),
        "adfw_scorers returned OneConfig(name='one'); return the class, not an instance",
    ),
    "a class of another kind": (
        scorers(OneThresholdConfig),
        "OneThresholdConfig is no Component[Scorer], so adfw_scorers cannot return it",
    ),
    "the scorer itself": (scorers(Scorer), "Scorer is no Component[Scorer], so adfw_scorers cannot return it"),
    "no name": (scorers(NamelessConfig), 'NamelessConfig needs exactly one name: write name: Literal["..."] = "..."'),
    "nothing to build": (scorers(AbstractConfig), "AbstractConfig is abstract; give it build"),
    "a type only type checkers see": (
        scorers(IncompleteConfig),
        "IncompleteConfig has fields of an unknown type 'OrderedDict'; import it outside `if TYPE_CHECKING:`",
    ),
    "a hook that raises": (raises(ZeroDivisionError("by\nzero")), "ZeroDivisionError: by zero"),
    "a hook that leaves": (raises(SystemExit()), "SystemExit: no message"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_a_fault_with_its_reason(kind: str) -> None:
    plugin, reason = BROKEN[kind]
    assert the_fault(plugin).reason == reason


def test_a_hook_takes_no_arguments() -> None:
    assert "Argument(s) {'config'} are declared in the hookimpl" in the_fault(with_arguments()).reason


def test_the_user_may_interrupt_a_plugin() -> None:
    with pytest.raises(KeyboardInterrupt):
        Catalog.of((source(), raises(KeyboardInterrupt())))


def test_a_hook_may_be_a_generator_or_go_by_another_name() -> None:
    @hookimpl(specname="adfw_scorers")
    def mine():
        yield OneConfig

    assert list(Catalog.of((source(), SimpleNamespace(mine=mine))).of_kind("scorer")) == ["one"]


def test_a_broken_plugin_stops_nobody_else() -> None:
    catalog = Catalog.of((source("a"), raises(RuntimeError())), (source("b"), scorers(OneConfig, NamelessConfig)))
    assert list(catalog.of_kind("scorer")) == ["one"]
    assert [fault.source.plugin for fault in catalog.faults] == ["a", "b"]


def test_two_components_of_one_name_are_both_refused_and_both_named() -> None:
    catalog = Catalog.of(
        (source("a", "mine"), scorers(OneConfig, TwoConfig)), (source("b", "yours"), scorers(OtherOneConfig))
    )
    assert list(catalog.of_kind("scorer")) == ["two"]
    here = __name__
    reason = (
        f"two scorers are called 'one': {here}.OneConfig of mine 1.2 and {here}.OtherOneConfig of yours 1.2; "
        f"uninstall one of them"
    )
    assert [(fault.source.distribution, fault.reason) for fault in catalog.faults] == [
        ("mine", reason),
        ("yours", reason),
    ]
    with pytest.raises(PluginError, match="there is no usable scorer 'one'; two scorers are called 'one'"):
        catalog.find("scorer", "one")


def test_two_components_of_one_name_in_one_distribution_are_to_be_renamed() -> None:
    catalog = Catalog.of((source(), scorers(OneConfig, OtherOneConfig)))
    assert catalog.faults[0].reason.endswith("; rename one of them")


def test_one_name_may_stand_for_two_kinds() -> None:
    catalog = Catalog.of((source("a"), scorers(OneConfig)), (source("b"), thresholds(OneThresholdConfig)))
    assert catalog.faults == ()
    assert catalog.look_up("scorer:one").config is OneConfig
    with pytest.raises(PluginError, match="'one' is several things; write scorer:one or threshold:one"):
        catalog.look_up("one")


def test_find_says_what_is_installed_and_what_was_meant() -> None:
    catalog = Catalog.of((source(), scorers(OneConfig, TwoConfig)))
    assert catalog.find("scorer", "two").config is TwoConfig
    with pytest.raises(PluginError) as caught:
        catalog.find("scorer", "twoo")
    assert str(caught.value) == "there is no usable scorer 'twoo'; allowed: one, two; did you mean 'two'?"
    with pytest.raises(PluginError) as caught:
        catalog.find("model", "two")
    assert str(caught.value) == "there is no usable model 'two'; allowed: none is installed; 'two' is a scorer"


def test_find_gives_the_reason_of_a_component_that_is_broken() -> None:
    catalog = Catalog.of((source(), scorers(AbstractConfig)))
    with pytest.raises(PluginError, match="there is no usable scorer 'abstract'; AbstractConfig is abstract"):
        catalog.find("scorer", "abstract")


def test_find_names_broken_plugins_that_might_provide_it() -> None:
    catalog = Catalog.of((source("a"), scorers(OneConfig)), (source("b", "yours"), raises(ImportError("no cv2"))))
    with pytest.raises(
        PluginError, match=r"broken plugins that might provide it: 'b' of yours 1\.2 \(see `adfw plugins`\)"
    ):
        catalog.find("scorer", "three")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("twoo", "there is no component 'twoo'; `adfw plugins` lists those that are installed; did you mean 'two'?"),
        ("scorers:two", "there is no component 'scorers:two'; `adfw plugins` lists those that are installed; did you "
         "mean 'two'?"),
        ("scorer:twoo", "there is no usable scorer 'twoo'; allowed: one, two; did you mean 'two'?; broken plugins that "
         "might provide it: 'lost' of yours 1.2 (see `adfw plugins`)"),
        ("lost", "yours 1.2: ImportError: no cv2"),
    ],
)  # fmt: skip
def test_look_up_says_why_there_is_no_such_component(name: str, reason: str) -> None:
    catalog = Catalog.of(
        (source(), scorers(OneConfig, TwoConfig)), (source("lost", "yours"), raises(ImportError("no cv2")))
    )
    with pytest.raises(PluginError) as caught:
        catalog.look_up(name)
    assert str(caught.value) == reason


def test_every_call_of_a_hook_can_be_traced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Catalog.of((source(), scorers(OneConfig)))
    assert capsys.readouterr().err == ""
    monkeypatch.setenv(TRACE, "1")
    Catalog.of((source(), scorers(OneConfig, TwoConfig)))
    assert capsys.readouterr().err == "dist 1.2: plugin: adfw_scorers() -> [OneConfig, TwoConfig]\n"


def test_entry_points_of_another_class_are_loaded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that has imported importlib_metadata, as MLflow does, entry points are of its class."""

    class Foreign(NamedTuple):
        name: str
        value: str
        group: str
        dist: object

    real = entry_points(group="adfw")
    foreign = [Foreign(point.name, point.value, point.group, point.dist) for point in real]
    monkeypatch.setattr("adfw.catalog.entry_points", lambda group: foreign)
    catalog = Catalog.discover()
    assert catalog.faults == ()
    assert "ssim" in catalog.of_kind("scorer")
