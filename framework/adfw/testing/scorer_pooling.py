"""What a scorer's pooling of a map into one number does, as far as its traits say so."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from adfw.testing.check import Check, Subject
from adfw.testing.pictures import anomaly_maps, generator
from adfw.testing.tolerance import require_equal


@dataclass(frozen=True, eq=False, repr=False)
class Maps:
    """Maps and a seed for what is done to them."""

    maps: Tensor
    seed: int

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.maps.shape))
        return f"maps of {shape} from {float(self.maps.min()):.6g} to {float(self.maps.max()):.6g} (seed {self.seed})"


def _score(subject: Subject, maps: Tensor) -> Tensor:
    return subject.built.score(maps)  # type: ignore[no-any-return]


def monotone_in_map(subject: Subject, case: Maps) -> None:
    """A map that is nowhere lower never scores lower."""
    change = torch.rand(case.maps.shape, generator=generator(case.seed))
    for raised in (case.maps + change * (change > 0.5), case.maps.clamp_min(float(change[0, 0, 0]))):
        low, high = _score(subject, case.maps), _score(subject, raised)
        require_equal(torch.minimum(low, high), low, case.maps[0].numel(), "raising pixels lowers the score")


def permutation_invariant(subject: Subject, case: Maps) -> None:
    """The places of the pixels do not matter."""
    order = torch.randperm(case.maps[0].numel(), generator=generator(case.seed))
    shuffled = case.maps.flatten(1)[:, order].view_as(case.maps)
    plain, other = _score(subject, case.maps), _score(subject, shuffled)
    require_equal(plain, other, case.maps[0].numel(), "exchanging pixels changes the score")


def within_map(subject: Subject, case: Maps) -> None:
    """A score lies between the lowest and the highest pixel."""
    score, flat = _score(subject, case.maps), case.maps.flatten(1)
    inside = torch.maximum(torch.minimum(score, flat.amax(1)), flat.amin(1))
    require_equal(score, inside, flat.shape[1], "the score leaves the range of its map")


def map_degree(subject: Subject, case: Maps) -> None:
    """Maps a times as high score a^degree times as high."""
    degree = subject.trait("map_degree")
    plain, scaled = _score(subject, case.maps), _score(subject, case.maps * 3)
    require_equal(plain * 3**degree, scaled, case.maps[0].numel(), f"the score does not grow by a^{degree:g}")


_MAPS = st.builds(Maps, anomaly_maps(), st.integers(0, 1000))
CHECKS = (
    Check(monotone_in_map, _MAPS, "monotone_in_map"),
    Check(permutation_invariant, _MAPS, "permutation_invariant"),
    Check(within_map, _MAPS, "within_map"),
    Check(map_degree, _MAPS, "map_degree", lambda degree: degree != "no", (1,)),
)
