"""What every scorer does: the contract, without any trait."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import torch

from adfw.interfaces import Evidence
from adfw.testing.check import Check, Subject, require
from adfw.testing.scorer_batches import Batch, batches, scored
from adfw.testing.surroundings import global_seed, left_alone
from adfw.testing.tolerance import require_equal

if TYPE_CHECKING:
    from torch import Tensor

    from adfw.interfaces import Scorer


def shapes_and_types(subject: Subject, batch: Batch) -> None:
    """Maps are (N, H, W) and scores (N,), both float32."""
    maps, scores = scored(subject.built, batch)
    for what, result, shape in (("maps", maps, (len(batch), *batch.size)), ("scores", scores, (len(batch),))):
        require(isinstance(result, torch.Tensor), f"{what} are a {type(result).__name__}, not a tensor")
        require(tuple(result.shape) == shape, f"{what} have the shape {tuple(result.shape)} instead of {shape}")
        require(result.dtype == torch.float32, f"{what} are {result.dtype} instead of torch.float32")


def finite_and_nonnegative(subject: Subject, batch: Batch) -> None:
    """Finite evidence gives finite maps and scores, none below 0."""
    for what, result in zip(("map", "score"), scored(subject.built, batch), strict=True):
        require(bool(result.isfinite().all()), f"a {what} of finite evidence is not finite")
        require(bool((result >= 0).all()), f"a {what} is negative: {float(result.min()):.6g}")


def input_untouched(subject: Subject, batch: Batch) -> None:
    """Evidence and maps are read, never written."""
    sides = [side for layer in batch.layers for side in (layer.observed, layer.expected)]
    before = [side.clone() for side in sides]
    maps = subject.built.maps(batch.layers, batch.size)
    require(all(map(torch.equal, sides, before)), "maps() writes into the evidence")
    kept = maps.clone()
    subject.built.score(maps)
    require(torch.equal(maps, kept), "score() writes into the maps")


def stateless(subject: Subject, batch: Batch) -> None:
    """The same evidence gives the same scores: again, after other evidence, and from a scorer built anew."""
    first = scored(subject.built, batch)[1]
    others = Batch([Evidence(layer.expected + 0.5, layer.observed) for layer in batch.layers], batch.size)
    scored(subject.built, others)
    require(torch.equal(first, scored(subject.built, batch)[1]), "its scores change once it has seen other evidence")
    require(torch.equal(first, scored(subject.build(), batch)[1]), "a scorer built anew gives other scores")


def surroundings_untouched(subject: Subject, batch: Batch) -> None:
    """Global random generators and settings are neither used nor changed."""
    with left_alone():
        first = scored(subject.built, batch)[1]
    with global_seed(1234):
        require(torch.equal(first, scored(subject.built, batch)[1]), "its scores depend on the global random seed")


def batch_independent(subject: Subject, batch: Batch) -> None:
    """An image scores alike alone and in a batch."""
    together = scored(subject.built, batch)
    alone = [scored(subject.built, batch.images(slice(one, one + 1))) for one in range(len(batch))]
    for what, result, single in zip(("map", "score"), together, zip(*alone, strict=True), strict=True):
        require_equal(result, torch.cat(single), batch.numbers, f"an image's {what} depends on its batch")


def order_followed(subject: Subject, batch: Batch) -> None:
    """Images in another order have their scores in that order."""
    order = list(range(len(batch)))[::-1]
    scores, reordered = scored(subject.built, batch)[1], scored(subject.built, batch.images(order))[1]
    require_equal(scores[order], reordered, batch.numbers, "scores do not follow the order of the images")


def empty_batch(subject: Subject, batch: Batch) -> None:
    """No images have no maps and no scores."""
    maps, scores = scored(subject.built, batch.images(slice(0, 0)))
    shapes = tuple(maps.shape), tuple(scores.shape)
    require(shapes == ((0, *batch.size), (0,)), f"no images give maps and scores of the shapes {shapes}")


def any_memory_layout(subject: Subject, batch: Batch) -> None:
    """Strided evidence and maps are taken, and give the same."""
    strided = [Evidence(_strided(layer.observed), _strided(layer.expected)) for layer in batch.layers]
    plain, other = scored(subject.built, batch), scored(subject.built, Batch(strided, batch.size))
    require_equal(plain[0], other[0], batch.numbers, "evidence that is not contiguous has other maps")
    maps = plain[0].transpose(1, 2).contiguous().transpose(1, 2)
    require_equal(plain[1], subject.built.score(maps), maps.numel(), "maps that are not contiguous have other scores")


def _strided(side: Tensor) -> Tensor:
    return side.transpose(1, 3).contiguous().transpose(1, 3)


def outside_autocast(subject: Subject, batch: Batch) -> None:
    """Autocast around a scorer takes no digits from it."""
    plain = scored(subject.built, batch)[1]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = scored(subject.built, batch)[1]
    require(inside.dtype == torch.float32, f"scores under autocast are {inside.dtype}")
    require_equal(plain, inside, batch.numbers, "autocast changes its scores; disable it inside maps()")


def nan_is_never_normal(subject: Subject, batch: Batch) -> None:
    """A NaN in an image's evidence, or in its map, makes its score NaN, and no other's."""
    maps, plain = scored(subject.built, batch)
    for what, broken in (
        ("evidence", _scored_with_nan(subject.built, batch)),
        ("map", _pooled_with_nan(subject, maps)),
    ):
        require(bool(broken[0].isnan()), f"a NaN in the {what} gives a score of {float(broken[0]):.6g}")
        require_equal(broken[1:], plain[1:], batch.numbers, f"a NaN in one image's {what} changes another's score")


def _scored_with_nan(scorer: Scorer, batch: Batch) -> Tensor:
    layer = Evidence(batch.layers[0].observed.clone(), batch.layers[0].expected)
    layer.observed[0, 0, -1, 0] = torch.nan
    return scored(scorer, Batch([layer, *batch.layers[1:]], batch.size))[1]


def _pooled_with_nan(subject: Subject, maps: Tensor) -> Tensor:
    broken = maps.clone()
    broken[0, 0, -1] = torch.nan
    return subject.built.score(broken)  # type: ignore[no-any-return]


def pickled(subject: Subject, batch: Batch) -> None:
    """A scorer sent to another process scores alike."""
    copy = pickle.loads(pickle.dumps(subject.built))
    require(torch.equal(scored(subject.built, batch)[1], scored(copy, batch)[1]), "its pickled copy gives other scores")


_ANY, _SEVERAL = batches(), batches(least=2)
CHECKS = (
    Check(shapes_and_types, _ANY),
    Check(finite_and_nonnegative, _ANY),
    Check(input_untouched, _ANY),
    Check(stateless, _ANY),
    Check(surroundings_untouched, _ANY),
    Check(batch_independent, _SEVERAL),
    Check(order_followed, _SEVERAL),
    Check(empty_batch, _ANY),
    Check(any_memory_layout, _ANY),
    Check(outside_autocast, _ANY),
    Check(nan_is_never_normal, _SEVERAL),
    Check(pickled, _ANY),
)
