"""What the autoencoder minimises."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def mse(reconstruction: Tensor, images: Tensor) -> Tensor:
    """Return the mean squared error of (N, C, H, W) images in [0, 1]."""
    return F.mse_loss(reconstruction, images)


def ssim(reconstruction: Tensor, images: Tensor) -> Tensor:
    """Return 1 - the mean structural similarity (Wang et al. 2004) over windows of up to 11 x 11 pixels, in [0, 2]."""
    with torch.autocast(images.device.type, enabled=False):
        x, y = reconstruction, images
        side = min(11, *x.shape[-2:])
        mean_x, mean_y = _mean(x, side), _mean(y, side)
        var_x, var_y = _mean(x * x, side) - mean_x**2, _mean(y * y, side) - mean_y**2
        covariance = _mean(x * y, side) - mean_x * mean_y
        c1, c2 = 0.01**2, 0.03**2
        similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
        return 1 - (similarity / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))).mean()


def mse_ssim(reconstruction: Tensor, images: Tensor) -> Tensor:
    """Return the sum of both losses."""
    return mse(reconstruction, images) + ssim(reconstruction, images)


def _mean(values: Tensor, side: int) -> Tensor:
    # shifted sums, one direction after the other: where images lie channels-last, many times faster than avg_pool2d
    for dim in (-1, -2):
        shifted = [values.narrow(dim, first, values.shape[dim] - side + 1) for first in range(side)]
        values = reduce(torch.add, shifted) / side
    return values


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse, "ssim": ssim, "mse+ssim": mse_ssim}
