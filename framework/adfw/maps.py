"""What scorers do with anomaly maps: resize them, smooth them, pool them into one number for each image.

Everything is float32 arithmetic on elements, without convolution or matrix product: neither autocast nor TF32 touches
it, and no image's result depends on the others of its batch. torch is imported by the functions, so that a plugin may
name them at its top and is still listed in no time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Pooling = Literal["mean", "max", "top", "quantile"]


def resize_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize (N, h, w) maps to (N, H, W) by linear interpolation, which never leaves the range of the values.

    Shrinking averages over the pixels it drops, so that no small defect falls between the samples.
    """
    from torch.nn.functional import interpolate

    if tuple(maps.shape[1:]) == tuple(size):
        return maps
    shrinks = size[0] < maps.shape[1] or size[1] < maps.shape[2]
    planes = maps.unsqueeze(1)
    return interpolate(planes, tuple(size), mode="bilinear", align_corners=False, antialias=shrinks).squeeze(1)


def smooth_maps(maps: Tensor, sigma: float, *, radius: int | None = None) -> Tensor:
    """Smooth (..., h, w) maps with a Gaussian of `sigma` pixels, cut off at `radius` (4 sigma) and normalised.

    The border is replicated: padding with zeros would hide the defects that lie there. A sigma of 0 changes nothing.
    """
    import torch

    if sigma == 0:
        return maps
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma is a number of pixels, 0 or more, but got {sigma}")
    reach = math.ceil(4 * sigma) if radius is None else radius
    taps = [math.exp(-0.5 * (step / sigma) ** 2) for step in range(reach + 1)]
    total = taps[0] + 2 * sum(taps[1:])
    weights = [tap / total for tap in taps]
    planes = maps.reshape(-1, *maps.shape[-2:])
    chunks = torch.split(planes, _count_in_cache(planes))
    return torch.cat([_filter(_filter(chunk, weights, dim=-2), weights, dim=-1) for chunk in chunks]).view(maps.shape)


def _count_in_cache(planes: Tensor) -> int:
    """Return how many planes to take at once: on a CPU, no more than its cache holds, which is ten times as quick."""
    if planes.device.type != "cpu":
        return max(1, len(planes))
    return max(1, 2**18 // max(1, planes[0].numel())) if len(planes) else 1


def _filter(maps: Tensor, weights: list[float], dim: int) -> Tensor:
    """Filter along one dimension with the symmetric kernel (..., w1, w0, w1, ...).

    Sums of shifted maps: twice as quick on a CPU as a convolution of one channel, and alike in every position, so that
    equal input gives bitwise equal output.
    """
    import torch

    reach, length = len(weights) - 1, maps.shape[dim]
    first, last = maps.narrow(dim, 0, 1), maps.narrow(dim, length - 1, 1)
    padded = torch.cat([*[first] * reach, maps, *[last] * reach], dim)
    result = maps * weights[0]
    for step, weight in enumerate(weights[1:], start=1):
        before, after = padded.narrow(dim, reach - step, length), padded.narrow(dim, reach + step, length)
        result = result.add_(before + after, alpha=weight)
    return result


def pool_maps(maps: Tensor, pooling: Pooling = "mean", *, share: float = 0.01, q: float = 0.99) -> Tensor:
    """Pool (N, H, W) maps into (N,) scores; a NaN in a map makes its score NaN.

    `mean` and `max` are over all pixels; `top` is the mean of the highest `share` of the pixels, at least one;
    `quantile` is the q-quantile with linear interpolation. Raises ValueError for maps without pixels.
    """
    values = maps.flatten(1)
    if values.shape[1] == 0:
        raise ValueError(f"maps of shape {tuple(maps.shape)} hold no pixel to pool")
    match pooling:
        case "mean":
            return values.mean(1)
        case "max":
            return values.amax(1)
        case "top":
            return values.topk(_count(share, values.shape[1]), dim=1, sorted=False).values.mean(1)
        case "quantile":
            return _quantile(values, q)
        case _:
            raise ValueError(f"unknown pooling {pooling!r}; allowed: mean, max, top, quantile")


def _count(share: float, pixels: int) -> int:
    """Return the number of pixels that a share in (0, 1] makes; rounded up, since a share of few pixels is not none."""
    if not 0 < share <= 1:
        raise ValueError(f"share is a part of the pixels in (0, 1], but got {share}")
    return max(1, math.ceil(share * pixels))


def _quantile(values: Tensor, q: float) -> Tensor:
    """Return the quantiles of (N, P) values without the size limit of torch.quantile.

    topk counts NaN as the highest of all, so that it stands first and can be seen; kthvalue would skip it.
    """
    import torch

    if not 0 <= q <= 1:
        raise ValueError(f"q is a quantile in [0, 1], but got {q}")
    position = q * (values.shape[1] - 1)
    low = math.floor(position)
    top = values.topk(values.shape[1] - low, dim=1).values
    lower, upper = top[:, -1], top[:, max(0, top.shape[1] - 2)]
    between = torch.where(lower == upper, lower, torch.lerp(lower, upper, position - low))
    exact = lower if position == low else between
    return torch.where(top[:, 0].isnan(), top[:, 0], exact)
