"""What a scorer's maps do, as far as its traits say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from adfw.interfaces import Evidence
from adfw.testing.check import Check, Subject, require
from adfw.testing.pictures import TEXTURES, image_pairs
from adfw.testing.tolerance import require_equal

if TYPE_CHECKING:
    from torch import Tensor

CANVAS = 40


@dataclass(frozen=True, eq=False, repr=False)
class Scaled:
    """Evidence and how many times as large its residual becomes."""

    pair: Evidence
    factor: float

    def __repr__(self) -> str:
        return f"{self.pair!r}; residual times {self.factor:g}"


def _maps(subject: Subject, observed: Tensor, expected: Tensor) -> Tensor:
    height, width = observed.shape[2:]
    return subject.built.maps([Evidence(observed, expected)], (height, width))  # type: ignore[no-any-return]


def zero_if_identical(subject: Subject, pair: Evidence) -> None:
    """Equal evidence gives maps of exactly 0."""
    highest = float(_maps(subject, pair.observed, pair.observed.clone()).abs().amax())
    require(highest == 0, f"observed equals expected, yet the map reaches {highest:.6g}")


def zero_only_if_identical(subject: Subject, pair: Evidence) -> None:
    """Any difference shows in the map."""
    different = (pair.observed - pair.expected).abs().amax((1, 2, 3)) > 1e-3
    seen = _maps(subject, pair.observed, pair.expected).amax((1, 2)) > 0
    require(not bool((different & ~seen).any()), "observed and expected differ, yet the map is 0")


def symmetric(subject: Subject, pair: Evidence) -> None:
    """Observed and expected may change places."""
    there, back = _maps(subject, pair.observed, pair.expected), _maps(subject, pair.expected, pair.observed)
    require_equal(there, back, pair.observed[0].numel(), "exchanging observed and expected changes the map")


def homogeneous_degree(subject: Subject, case: Scaled) -> None:
    """A residual a times as large gives maps a^degree times as large."""
    degree, (plain, scaled) = subject.trait("homogeneous_degree"), _scaled_maps(subject, case)
    factor = case.factor**degree
    require_equal(plain * factor, scaled, _numbers(case), f"the map does not grow by {case.factor:g}^{degree:g}")


def monotone_in_residual(subject: Subject, case: Scaled) -> None:
    """A larger residual never gives a lower map."""
    plain, scaled = _scaled_maps(subject, case)
    require_equal(torch.minimum(plain, scaled), plain, _numbers(case), "the map falls where the residual grows")


def _scaled_maps(subject: Subject, case: Scaled) -> tuple[Tensor, Tensor]:
    # On a grid of 1/256, so that float32 holds both residuals exactly.
    expected, observed = ((side * 256).round() / 256 for side in (case.pair.expected, case.pair.observed))
    scaled = expected + (observed - expected) * case.factor
    return _maps(subject, observed, expected), _maps(subject, scaled, expected)


def _numbers(case: Scaled) -> int:
    return case.pair.observed[0].numel()


def bounded(subject: Subject, pair: Evidence) -> None:
    """No map leaves the declared bounds."""
    low, high = subject.trait("bounded")
    maps = _maps(subject, pair.observed, pair.expected)
    least, most = float(maps.min()), float(maps.max())
    room = 1e-6 * (high - low)
    require(low - room <= least and most <= high + room, f"a map spans [{least:.6g}, {most:.6g}]")


def translation_exact(subject: Subject, pair: Evidence) -> None:
    """Evidence shifted around the border has maps shifted alike."""
    moved = [side.roll((1, 2), (2, 3)) for side in (pair.observed, pair.expected)]
    maps = _maps(subject, pair.observed, pair.expected).roll((1, 2), (1, 2))
    require_equal(
        maps, _maps(subject, *moved), pair.observed[0].numel(), "shifting the evidence does not shift the map"
    )


def translation_interior(subject: Subject, pair: Evidence) -> None:
    """A part that moves over an even ground, away from the border, takes its map along."""
    here, there = [[_on_ground(side, at) for side in (pair.observed, pair.expected)] for at in (16, 19)]
    maps = _maps(subject, *here).roll((3, 3), (1, 2))
    require_equal(maps, _maps(subject, *there), CANVAS**2, "a part that moves does not take its map along")


def _on_ground(side: Tensor, at: int) -> Tensor:
    part = side[..., :4, :4]
    ground = torch.full((*side.shape[:2], CANVAS, CANVAS), 0.5)
    ground[..., at : at + part.shape[2], at : at + part.shape[3]] = part
    return ground


def flip_equivariant(subject: Subject, pair: Evidence) -> None:
    """Mirrored and turned evidence has maps mirrored and turned alike."""
    maps, sides = _maps(subject, pair.observed, pair.expected), (pair.observed, pair.expected)
    turns = {
        "upside down": (maps.flip(1), [side.flip(2) for side in sides]),
        "from left to right": (maps.flip(2), [side.flip(3) for side in sides]),
        "by 90 degrees": (maps.rot90(1, (1, 2)), [side.rot90(1, (2, 3)) for side in sides]),
    }
    for words, (turned, evidence) in turns.items():
        require_equal(
            turned, _maps(subject, *evidence), pair.observed[0].numel(), f"turning the evidence {words} changes the map"
        )


def even(subject: Subject, pair: Evidence) -> None:
    """Evidence that is the same everywhere has a map that is the same everywhere, at the border too."""
    observed, expected = (F.adaptive_avg_pool2d(side, 1).expand_as(side) for side in (pair.observed, pair.expected))
    maps = _maps(subject, observed, expected)
    mean = maps.mean((1, 2), keepdim=True).expand_as(maps)
    require_equal(maps, mean, observed[0].numel(), "even evidence has an uneven map; padding with zeros does this")


_PAIRS = image_pairs(textures=TEXTURES)
_SCALED = st.builds(Scaled, _PAIRS, st.sampled_from([1.0, 1.5, 4.0, 32.0]))
CHECKS = (
    Check(zero_if_identical, _PAIRS, "zero_if_identical"),
    Check(zero_only_if_identical, _PAIRS, "zero_only_if_identical"),
    Check(symmetric, _PAIRS, "symmetric"),
    Check(homogeneous_degree, _SCALED, "homogeneous_degree", lambda degree: degree != "no", (1, 2)),
    Check(monotone_in_residual, _SCALED, "monotone_in_residual"),
    Check(bounded, _PAIRS, "bounded", tries=()),
    Check(translation_exact, _PAIRS, "translation", lambda where: where == "exact", ("exact", "interior")),
    Check(translation_interior, _PAIRS, "translation", lambda where: where in ("exact", "interior")),
    Check(flip_equivariant, _PAIRS, "flip_equivariant"),
    Check(even, _PAIRS, "even"),
)
