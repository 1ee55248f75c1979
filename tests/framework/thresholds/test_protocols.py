from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import ScoreTable, ThresholdNotIdentifiable
from adfw.thresholds.leakage import leakage, validity
from adfw.thresholds.protocols import FOLDS, REPEATS, by_row, fold_numbers, make_plan


def table(normals: int = 30, defects: dict[str, int] | None = None, calibration: int = 10, group=None) -> ScoreTable:
    rows = [(f"c{i}", "calibration", 0, "", 0.1 * i) for i in range(calibration)]
    rows += [(f"n{i}", "test", 0, "", 0.1 * i) for i in range(normals)]
    for defect, count in ({"crack": 15, "poke": 5} if defects is None else defects).items():
        rows += [(f"{defect}{i}", "test", 1, defect, 1.0 + i) for i in range(count)]
    made = ScoreTable.of(rows)
    groups = None if group is None else np.array([group(name) for name in made.id])
    return ScoreTable(made.id, made.split, made.label, made.defect, made.score, groups)


def names(scores: ScoreTable, rows: np.ndarray) -> set[str]:
    return set(scores.id[rows])


def test_auto_takes_held_out_normals_where_they_suffice_and_cross_fits_where_labels_are_needed():
    scores = table()
    assert make_plan(scores, "normal_scores", "auto", 0).protocol == "normal_only"
    assert make_plan(scores, "labelled_scores", "auto", 0).protocol == "cross_fit"
    assert make_plan(scores, "none", "auto", 0).protocol == "none"
    assert make_plan(scores, "none", "oracle", 0).protocol == "none"
    assert make_plan(table(calibration=0), "normal_scores", "auto", 0).protocol == "cross_fit"


def test_normal_only_fits_on_calibration_alone_and_decides_every_test_row():
    scores = table()
    plan = make_plan(scores, "normal_scores", "normal_only", 0)
    [[fold]] = plan.repeats
    assert set(scores.split[fold.fit]) == {"calibration"}
    assert names(scores, fold.decided) == names(scores, np.flatnonzero(scores.split == "test"))
    assert leakage(scores, plan) == "none"


@given(seed=st.integers(0, 10_000))
def test_cross_fit_decides_every_row_once_by_cuts_that_never_saw_it(seed):
    scores = table()
    plan = make_plan(scores, "labelled_scores", "cross_fit", seed)
    assert len(plan.repeats) == REPEATS
    for folds in plan.repeats:
        assert len(folds) == FOLDS
        decided = np.concatenate([fold.decided for fold in folds])
        assert sorted(decided) == list(np.flatnonzero(scores.split == "test"))
        for fold in folds:
            assert not names(scores, fold.fit) & names(scores, fold.decided)
            assert set(scores.split[fold.fit]) == {"test"}
        own = np.empty(len(scores))
        for value, fold in enumerate(folds):
            own[fold.decided] = value
        assert by_row(folds, range(FOLDS)).tolist() == own[scores.split == "test"].tolist()
    assert leakage(scores, plan) == "cross_fit"
    assert names(scores, plan.ship) == names(scores, np.flatnonzero(scores.split == "test"))


def test_folds_are_stratified_by_label_and_type():
    scores = table(normals=23, defects={"crack": 23, "poke": 11, "rare": 4}, calibration=0)
    number = fold_numbers(scores, [1])[0]
    for defect in ("", "crack", "poke", "rare"):
        counts = np.bincount(number[scores.defect == defect], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_folds_depend_on_the_rows_and_the_seed_but_not_on_the_order():
    scores = table()
    turned = np.random.default_rng(0).permutation(len(scores))
    assert (fold_numbers(scores, [3])[:, turned] == fold_numbers(scores.where(turned), [3])).all()
    assert (fold_numbers(scores, [3]) != fold_numbers(scores, [4])).any()


def test_a_group_is_never_torn_apart():
    scores = table(group=lambda name: f"part {ord(name[-1]) % 7}" if name[0] in "np" else "")
    for protocol in ("cross_fit", "split"):
        for folds in make_plan(scores, "labelled_scores", protocol, 0).repeats:
            for fold in folds:
                assert not set(scores.group[fold.fit]) & set(scores.group[fold.decided]) - {""}


def test_a_split_stays_where_it_is_when_images_are_added():
    few, many = table(normals=20), table(normals=60)
    before, after = (make_plan(scores, "labelled_scores", "split", 0) for scores in (few, many))
    assert names(few, before.ship) == names(many, after.ship) & set(few.id)
    [[fold]] = before.repeats
    assert not names(few, fold.fit) & names(few, fold.decided)
    assert leakage(few, before) == "none"


def test_a_stated_cut_decides_the_rows_that_the_protocol_decides():
    scores = table()
    [[fold]] = make_plan(scores, "none", "split", 0).repeats
    [[fitted]] = make_plan(scores, "labelled_scores", "split", 0).repeats
    assert fold.decided.tolist() == fitted.decided.tolist()
    assert len(fold.fit) == 0


def test_the_oracle_and_drawn_defects_are_labelled_as_such():
    scores = table()
    assert leakage(scores, make_plan(scores, "labelled_scores", "oracle", 0)) == "in_sample"
    drawn = ScoreTable.of(
        [("s0", "synthetic", 1, "drawn", 3.0), ("c", "calibration", 0, "", 0.0), ("t", "test", 0, "", 1.0)]
    )
    plan = make_plan(drawn, "labelled_scores", "synthetic", 0)
    assert names(drawn, plan.ship) == {"s0", "c"}
    assert (leakage(drawn, plan), validity(drawn, plan)) == ("none", "synthetic")
    normal = make_plan(drawn, "normal_scores", "synthetic", 0)
    assert (normal.protocol, names(drawn, normal.ship), validity(drawn, normal)) == ("normal_only", {"c"}, "real")


def test_the_same_content_under_two_names_is_a_leak_that_nobody_can_deny():
    scores = table()
    contents = np.array([f"hash of {name}" for name in scores.id])
    plan = make_plan(scores, "normal_scores", "normal_only", 0)
    assert leakage(scores, plan, contents) == "none"
    contents[scores.id == "n0"] = "hash of c0"
    assert leakage(scores, plan, contents) == "partial"
    assert leakage(scores, plan, np.full(len(scores), "")) == "none"


def test_an_id_or_a_part_in_both_splits_is_a_leak():
    scores = table()
    scores.id[scores.id == "n3"] = "c3"
    assert leakage(scores, make_plan(scores, "normal_scores", "normal_only", 0)) == "partial"
    grouped = table(group=lambda name: "one" if name in {"c0", "n0"} else "")
    assert leakage(grouped, make_plan(grouped, "normal_scores", "normal_only", 0)) == "partial"


def test_images_without_a_score_are_decided_but_not_fitted_on():
    scores = table()
    scores.score[[0, 12, 45]] = np.nan
    for protocol in ("cross_fit", "split", "oracle", "normal_only"):
        plan = make_plan(scores, "labelled_scores", protocol, 0)
        assert not np.isnan(scores.score[plan.ship]).any()
        for folds in plan.repeats:
            assert not any(np.isnan(scores.score[fold.fit]).any() for fold in folds)


@pytest.mark.parametrize(
    ("scores", "protocol", "words"),
    [
        (table(calibration=0), "normal_only", "no rows of the split calibration"),
        (table(), "synthetic", "no rows of the split synthetic"),
        (table(normals=1, defects={}), "split", "cannot halve 1 rows"),
        (table(normals=1, defects={}), "cross_fit", "at least 2 images"),
        (table(normals=0, defects={}), "auto", "no rows of the split test"),
        (table(), "hold_out", "there is no protocol 'hold_out'; allowed: auto"),
    ],
)
def test_a_protocol_without_its_rows_says_what_it_takes(scores, protocol, words):
    with pytest.raises(ThresholdNotIdentifiable, match=words):
        make_plan(scores, "labelled_scores", protocol, 0)
