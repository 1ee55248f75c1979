"""What a plugin says of itself beyond its contract; the conformance kit holds it to that.

A trait left at None is undeclared: the kit tries it and hints at what it found. A false declaration fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Translation = Literal["exact", "interior", "no"]


@dataclass(frozen=True, slots=True)
class ScorerTraits:
    """What holds for a scorer; declare it as its attribute `traits`.

    Of its maps: `zero_if_identical`: equal evidence gives maps of 0; `zero_only_if_identical`: and only that does;
    `symmetric`: observed and expected may change places; `homogeneous_degree`: a residual a times as large gives maps
    a^degree times as large; `monotone_in_residual`: it never gives lower ones (a >= 1); `bounded`: the lowest and
    highest value there can be; `translation`: a shifted image has shifted maps, everywhere ("exact") or away from the
    border ("interior"); `flip_equivariant`: a mirrored or turned image has maps mirrored or turned alike; `even`:
    evidence that is the same everywhere has such a map, up to the border.

    Of its pooling: `monotone_in_map`: higher maps never score lower; `permutation_invariant`: the places of the pixels
    don't matter; `within_map`: lowest pixel <= score <= highest; `map_degree`: maps a times as high score a^degree
    times as high.
    """

    zero_if_identical: bool | None = None
    zero_only_if_identical: bool | None = None
    symmetric: bool | None = None
    homogeneous_degree: float | Literal["no"] | None = None
    monotone_in_residual: bool | None = None
    bounded: tuple[float, float] | None = None
    translation: Translation | None = None
    flip_equivariant: bool | None = None
    even: bool | None = None
    monotone_in_map: bool | None = None
    permutation_invariant: bool | None = None
    within_map: bool | None = None
    map_degree: float | Literal["no"] | None = None


@dataclass(frozen=True, slots=True)
class ThresholdTraits:
    """What holds for a threshold strategy; declare it as its attribute `traits`.

    `affine_equivariant`: scores a s + b (a > 0) have the cut a t + b; `duplicate_invariant`: every score twice decides
    alike; `objective`: its objective as a function of the counts tp, fp, fn and tn of its decisions, which no other
    cut betters (`goal`: "highest" or "lowest"); `false_alarms`: (rate, confidence), the rate of false alarms on new
    normal images that it keeps, with that confidence over calibration sets, or on average where it is None;
    `monotone`: fields of the configuration which, when they grow, never lower ("raises") or never raise ("lowers")
    the cut.
    """

    affine_equivariant: bool | None = None
    duplicate_invariant: bool | None = None
    objective: Callable[[int, int, int, int], float] | None = None
    goal: Literal["highest", "lowest"] = "highest"
    false_alarms: tuple[float, float | None] | None = None
    monotone: Mapping[str, Literal["raises", "lowers"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreTraits:
    """What holds for a store; declare it as its attribute `traits`.

    `compare_and_swap`: of several who set an alias at once, each expecting the same, exactly one succeeds;
    `concurrent`: several may publish at once, and get numbers without a gap or a number twice.
    """

    compare_and_swap: bool | None = None
    concurrent: bool | None = None
