"""The strategy conforms, decides as PyThresh does, and says so where PyThresh is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from adfw_pythresh import PythreshConfig
from adfw_pythresh.rules import rule_of

from adfw import Cut, ThresholdNotIdentifiable, decide
from adfw.testing import parametrize_with_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

RULES = get_args(PythreshConfig.model_fields["rule"].annotation)
CONFIGS = [PythreshConfig.model_validate({"rule": rule}) for rule in RULES]


@parametrize_with_checks([*CONFIGS, PythreshConfig(rule="fgd", fitted_on="mixed")], profile="quick")
def test_conforms(check: Callable[[], None]) -> None:
    check()


def scores(kind: str) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(3)
    normal = rng.gamma(4.0, 1e-4, 180)
    return np.sort(np.concatenate([normal, rng.normal(3e-3, 2e-4, 20)])) if kind == "mixed" else np.sort(normal)


def fit(rule: str, shown: npt.NDArray[np.float64]) -> Cut:
    return PythreshConfig.model_validate({"rule": rule}).build().fit(shown, np.zeros(len(shown), np.int64))


@pytest.mark.parametrize("kind", ["mixed", "normal"])
@pytest.mark.parametrize("rule", RULES)
def test_the_raw_cut_decides_as_pythresh_does(rule: str, kind: str) -> None:
    shown = scores(kind)
    theirs = rule_of(rule).eval(shown)
    assert (decide(shown, fit(rule, shown)) == "anomalous").tolist() == (theirs == 1).tolist()


@pytest.mark.parametrize("rule", RULES)
def test_constant_scores_are_refused_where_pythresh_calls_them_all_normal(rule: str) -> None:
    with pytest.raises(ThresholdNotIdentifiable, match="scores that differ"):
        fit(rule, np.ones(50))


def test_a_quartile_range_of_zero_is_refused_where_pythresh_flags_everything() -> None:
    with pytest.raises(ThresholdNotIdentifiable, match="flags all 31 scores"):
        fit("iqr", np.r_[np.zeros(30), 1.0])


def test_a_batch_without_a_second_bump_is_refused_where_pythresh_flags_nothing() -> None:
    with pytest.raises(ThresholdNotIdentifiable, match="fgd finds no limit in 200 scores: Computed threshold"):
        fit("fgd", np.random.default_rng(0).normal(5, 1, 200))
