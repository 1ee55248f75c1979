"""Scorers broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from adfw import Scorer, ScorerTraits, pool_maps, resize_maps, smooth_maps
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.kit import required

POINTWISE = ScorerTraits(
    zero_if_identical=True,
    zero_only_if_identical=True,
    symmetric=True,
    homogeneous_degree=1,
    monotone_in_residual=True,
    translation="exact",
    flip_equivariant=True,
    even=True,
    monotone_in_map=True,
    permutation_invariant=True,
    within_map=True,
    map_degree=1,
)


class Right(Scorer):
    """The mean absolute difference of all layers; right in every respect."""

    traits = POINTWISE

    def difference(self, observed, expected):
        return (observed - expected).abs().mean(1)

    def maps(self, evidence, size):
        return torch.stack([resize_maps(self.difference(e.observed, e.expected), size) for e in evidence]).mean(0)

    def score(self, maps):
        return maps.mean((1, 2))


class RightMaximum(Right):
    """The hook's own example."""

    def difference(self, observed, expected):
        return (observed - expected).abs().amax(1)

    def score(self, maps):
        return maps.amax((1, 2))


class RightUndeclared(Right):
    """Says nothing of itself."""

    traits = ScorerTraits()

    def score(self, maps):
        return pool_maps(smooth_maps(maps, 1), "quantile", q=0.9)


def ssim(observed, expected, data_range=1.0, window=3):
    """Return 1 - SSIM as a careless hand writes it: E[x^2] - E[x]^2, convolutions, a uniform window."""
    channels = observed.shape[1]
    kernel = torch.full((channels, 1, window, window), 1 / window**2)
    pad = (window // 2,) * 4

    def mean(planes):
        return F.conv2d(F.pad(planes, pad, mode="replicate"), kernel, groups=channels)

    mu, nu = mean(observed), mean(expected)
    variance = (mean(observed**2) - mu**2).clamp_min(0), (mean(expected**2) - nu**2).clamp_min(0)
    covariance = mean(observed * expected) - mu * nu
    one, two = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    luminance = (2 * mu * nu + one) / (mu**2 + nu**2 + one)
    return (1 - luminance * (2 * covariance + two) / (sum(variance) + two)).clamp_min(0).mean(1)


class BatchRange(Right):
    """SSIM whose data range is that of the batch."""

    traits = ScorerTraits()

    def difference(self, observed, expected):
        return ssim(observed, expected, float(observed.max() - observed.min()) + 1e-6)


class ClampedVariance(Right):
    """SSIM whose variances are clamped and whose covariance is not."""

    traits = ScorerTraits(zero_if_identical=True)
    difference = staticmethod(ssim)


class NegativePower(Right):
    """MS-SSIM's product of powers without a clamp."""

    def difference(self, observed, expected):
        return (1 - (1 - 2 * (observed - expected).abs()) ** 0.3).mean(1)


class FloorTop(Right):
    """The mean of the highest 1 %, rounded down to none."""

    def score(self, maps):
        return maps.flatten(1).topk(int(0.01 * maps[0].numel()) if len(maps) else 0).values.mean(1)


class KthValue(Right):
    """A quantile by kthvalue, which skips NaN."""

    def score(self, maps):
        if maps.shape[0] == 0:
            return maps.amax((1, 2))
        return maps.flatten(1).kthvalue(max(1, math.ceil(0.5 * maps[0].numel()))).values


class NanToNumber(Right):
    """Takes NaN for 0."""

    def maps(self, evidence, size):
        return super().maps(evidence, size).nan_to_num()


class ZeroPadding(Right):
    """Smooths with zeros beyond the border."""

    def maps(self, evidence, size):
        return F.avg_pool2d(super().maps(evidence, size), 3, stride=1, padding=1)


class ZeroPaddedGradient(Right):
    """Compares gradients that see zeros beyond the border, declared exact under translation."""

    traits = ScorerTraits(translation="exact")

    def difference(self, observed, expected):
        return F.avg_pool2d((observed - expected).abs(), 3, stride=1, padding=1).mean(1)


class PositionWeighted(Right):
    """Looks harder at the upper left corner."""

    traits = ScorerTraits(translation="interior")

    def maps(self, evidence, size):
        return super().maps(evidence, size) * torch.linspace(1, 0.5, size[1])


class InPlace(Right):
    """Subtracts in place."""

    def difference(self, observed, expected):
        return observed.sub_(expected).abs().mean(1)


class InPlaceMaps(Right):
    """Normalises the map it was given."""

    def score(self, maps):
        return maps.div_(2).mean((1, 2)) * 2


class Bicubic(Right):
    """Enlarges maps with an overshoot below 0."""

    def maps(self, evidence, size):
        maps = torch.stack([self.difference(e.observed, e.expected) for e in evidence[:1]]).mean(0)
        return F.interpolate(maps[:, None], size, mode="bicubic")[:, 0]


class Signed(Right):
    """Forgets the absolute value."""

    def difference(self, observed, expected):
        return (observed - expected).mean(1)


class Half(Right):
    """Squares in half precision, where 255 squared overflows."""

    def difference(self, observed, expected):
        return (observed.half() - expected.half()).square().sum(1).float()


class Double(Right):
    """Answers in float64."""

    def score(self, maps):
        return maps.double().mean((1, 2))


class Squeezed(Right):
    """Loses the batch dimension of a single image."""

    def score(self, maps):
        return super().score(maps).squeeze()


class Transposed(Right):
    """Takes size for (W, H)."""

    def maps(self, evidence, size):
        return super().maps(evidence, (size[1], size[0]))


class BatchNormalised(Right):
    """Divides by the largest value of the batch."""

    def maps(self, evidence, size):
        maps = super().maps(evidence, size)
        return maps / maps.amax().clamp_min(1e-9) if len(maps) else maps


class BatchQuantile(Right):
    """Takes the quantile over all images of the batch."""

    def score(self, maps):
        if maps.shape[0] == 0:
            return maps.amax((1, 2))
        return maps.mean((1, 2)) + torch.quantile(maps, 0.5)


class Sorted(Right):
    """Returns scores in ascending order."""

    def score(self, maps):
        return super().score(maps).sort().values


class NoEmptyBatch(Right):
    """Cannot take a batch without images."""

    def score(self, maps):
        return torch.stack([one.mean() for one in maps])


class RunningMean(Right):
    """Remembers what it has seen."""

    seen = 0.0

    def score(self, maps):
        score = super().score(maps)
        self.seen = 0.9 * self.seen + 0.1 * float(score.sum())
        return score + self.seen


class Noisy(Right):
    """Breaks ties with the global random generator."""

    def score(self, maps):
        return super().score(maps) + 1e-3 * torch.rand(len(maps))


class SwitchesGradients(Right):
    """Switches gradients off for everybody."""

    def maps(self, evidence, size):
        torch.set_grad_enabled(False)
        return super().maps(evidence, size)


class Viewed(Right):
    """Takes contiguous maps only."""

    def score(self, maps):
        return maps.view(len(maps), -1).mean(1)


class StorageOrder(Right):
    """Reads numbers in the order of the memory."""

    def difference(self, observed, expected):
        weights = torch.linspace(1, 2, observed.numel()).as_strided(observed.shape, observed.stride())
        return ((observed - expected).abs() * weights).mean(1)


class Autocast(Right):
    """Averages by a matrix product, which autocast rounds."""

    def score(self, maps):
        flat = maps.flatten(1)
        return (flat @ torch.full((flat.shape[1], 1), 1 / flat.shape[1])).squeeze(1)


class Unpicklable(Right):
    """Keeps a function that cannot be pickled."""

    def __init__(self):
        self.pool = lambda maps: maps.mean((1, 2))

    def __deepcopy__(self, memo):
        return type(self)()

    def score(self, maps):
        return self.pool(maps)


class GradientOnly(Right):
    """Blind to a constant offset, though declared to see everything."""

    traits = ScorerTraits(zero_only_if_identical=True)

    def difference(self, observed, expected):
        residual = (observed - expected).mean(1)
        return (residual - residual.mean((1, 2), keepdim=True)).abs()


class Relative(Right):
    """Relative to what was observed, so observed and expected are no equals."""

    traits = ScorerTraits(symmetric=True)

    def difference(self, observed, expected):
        return ((observed - expected).abs() / (observed.abs() + 0.1)).mean(1)


class WrongDegree(Right):
    """Squares, and declares the degree of an absolute value."""

    def difference(self, observed, expected):
        return (observed - expected).square().mean(1)


class Saturating(Right):
    """Falls again where the residual is large."""

    traits = ScorerTraits(monotone_in_residual=True)

    def difference(self, observed, expected):
        residual = (observed - expected).abs().mean(1)
        return residual / (1 + residual**2)


class Unbounded(Right):
    """Declares a bound it leaves."""

    traits = ScorerTraits(bounded=(0, 1))


class OneSidedGradient(Right):
    """Compares each pixel with its right neighbour only."""

    traits = ScorerTraits(flip_equivariant=True)

    def difference(self, observed, expected):
        residual = (observed - expected).abs().mean(1)
        return (residual + residual.roll(1, 2) * 0.5) / 1.5


class Spread(Right):
    """Pools by the standard deviation, declared monotone."""

    traits = ScorerTraits(monotone_in_map=True)

    def score(self, maps):
        return (maps - maps.mean((1, 2), keepdim=True)).square().mean((1, 2)).sqrt()


class CentreOnly(Right):
    """Weighs the pixels by their place, declared invariant."""

    traits = ScorerTraits(permutation_invariant=True)

    def score(self, maps):
        return (maps * torch.linspace(0.5, 1, maps.shape[2])).mean((1, 2))


class Sum(Right):
    """Adds up the pixels, declared to stay within them."""

    traits = ScorerTraits(within_map=True)

    def score(self, maps):
        return maps.sum((1, 2))


class RootMeanSquare(Right):
    """Declares a square of what it is."""

    traits = ScorerTraits(map_degree=2)


FAULTS = {
    BatchRange: "batch_independent",
    ClampedVariance: "zero_if_identical",
    NegativePower: "finite_and_nonnegative",
    FloorTop: "finite_and_nonnegative",
    KthValue: "nan_is_never_normal",
    NanToNumber: "nan_is_never_normal",
    ZeroPadding: "even",
    ZeroPaddedGradient: "translation_exact",
    PositionWeighted: "translation_interior",
    InPlace: "input_untouched",
    InPlaceMaps: "input_untouched",
    Bicubic: "finite_and_nonnegative",
    Signed: "finite_and_nonnegative",
    Half: "finite_and_nonnegative",
    Double: "shapes_and_types",
    Squeezed: "shapes_and_types",
    Transposed: "shapes_and_types",
    BatchNormalised: "batch_independent",
    BatchQuantile: "batch_independent",
    Sorted: "order_followed",
    NoEmptyBatch: "empty_batch",
    RunningMean: "stateless",
    Noisy: "surroundings_untouched",
    SwitchesGradients: "surroundings_untouched",
    Viewed: "any_memory_layout",
    StorageOrder: "any_memory_layout",
    Autocast: "outside_autocast",
    Unpicklable: "pickled",
    GradientOnly: "zero_only_if_identical",
    Relative: "symmetric",
    WrongDegree: "homogeneous_degree",
    Saturating: "monotone_in_residual",
    Unbounded: "bounded",
    OneSidedGradient: "flip_equivariant",
    Spread: "monotone_in_map",
    CentreOnly: "permutation_invariant",
    Sum: "within_map",
    RootMeanSquare: "map_degree",
}
RIGHT = [Right, RightMaximum, RightUndeclared]


@pytest.mark.parametrize("scorer", RIGHT)
def test_right_scorers_pass_every_check(scorer):
    assert not check_plugin(scorer(), profile="quick").failed


@pytest.mark.parametrize(("fault", "name"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", one))
def test_each_fault_is_caught_by_its_check(fault, name):
    subject = Subject(fault())
    (check,) = [check for check in required(subject) if check.name == name]
    with pytest.raises(Failure):
        check.run(subject, "ci", shrink=False)


def test_each_check_catches_a_fault():
    names = {check.name for check in required(Subject(Right()))} | {"bounded"}
    assert names == set(FAULTS.values())


def test_undeclared_traits_are_hinted_at():
    hints = check_plugin(RightUndeclared(), profile="quick").hints
    assert any(hint.startswith("symmetric=True seems to hold") for hint in hints)
    assert any(hint.startswith("homogeneous_degree=1 seems to hold") for hint in hints)
    assert not any(hint.startswith("permutation_invariant") for hint in hints)


def test_a_switch_is_seen_in_a_whole_run_and_ends_with_it():
    failed = {result.check for result in check_plugin(SwitchesGradients(), profile="quick", shrink=False).failed}
    assert failed == {"surroundings_untouched"}
    assert torch.is_grad_enabled()
