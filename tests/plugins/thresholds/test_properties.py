"""Properties that every strategy keeps, on scores with ties, constants and infinities; and mutants that do not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import Cut, Threshold, ThresholdNotIdentifiable, decide
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FixedConfig,
    FprAtMostConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
    PrecisionAtLeastConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
    RejectBandConfig,
    SigmaConfig,
    YoudenConfig,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Draw = tuple[np.ndarray, np.ndarray]
COSTS = {"false_negative": 50.0, "false_positive": 1.0, "prevalence": 0.02}
RANGES = {"false_negative": (5.0, 80.0), "false_positive": 1.0, "prevalence": (0.001, 0.2)}
OBJECTIVE = [
    PrOptimalConfig(),
    PrOptimalConfig(beta=0.5, placement="upper"),
    PrOptimalConfig(prevalence=0.05, ties="lowest"),
    YoudenConfig(placement="lower"),
    YoudenConfig(variant="closest"),
    CostWeightedConfig(**COSTS),
    CostWeightedConfig(**COSTS, true_positive=0.3, true_negative=0.1, ties="plateau_middle"),
    CostWeightedConfig(**RANGES),
    RejectBandConfig(**COSTS, referral=0.2),
]
RATES = [
    RecallAtLeastConfig(rate=0.8),
    FprAtMostConfig(rate=0.2),
    PrecisionAtLeastConfig(rate=0.3, prevalence=0.2),
]
RANKS = [PercentileConfig(q=0.8), PercentileConfig(q=0.8, method="linear"), ConformalConfig(alpha=0.25)]
CERTIFIED = [
    PacConformalConfig(alpha=0.4, confidence=0.8),
    RecallAtLeastConfig(rate=0.5, certified=True, confidence=0.7),
    FprAtMostConfig(rate=0.5, certified=True, confidence=0.7),
    PrecisionAtLeastConfig(rate=0.2, prevalence=0.4, certified=True, confidence=0.5),
]
SHAPED = [SigmaConfig(k=1.5), SigmaConfig(k=2.0, robust=True), PotConfig(q=0.05, p0=0.5)]
EXACT = [*OBJECTIVE, *RATES, *RANKS, *CERTIFIED, FixedConfig(value=0.25)]


def by_label(config):
    return config.label()


@st.composite
def labelled(draw: st.DrawFn, normals: int = 25, anomalies: int = 25) -> Draw:
    """Draw scores on a coarse grid, so that ties within and between the classes are common, in any order."""
    levels = draw(st.sampled_from([1, 3, 12, 1000]))
    count = (draw(st.integers(2, normals)), draw(st.integers(1, anomalies)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores = np.concatenate(
        [rng.integers(0, levels, n) + shift for n, shift in zip(count, (0, levels // 3), strict=True)]
    )
    exact = scores.astype(np.float64) / 8
    if draw(st.booleans()):
        exact[-1] = np.inf  # certainly anomalous
    labels = np.repeat([0, 1], count)
    order = rng.permutation(len(labels))
    return exact[order], labels[order]


def fit(threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> Cut | None:
    try:
        return threshold.fit(scores, labels)
    except ThresholdNotIdentifiable:
        return None


# ---- what the reported objective says about the decisions


def counts(verdicts: np.ndarray, labels: np.ndarray) -> dict[str, Fraction]:
    """Return rates by verdict as exact fractions: those of anomalies in capitals."""
    result = {}
    for name, label in (("N", 0), ("A", 1)):
        total = int((labels == label).sum())
        for verdict in ("normal", "review", "anomalous"):
            hits = int(((verdicts == verdict) & (labels == label)).sum())
            result[f"{name}_{verdict}"] = Fraction(hits, total) if total else Fraction(0)
            result[f"{name}#{verdict}"] = Fraction(hits)
    return result


def cost_of(config, c: dict[str, Fraction], miss: float, alarm: float, prevalence: float) -> Fraction:
    f = lambda number: Fraction(str(number))  # noqa: E731
    hit, right, referral = (f(getattr(config, name, 0)) for name in ("true_positive", "true_negative", "referral"))
    bad = f(miss) * c["A_normal"] + referral * c["A_review"] + hit * c["A_anomalous"]
    good = f(alarm) * c["N_anomalous"] + referral * c["N_review"] + right * c["N_normal"]
    return f(prevalence) * bad + (1 - f(prevalence)) * good


def objective(config, verdicts: np.ndarray, labels: np.ndarray) -> Fraction:
    """Compute a strategy's objective from nothing but its decisions."""
    c = counts(verdicts, labels)
    if isinstance(config, PrOptimalConfig):
        beta2 = Fraction(str(config.beta)) ** 2
        kind, share = "#", (Fraction(1), Fraction(1))
        if config.prevalence is not None:
            kind, share = "_", (Fraction(str(config.prevalence)), 1 - Fraction(str(config.prevalence)))
        tp, fn, fp = (
            share[0] * c[f"A{kind}anomalous"],
            share[0] * c[f"A{kind}normal"],
            share[1] * c[f"N{kind}anomalous"],
        )
        return (1 + beta2) * tp / ((1 + beta2) * tp + beta2 * fn + fp) if tp else Fraction(0)
    if isinstance(config, YoudenConfig):
        if config.variant == "closest":
            return c["A_normal"] ** 2 + c["N_anomalous"] ** 2
        return c["A_anomalous"] - c["N_anomalous"]
    return cost_of(config, c, config.false_negative, config.false_positive, config.prevalence)


def check_objective_is_that_of_the_decisions(
    config, threshold: Threshold, scores: np.ndarray, labels: np.ndarray
) -> None:
    cut = threshold.fit(scores, labels)
    assert cut.objective == pytest.approx(float(objective(config, decide(scores, cut), labels)), rel=1e-12)


SINGLE = [config for config in OBJECTIVE if not isinstance(getattr(config, "prevalence", None), tuple)]


@pytest.mark.parametrize("config", SINGLE, ids=by_label)
@given(drawn=labelled())
def test_the_objective_recomputed_from_the_decisions_equals_the_fitted_one(config, drawn):
    check_objective_is_that_of_the_decisions(config, config.build(), *drawn)


# ---- nothing beats the fitted cut


def cuts_to_try(scores: np.ndarray) -> list[float]:
    return sorted({*scores.tolist(), np.inf})


def check_nothing_beats_it(config, threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> None:
    cut = threshold.fit(scores, labels)
    fitted = objective(config, decide(scores, cut), labels)
    sign = 1 if isinstance(config, PrOptimalConfig) or getattr(config, "variant", "") == "difference" else -1
    pairs = [(value, None) for value in cuts_to_try(scores)]
    if isinstance(config, RejectBandConfig):
        pairs = [(b, a) for b in cuts_to_try(scores) for a in cuts_to_try(scores) if a <= b]
    rivals = [sign * objective(config, decide(scores, Cut(b, review_from=a)), labels) for b, a in pairs]
    assert sign * fitted == max(rivals)
    if getattr(config, "ties", "") == "highest" and cut.review_from is None:
        best = [b for (b, a), rival in zip(pairs, rivals, strict=True) if rival == max(rivals) and a is None]
        assert not best or (decide(scores, cut) == decide(scores, Cut(max(best)))).all()


@pytest.mark.parametrize("config", SINGLE, ids=by_label)
@given(drawn=labelled(normals=12, anomalies=12))
def test_no_cut_beats_the_fitted_one(config, drawn):
    check_nothing_beats_it(config, config.build(), *drawn)


@given(drawn=labelled(normals=12, anomalies=12))
def test_over_ranges_no_cut_has_a_smaller_worst_regret(drawn):
    scores, labels = drawn
    config = CostWeightedConfig(**RANGES)
    corners = [(miss, 1.0, pi) for miss in np.linspace(5, 80, 4) for pi in (0.001, 0.01, 0.1, 0.2)]

    def costs(value: float) -> list[float]:
        c = counts(decide(scores, Cut(value)), labels)
        return [float(cost_of(config, c, round(float(miss), 6), alarm, pi)) for miss, alarm, pi in corners]

    table = np.array([costs(value) for value in cuts_to_try(scores)])
    worst = (table - table.min(axis=0)).max(axis=1)
    cut = config.build().fit(scores, labels)
    mine = (np.array(costs(cut.value)) - table.min(axis=0)).max()
    assert mine == pytest.approx(worst.min(), abs=1e-9)
    assert cut.objective == pytest.approx(mine, abs=1e-9)


@given(drawn=labelled())
def test_rates_are_kept_and_no_further_cut_keeps_them(drawn):
    scores, labels = drawn
    tried = [(value, counts(decide(scores, Cut(value)), labels)) for value in cuts_to_try(scores)]

    def decided(config) -> np.ndarray:
        return decide(scores, config.build().fit(scores, labels))

    recall = max(value for value, c in tried if c["A_anomalous"] >= Fraction(4, 5))
    assert (decided(RATES[0]) == decide(scores, Cut(recall))).all()
    alarms = min(value for value, c in tried if c["N_anomalous"] <= Fraction(1, 5))
    assert (decided(RATES[1]) == decide(scores, Cut(alarms))).all()
    precise = [
        value
        for value, c in tried
        if c["A_anomalous"]
        and Fraction(1, 5) * c["A_anomalous"]
        >= Fraction(3, 10) * (Fraction(1, 5) * c["A_anomalous"] + Fraction(4, 5) * c["N_anomalous"])
    ]
    if precise:
        assert (decided(RATES[2]) == decide(scores, Cut(min(precise)))).all()
    else:
        with pytest.raises(ThresholdNotIdentifiable, match="the best has"):
            decided(RATES[2])


# ---- symmetry


def check_order_does_not_matter(config, threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> None:
    turned = np.random.default_rng(len(scores)).permutation(len(scores))
    cut, other = fit(threshold, scores, labels), fit(threshold, scores[turned], labels[turned])
    assert cut == other


@pytest.mark.parametrize("config", [*EXACT, *SHAPED], ids=by_label)
@given(drawn=labelled())
def test_the_order_of_the_scores_does_not_matter(config, drawn):
    check_order_does_not_matter(config, config.build(), *drawn)


def check_affine_maps_move_the_cut_along(config, threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> None:
    cut = fit(threshold, scores, labels)
    for scale, shift in ((2.0, 0.0), (0.125, 100.0), (2.0**-20, -3.0)):  # exact in float64, so that ties stay ties
        moved = fit(threshold, scores * scale + shift, labels)
        assert (cut is None) == (moved is None)
        if cut is not None:
            assert (decide(scores, cut) == decide(scores * scale + shift, moved)).all()
            assert cut.objective == moved.objective


@pytest.mark.parametrize("config", EXACT[:-1], ids=by_label)
@given(drawn=labelled())
def test_a_strictly_increasing_affine_map_moves_the_cut_along(config, drawn):
    check_affine_maps_move_the_cut_along(config, config.build(), *drawn)


@pytest.mark.parametrize("config", SHAPED, ids=by_label)
@given(seed=st.integers(0, 2**32))
def test_strategies_that_fit_a_shape_move_along_up_to_rounding(config, seed):
    scores = np.random.default_rng(seed).gamma(2.0, size=200)
    labels = np.zeros(200, dtype=np.int64)
    cut = config.build().fit(scores, labels)
    for scale, shift in ((1e-6, 0.0), (1000.0, 0.0), (3.0, 10.0)):
        moved = config.build().fit(scores * scale + shift, labels)
        assert moved.value == pytest.approx(cut.value * scale + shift, rel=1e-6)


# ---- monotony


def check_dearer_misses_never_raise_the_cut(
    make: Callable[[dict], Threshold], scores: np.ndarray, labels: np.ndarray
) -> None:
    for key, steps in (("false_negative", (1, 3, 10, 100, 5000)), ("prevalence", (0.001, 0.01, 0.1, 0.5, 0.9))):
        cuts = [make(COSTS | {key: step}).fit(scores, labels).value for step in steps]
        assert cuts == sorted(cuts, reverse=True)
    cuts = [make(COSTS | {"false_positive": step}).fit(scores, labels).value for step in (0.1, 1, 7, 900)]
    assert cuts == sorted(cuts)


@given(drawn=labelled())
def test_dearer_misses_never_raise_the_cut(drawn):
    check_dearer_misses_never_raise_the_cut(lambda costs: CostWeightedConfig(**costs).build(), *drawn)


@given(drawn=labelled())
def test_stricter_rates_never_lower_the_cut(drawn):
    for config, field in ((PercentileConfig, "q"), (RecallAtLeastConfig, "rate")):
        cuts = [config(**{field: level}).build().fit(*drawn).value for level in (0.5, 0.8, 0.9, 0.99)]
        assert cuts == sorted(cuts, reverse=config is RecallAtLeastConfig)
    for config in (ConformalConfig, FprAtMostConfig):
        field = "alpha" if config is ConformalConfig else "rate"
        cuts = [config(**{field: level}).build().fit(*drawn).value for level in (0.01, 0.1, 0.3)]
        assert cuts == sorted(cuts, reverse=True)


# ---- rates of normal-only strategies


def check_percentile_keeps_its_rate(q: float, threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> None:
    cut = threshold.fit(scores, labels)
    normal = scores[labels == 0]
    flagged = int((decide(normal, cut) == "anomalous").sum())
    assert flagged <= np.ceil(round(len(normal) * (1 - q), 9))


@given(drawn=labelled(normals=80), q=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_a_percentile_keeps_its_false_alarm_rate(drawn, q):
    for method in ("weibull", "linear", "higher", "median_unbiased", "inverted_cdf"):
        check_percentile_keeps_its_rate(q, PercentileConfig(q=q, method=method).build(), *drawn)


@given(drawn=labelled(normals=80), alpha=st.sampled_from([0.01, 0.05, 0.1, 0.25]))
def test_conformal_flags_exactly_where_the_p_value_is_at_most_alpha(drawn, alpha):
    scores, labels = drawn
    normal = scores[labels == 0]
    cut = ConformalConfig(alpha=alpha).build().fit(scores, labels)
    p_value = [Fraction(1 + int((normal >= s).sum()), len(normal) + 1) for s in scores]
    expected = [p <= Fraction(str(alpha)) for p in p_value]
    flagged = decide(scores, cut) == "anomalous"
    assert ((flagged == expected) | np.isinf(scores)).all()  # +inf is flagged by every cut, also by "never"


# ---- mutants: planted faults that the checks above are seen to reject


class Mutant(Threshold):
    """A strategy whose cut, or whose input, is spoilt."""

    needs = "labelled_scores"

    def __init__(self, inner: Threshold, spoil=lambda cut: cut, before=lambda scores, labels: (scores, labels)):
        self.inner, self.spoil, self.before = inner, spoil, before

    def fit(self, scores, labels):
        return self.spoil(self.inner.fit(*self.before(scores, labels)))


class IgnoresPrevalence(Threshold):
    """Prices raw counts, as if the test set were the production line."""

    needs = "labelled_scores"

    def fit(self, scores, labels):
        config = CostWeightedConfig(**COSTS | {"prevalence": max(min(labels.mean(), 0.99), 0.01)})
        return config.build().fit(scores, labels)


class LooksAtTheFirst(Threshold):
    """Depends on the order of the scores."""

    needs = "none"

    def fit(self, scores, labels):
        return Cut(float(scores[0]))


def percentile_keeps_its_rate(config, threshold: Threshold, scores: np.ndarray, labels: np.ndarray) -> None:
    check_percentile_keeps_its_rate(config.q, threshold, scores, labels)


def moved(by: Callable[[float], float]) -> Callable[[Cut], Cut]:
    return lambda cut: replace(cut, value=float(by(cut.value)))


COST, F1, YOUDEN, Q80 = CostWeightedConfig(**COSTS), PrOptimalConfig(), YoudenConfig(), PercentileConfig(q=0.8)
AT_THE_SCORE = PrOptimalConfig(placement="upper").build()
COARSE = Mutant(F1.build(), before=lambda scores, labels: (np.floor(scores), labels))
HALVED = Mutant(F1.build(), before=lambda scores, labels: (scores[::2], labels[::2]))
MUTANTS = {
    "fits with >=, applies >": (
        check_objective_is_that_of_the_decisions,
        F1,
        Mutant(AT_THE_SCORE, moved(lambda value: np.nextafter(value, np.inf))),
    ),
    "rounds the cut": (
        check_objective_is_that_of_the_decisions,
        F1,
        Mutant(AT_THE_SCORE, moved(lambda value: value * (1 + 1e-7))),
    ),
    "reports another objective": (
        check_objective_is_that_of_the_decisions,
        F1,
        PrOptimalConfig(beta=2.0).build(),
    ),
    "picks the lowest of equals": (check_nothing_beats_it, YOUDEN, YoudenConfig(ties="lowest").build()),
    "ignores the prevalence": (check_nothing_beats_it, COST, IgnoresPrevalence()),
    "tries a coarse grid": (check_nothing_beats_it, F1, COARSE),
    "looks at every second score": (check_nothing_beats_it, F1, HALVED),
    "looks at the first score": (check_order_does_not_matter, F1, LooksAtTheFirst()),
    "adds an epsilon": (
        check_affine_maps_move_the_cut_along,
        F1,
        Mutant(AT_THE_SCORE, moved(lambda value: value + 1e-3)),
    ),
    "flags at the quantile itself": (
        percentile_keeps_its_rate,
        Q80,
        Mutant(Q80.build(), moved(lambda value: np.nextafter(value, -np.inf))),
    ),
    "mixes up alpha and q": (percentile_keeps_its_rate, Q80, PercentileConfig(q=0.2).build()),
}


def random_draw(seed: int) -> Draw:
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.integers(0, 12, 15), rng.integers(4, 16, 10)]) / 8
    labels = np.repeat([0, 1], (15, 10))
    order = rng.permutation(25)
    return scores[order], labels[order]


def is_rejected(check: Callable[[int], None]) -> bool:
    for seed in range(100):
        try:
            check(seed)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_rejected(name):
    check, config, mutant = MUTANTS[name]
    assert is_rejected(lambda seed: check(config, mutant, *random_draw(seed)))


def test_a_mutant_whose_dearer_misses_raise_the_cut_is_rejected():
    def swapped(costs: dict) -> Threshold:
        return CostWeightedConfig(
            false_negative=costs["false_positive"],
            false_positive=costs["false_negative"],
            prevalence=costs["prevalence"],
        ).build()

    assert is_rejected(lambda seed: check_dearer_misses_never_raise_the_cut(swapped, *random_draw(seed)))
