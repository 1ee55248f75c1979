"""What is done to an image between the file and the model; a part of the recipe and of every saved detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adfw.errors import DatasetError

if TYPE_CHECKING:
    from torch import Tensor

Side = Annotated[int, Field(ge=1, le=16_384)]
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_LEVELS_8, _LEVELS_16 = 255, 65_535


class Preprocessing(BaseModel):
    """Size and colour of the images a model sees.

    `size` is the side of a square or [height, width]; images are stretched to it with antialiased bilinear resizing.
    `bit_depth` says how many bits carry data in 16-bit files of 9- to 15-bit cameras: 2^bit_depth - 1 becomes 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Annotated[
        Side | tuple[Side, Side],
        Field(description="side of a square, or [height, width], that images are stretched to"),
    ] = 256
    color: Annotated[Literal["grey", "rgb"], Field(description="grey is the luminance of ITU-R BT.601")] = "rgb"
    bit_depth: Annotated[
        Annotated[int, Field(ge=9, le=15)] | None,
        Field(description="bits that carry data in the 16-bit files of 9- to 15-bit cameras; null for all"),
    ] = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return (C, H, W) of the images that come out."""
        height, width = (self.size, self.size) if isinstance(self.size, int) else self.size
        return (1 if self.color == "grey" else 3, height, width)

    def apply(self, image: Tensor) -> Tensor:
        """Turn (C, H, W) float32 in [0, 1], C 1 or 3, into `shape` float32 in [0, 1].

        Values end up on the 8-bit grid k / 255 if all came from it and `bit_depth` is not set, else on k / 65535, so
        that storing them loses nothing. Raises DatasetError for samples above `bit_depth`, outside [0, 1] or NaN, and
        for another C.
        """
        image, levels = self.colored(image)
        if tuple(image.shape[1:]) != self.shape[1:]:
            image = _resized(image, self.shape[1:])
        image = image.clamp(0, 1).mul(levels).round_().div_(levels)
        return image.expand(self.shape).contiguous()

    def colored(self, image: Tensor) -> tuple[Tensor, int]:
        """Bring colours and bit depth in order, at the image's own size; return the levels of its grid, too.

        For colour, a grey image stays one of 1 channel. Raises DatasetError as `apply` does.
        """
        low, high = image.aminmax()
        if not (low >= 0 and high <= 1):
            raise DatasetError(f"image values from {float(low):g} to {float(high):g}; they belong in [0, 1]")
        levels = _LEVELS_8 if on_8_bit_grid(image) else _LEVELS_16
        if self.bit_depth is not None:
            image, levels = _stretched(image, self.bit_depth, levels), _LEVELS_16
        return _colored(image, self.color), levels


def on_8_bit_grid(image: Tensor) -> bool:
    """Tell whether every value is k / 255 for a whole k, as decoding a file of up to 8 bits a sample leaves it."""
    return bool((image.mul(_LEVELS_8).round_().div_(_LEVELS_8) == image).all())


def _stretched(image: Tensor, bit_depth: int, levels: int) -> Tensor:
    top = (1 << bit_depth) - 1
    brightest = round(float(image.max()) * _LEVELS_16)
    if levels == _LEVELS_8 and brightest > 0:
        raise DatasetError(f"an 8-bit image, but preprocessing.bit_depth is {bit_depth}; remove bit_depth")
    if brightest > top:
        raise DatasetError(
            f"a sample of {brightest} is above the {top} of preprocessing.bit_depth {bit_depth}; "
            f"set bit_depth to {brightest.bit_length()} or more, or remove it for 16 bits"
        )
    return image * (_LEVELS_16 / top)


def _colored(image: Tensor, color: str) -> Tensor:
    """Return one channel for grey; for colour leave one or three, since grey is repeated only at the end."""
    channels = len(image)
    if channels not in (1, 3):
        raise DatasetError(f"an image of {channels} channels; allowed: 1 (grey) or 3 (RGB)")
    if color == "grey" and channels == 3:
        red, green, blue = (band * share for band, share in zip(image, _LUMA, strict=True))
        grey: Tensor = (red + green + blue)[None]
        return grey
    return image


def _resized(image: Tensor, size: tuple[int, int]) -> Tensor:
    from torch.nn.functional import interpolate

    resized: Tensor = interpolate(image[None], size, mode="bilinear", antialias=True, align_corners=False)[0]
    return resized
