"""The kit itself: which checks run, what a report says, expected failures, pytest parameters."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import strategies as st

import adfw.testing
from adfw import Scorer, ScorerTraits, resize_maps
from adfw.testing import KIT_VERSION, Failure, check_plugin, parametrize_with_checks
from adfw.testing.check import Check, Subject, require

MODULES = [
    "component_contract",
    "scorer_contract",
    "scorer_maps",
    "scorer_pooling",
    "threshold_contract",
    "threshold_traits",
    "dataset_contract",
    "model_contract",
    "executor_contract",
]


class Right(Scorer):
    traits = ScorerTraits(symmetric=True, translation="no", homogeneous_degree="no")

    def maps(self, evidence, size):
        return resize_maps((evidence[0].observed - evidence[0].expected).abs().mean(1), size)

    def score(self, maps):
        return maps.mean((1, 2))


class Asymmetric(Right):
    def maps(self, evidence, size):
        observed = evidence[0].observed
        return super().maps(evidence, size) * resize_maps(observed.abs().mean(1), size)


class Announced(Asymmetric):
    expected_failures = {"symmetric": "observed weighs more"}  # noqa: RUF012


def names(component):
    return {result.check for result in check_plugin(component, profile="quick").results}


def small(subject, case):
    """Numbers are small."""
    require(case < 37, f"{case} is not small")


# ---- one check


def test_a_failure_carries_the_smallest_example():
    with pytest.raises(Failure) as caught:
        Check(small, st.integers()).run(Subject(None))
    assert (caught.value.sentence, caught.value.example) == ("37 is not small", "37")
    assert str(caught.value) == "37 is not small; smallest example: 37"


@pytest.mark.parametrize("error", [ValueError("odd\nshape"), SystemExit(3)])
def test_whatever_is_raised_is_a_failure(error):
    def raises(subject, case):
        raise error

    with pytest.raises(Failure, match=f"it raises {type(error).__name__}: (odd shape|3)"):
        Check(raises, st.booleans()).run(Subject(None))


def test_what_fails_once_only_is_not_deterministic():
    source = random.SystemRandom()

    def flaky(subject, case):
        require(source.random() < 0.7, "unlucky")

    with pytest.raises(Failure, match=r"unlucky|not deterministic"):
        Check(flaky, st.integers()).run(Subject(None))


def test_a_check_without_a_single_example_is_no_pass():
    from hypothesis import assume

    def never(subject, case):
        assume(False)

    with pytest.raises(Failure, match="nothing was tried"):
        Check(never, st.integers()).run(Subject(None), "quick")


def test_ctrl_c_ends_the_kit():
    def interrupted(subject, case):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Check(interrupted, None).run(Subject(None))


# ---- traits and reports


def test_only_declared_traits_are_required():
    found = names(Right())
    assert "symmetric" in found
    assert not found & {"translation_exact", "translation_interior", "homogeneous_degree", "flip_equivariant"}


def test_a_false_declaration_fails_in_words():
    (failed,) = check_plugin(Asymmetric(), profile="quick").failed
    assert failed.check == "symmetric"
    assert failed.sentence.startswith("exchanging observed and expected changes the map")
    assert "1 x 1 x 1 x 1 of texture" in failed.example


def test_expected_failures_are_told_apart():
    given = check_plugin(Asymmetric(), profile="quick", expected_failures={"symmetric": "observed weighs more"})
    carried = check_plugin(Announced(), profile="quick")
    for report in (given, carried):
        (expected,) = [result for result in report.results if result.outcome == "expected"]
        assert expected.sentence.startswith("observed weighs more (exchanging")
        assert not report.failed


def test_an_expected_failure_that_does_not_come_fails():
    (failed,) = check_plugin(Right(), profile="quick", expected_failures={"symmetric": "by habit"}).failed
    assert failed.sentence == "it holds, though a failure was expected: by habit; take that out"


def test_an_expected_failure_of_no_check_is_refused():
    with pytest.raises(ValueError, match="no check is called symetric; allowed: "):
        check_plugin(Right(), expected_failures={"symetric": "spelling"})


@pytest.mark.parametrize(("thing", "words"), [(3, "a int"), (Right, "the class Right")])
def test_what_is_no_component_is_refused(thing, words):
    with pytest.raises(TypeError, match=f"{words} is no scorer, threshold, dataset, model, executor, sink"):
        check_plugin(thing)


def test_a_report_as_json_and_as_one_line():
    report = check_plugin(Announced(), profile="quick")
    document = json.loads(report.to_json())
    assert (document["kind"], document["kit"], document["failed"]) == ("scorer", KIT_VERSION, 0)
    assert len(document["results"]) == len(report.results)
    assert report.summary() == f"scorer Announced: {len(report.results) - 1} pass, 1 expected"
    assert report.table(only=("expected",)).row_count == 1 + len(report.hints)


# ---- pytest


@parametrize_with_checks([Right(), Announced()], profile="quick")
def test_parameters_run(check):
    check()


def test_parameters_carry_ids_and_strict_expectations():
    mark = parametrize_with_checks([Asymmetric()], expected_failures=lambda component: {"symmetric": "as it is"})
    (one,) = [parameter for parameter in mark.args[1] if parameter.id == "Asymmetric-symmetric"]
    assert one.marks[0].kwargs == {"reason": "as it is", "strict": True}


# ---- the namespace


def test_public_names_are_listed_in_order():
    assert all(hasattr(adfw.testing, name) for name in adfw.testing.__all__)
    assert adfw.testing.__all__ == sorted(adfw.testing.__all__, key=lambda name: (not name.isupper(), name))


def test_adfw_itself_imports_neither_the_kit_nor_hypothesis():
    check = (
        "import sys, adfw, adfw.catalog, adfw_plugins.scorers; print({'adfw.testing', 'hypothesis'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "set()\n"


def test_the_docs_list_every_check_as_it_is():
    page = (Path(__file__).parents[3] / "docs" / "conformance.md").read_text(encoding="utf-8")
    for module in MODULES:
        for check in import_module(f"adfw.testing.{module}").CHECKS:
            asked = f"trait `{check.trait}`" if check.trait else "the contract"
            assert f"| `{check.name}` | {asked} | {check.says} |" in page
