from __future__ import annotations

from importlib.metadata import version

import pytest

from adfw import Catalog
from adfw.catalog import Entry, Fault, Source
from adfw.recipe.requirements import missing_plugins

SPOTS = Source("spots", "adfw-Large_Spots", "0.2.1")
INSTALLED = Catalog((Entry("scorer", "spots", object, SPOTS),))  # type: ignore[arg-type]


def sentences(*wanted: object, catalog: Catalog = INSTALLED) -> list[str]:
    return [fault.sentence for fault in missing_plugins({"requires": list(wanted)}, catalog)]


@pytest.mark.parametrize(
    "wanted",
    ["adfw-large-spots", "Adfw.Large.Spots>=0.2,<0.3", "adfw-large-spots==0.2.1", f"pytest=={version('pytest')}"],
)
def test_what_is_there_is_fine(wanted: str) -> None:
    assert sentences(wanted) == []


def test_what_is_not_there_is_named_with_how_to_get_it() -> None:
    assert sentences("adfw-large-spots", "adfw-small-spots>=1") == [
        "the plugin distribution adfw-small-spots is not installed; get it with: pip install 'adfw-small-spots>=1'"
    ]


def test_another_version_is_told() -> None:
    assert sentences("adfw-large-spots>=0.3") == [
        "needs adfw-large-spots>=0.3, but 0.2.1 is installed; get it with: pip install 'adfw-large-spots>=0.3'"
    ]


def test_a_broken_plugin_is_installed() -> None:
    assert sentences("adfw-large-spots", catalog=Catalog((), (Fault(SPOTS, "no camera"),))) == []


@pytest.mark.parametrize(
    "wanted", ["", "spots 1", "x @ https://example.org/x.whl", "x[y]", "x; python_version < '4'", "-r list.txt", "./x"]
)
def test_anything_but_a_distribution_is_refused(wanted: str) -> None:
    (sentence,) = sentences(wanted)
    assert sentence == f"{wanted!r} is no distribution with its versions; write e.g. adfw-large-spots>=0.2"


def test_what_is_no_list_of_text_is_left_to_the_schema() -> None:
    assert sentences(1, None) == []
    assert not list(missing_plugins({"requires": "x"}, INSTALLED))
    assert not list(missing_plugins({}, INSTALLED))
    assert not list(missing_plugins([], INSTALLED))
