from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from adfw.report.document import Confusion, CutDocument
from adfw.report.page_data import costs_of, exact, page_data, rates, thumbnail_order, to_json
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from adfw.report.document import RunDocument


def test_scores_read_back_exactly(document: RunDocument, tables: dict[str, ScoreTable]) -> None:
    read = json.loads(to_json(page_data(document, tables)))
    for scorer, table in zip(read["scorers"], tables.values(), strict=True):
        assert np.array_equal(np.array(scorer["scores"]), table.of_split("test").score)


def test_only_test_images_are_embedded(document: RunDocument, tables: dict[str, ScoreTable]) -> None:
    data = page_data(document, tables)
    assert len(data["ids"]) == len(data["labels"]) == len(data["defects"]) == 132
    assert not [identity for identity in data["ids"] if identity.startswith("train")]


def test_scores_that_json_cannot_hold_are_text(document: RunDocument) -> None:
    rows = [("a", "test", 0, "", math.nan), ("b", "test", 1, "crack", math.inf), ("c", "test", 1, "crack", 0.1)]
    table = ScoreTable.of(rows)
    data = page_data(document, {scorer.label: table for scorer in document.scorers})
    assert data["scorers"][0]["scores"] == ["NaN", "Infinity", 0.1]
    assert json.loads(to_json(data)) == data


def test_tables_in_another_order_are_aligned_by_id(document: RunDocument, tables: dict[str, ScoreTable]) -> None:
    label, table = list(tables.items())[1]
    turned = tables | {label: table.where(np.arange(len(table))[::-1])}
    assert page_data(document, turned) == page_data(document, tables)


def test_an_image_another_scorer_lacks_has_no_score_there(document: RunDocument, tables: dict[str, ScoreTable]) -> None:
    label, table = list(tables.items())[1]
    data = page_data(document, tables | {label: table.where(np.arange(len(table) - 1))})
    assert data["scorers"][1]["scores"][-1] == "NaN"


@pytest.mark.parametrize(
    ("cut", "value"),
    [
        (CutDocument(kind="finite", value=0.3, exact="0x1.3333333333334p-2"), 0.30000000000000004),
        (CutDocument(kind="finite", value=0.3), 0.3),
        (CutDocument(kind="never"), math.inf),
        (CutDocument(kind="always"), -math.inf),
    ],
)
def test_a_cut_is_the_float64_it_was(cut: CutDocument, value: float) -> None:
    assert exact(cut) == value


def test_what_was_reviewed_counts_but_is_no_error() -> None:
    confusion = Confusion(
        true_normal=6, false_anomalous=2, review_normal=2, true_anomalous=5, false_normal=1, review_anomalous=4
    )
    assert rates(confusion) == (0.1, 0.2)


def test_rates_of_a_missing_class_are_none() -> None:
    assert rates(Confusion(true_normal=1, false_anomalous=0, false_normal=0, true_anomalous=0)) == (None, 0.0)


def test_costs_are_the_recipes_or_none() -> None:
    stated = {"false_negative": 50, "false_positive": 2.0, "prevalence": 0.02}
    assert costs_of({"costs": stated}) == stated
    assert costs_of({"costs": None}) is None
    assert costs_of({}) is None
    assert costs_of({"costs": {"false_negative": 50}}) is None


def test_embedded_json_cannot_end_its_script() -> None:
    text = to_json({"id": "</script><script>alert('&')"})
    assert "<" not in text
    assert "&" not in text
    assert json.loads(text) == {"id": "</script><script>alert('&')"}


def test_thumbnails_begin_with_the_hardest_images(document: RunDocument, tables: dict[str, ScoreTable]) -> None:
    data = page_data(document, tables)
    order = thumbnail_order(data)
    assert sorted(order) == sorted(data["ids"])
    scores, labels = np.array(data["scorers"][0]["scores"]), np.array(data["labels"])
    worst_miss = data["ids"][int(np.argmin(np.where(labels == 1, scores, np.inf)))]
    worst_alarm = data["ids"][int(np.argmax(np.where(labels == 0, scores, -np.inf)))]
    cut = document.scorers[0].strategies[0].cut
    assert cut is not None
    nearest = data["ids"][int(np.argmin(np.where(labels == 1, np.abs(scores - exact(cut)), np.inf)))]
    assert {worst_miss, worst_alarm, nearest} <= set(order[:20])
