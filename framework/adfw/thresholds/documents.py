"""Cuts as JSON can hold them: infinities by name, finite values bit by bit."""

from __future__ import annotations

import math
from typing import Literal

from adfw.errors import DetectorError
from adfw.interfaces import Cut
from adfw.report.document import CutDocument

_KINDS: dict[float, Literal["never", "always"]] = {math.inf: "never", -math.inf: "always"}
_VALUES = {kind: value for value, kind in _KINDS.items()}


def cut_to_document(cut: Cut) -> CutDocument:
    """Write a cut so that `cut_from_document` returns the same bits."""
    finite = math.isfinite(cut.value)
    return CutDocument(
        kind="finite" if finite else _KINDS[cut.value],
        value=cut.value if finite else None,
        exact=cut.value.hex() if finite else None,
        review_from=None if cut.review_from is None else cut.review_from.hex(),
        promise=cut.promise,
        n_normal=cut.n_normal,
        n_anomalous=cut.n_anomalous,
        objective=cut.objective,
        plateau=None if cut.plateau is None else (cut.plateau[0].hex(), cut.plateau[1].hex()),
        ties=cut.ties,
        warnings=cut.warnings,
        parameters=dict(cut.parameters),
        degenerate=cut.degenerate,
    )


def cut_from_document(document: CutDocument) -> Cut:
    """Read a cut; raises DetectorError where the exact value is missing, no number, or not the one readers see."""
    try:
        plateau = document.plateau
        return Cut(
            value=_value(document),
            promise=document.promise,
            n_normal=document.n_normal,
            n_anomalous=document.n_anomalous,
            objective=document.objective,
            plateau=None if plateau is None else (float.fromhex(plateau[0]), float.fromhex(plateau[1])),
            ties=document.ties,
            review_from=None if document.review_from is None else float.fromhex(document.review_from),
            warnings=document.warnings,
            parameters=document.parameters,
            degenerate=document.degenerate,
        )
    except (ValueError, OverflowError) as error:
        raise DetectorError(
            f"the saved cut cannot be read ({error}); choose it again with `adfw rethreshold`"
        ) from error


def _value(document: CutDocument) -> float:
    if document.kind != "finite":
        return _VALUES[document.kind]
    if document.exact is None:
        raise ValueError("a finite cut without its exact value")
    exact = float.fromhex(document.exact)
    if document.value != exact:
        raise ValueError(f"its exact value is {exact!r}, but its readable value is {document.value!r}")
    return exact
