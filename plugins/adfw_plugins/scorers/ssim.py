"""Structural similarity of one scale and of several, as maps of 1 - SSIM.

With s = x + y and d = x - y, the two factors of SSIM(x, y) are exactly

    luminance          1 - mean(d)^2 / ((mean(s)^2 + mean(d)^2) / 2 + C1)
    contrast-structure 1 - var(d)    / ((var(s)    + var(d))    / 2 + C2)

so that what is measured is the deviation from 1 itself: equal images give exactly 0, nothing cancels near 1, and four
planes are filtered where x, y, x^2, y^2 and xy would make five.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from adfw import ScorerTraits, resize_maps, smooth_maps
from adfw_plugins.scorers.pooled import Difference

if TYPE_CHECKING:
    from torch import Tensor

# Wang et al. 2004: K1 = 0.01, K2 = 0.03 and an 11 x 11 window of sigma 1.5; the range of the data is always 1.
C1, C2 = 0.01**2, 0.03**2
SIGMA, RADIUS = 1.5, 5
# Wang, Simoncelli and Bovik 2003, table 1: weights of the scales, the finest first.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def structural(observed: Tensor, expected: Tensor) -> Tensor:
    """Return 1 - SSIM in [0, 2], averaged over the channels.

    The border is replicated, so that every pixel has a value and images smaller than the window are taken as well.
    """
    luminance, contrast = _deviations(observed, expected)
    return (luminance + contrast - luminance * contrast).clamp_min(0).mean(1)


def multi_scale(observed: Tensor, expected: Tensor) -> Tensor:
    """Return 1 - MS-SSIM in [0, 1], averaged over the channels.

    Each scale halves the one before; its map is enlarged to the size of the first, and negative factors count as 0. A
    scale whose shorter side is smaller than the window is left out, the first excepted, and the others' weights are
    scaled up to a sum of 1.
    """
    size = (observed.shape[-2], observed.shape[-1])
    scales = _count_scales(min(size))
    total = sum(WEIGHTS[:scales])
    logarithm = torch.zeros_like(observed)
    for scale in range(scales):
        luminance, contrast = _deviations(observed, expected)
        factors = [contrast, luminance] if scale == scales - 1 else [contrast]
        for deviation in factors:
            full = resize_maps(deviation.flatten(0, 1), size).view_as(logarithm)
            logarithm += torch.log1p(-full.clamp(0, 1)) * (WEIGHTS[scale] / total)
        observed, expected = _halve(observed), _halve(expected)
    return -torch.expm1(logarithm).mean(1)


def _count_scales(side: int) -> int:
    return 1 + sum(side >> scale >= 2 * RADIUS + 1 for scale in range(1, len(WEIGHTS)))


def _halve(images: Tensor) -> Tensor:
    return F.avg_pool2d(images, 2, ceil_mode=True, count_include_pad=False)


def _deviations(observed: Tensor, expected: Tensor) -> tuple[Tensor, Tensor]:
    """Return 1 - luminance and 1 - contrast-structure, each (N, C, h, w) and >= 0."""
    planes = torch.stack([observed + expected, observed - expected])
    # Variances don't change with the mean, but E[x^2] - E[x]^2 loses its digits where the mean is large.
    centre = planes.mean((-2, -1), keepdim=True)
    planes = planes - centre
    moments = smooth_maps(torch.cat([planes, planes.square()]), SIGMA, radius=RADIUS)
    mean_sum, mean_difference = moments[:2] + centre
    var_sum, var_difference = (moments[2:] - moments[:2].square()).clamp_min(0)
    luminance = mean_difference**2 / ((mean_sum**2 + mean_difference**2) / 2 + C1)
    return luminance, var_difference / ((var_sum + var_difference) / 2 + C2)


_STRUCTURAL = ScorerTraits(
    zero_if_identical=True,
    zero_only_if_identical=False,
    symmetric=True,
    homogeneous_degree="no",
    monotone_in_residual=False,
    bounded=(0, 2),
    translation="interior",
    flip_equivariant=True,
    even=True,
)
STRUCTURAL = Difference(structural, _STRUCTURAL)
MULTI_SCALE = Difference(multi_scale, replace(_STRUCTURAL, bounded=(0, 1), translation="no", flip_equivariant=False))
