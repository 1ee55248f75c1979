from __future__ import annotations

from typing import TYPE_CHECKING

from adfw.report.notebook import summary

if TYPE_CHECKING:
    from adfw.report.document import RunDocument


def test_it_shows_notice_verdicts_and_strategies(document: RunDocument) -> None:
    html = summary(document)
    assert "not MVTec&#39;s" in html
    assert all(scorer.label in html for scorer in document.scorers)
    assert "needs 999 normal images, has 24" in html
    assert "oracle_recall" in html
    assert "undefined: no images were rejected" in html


def test_it_is_light_and_static(document: RunDocument) -> None:
    html = summary(document)
    assert len(html) < 20_000
    assert "<script" not in html
    assert "http" not in html


def test_texts_are_escaped(document: RunDocument) -> None:
    evil = document.model_copy(update={"name": "<script>", "notice": "<script>"})
    assert "<script" not in summary(evil)


def test_a_run_without_a_notice_has_no_box(document: RunDocument) -> None:
    assert "Please note" not in summary(document.model_copy(update={"notice": ""}))
