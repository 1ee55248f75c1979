"""Images of a shard, read on one side and scored on the other; between them they travel as integers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from adfw.errors import DatasetError, InvalidImage
from adfw.images.content import to_integers
from adfw.images.decode import decode_image, to_unit
from adfw.images.formats import ImageLimits
from adfw.shards.places import is_url, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.detector import Detector
    from adfw.images.preprocessing import Preprocessing

    ReadPiece = tuple[npt.NDArray[np.unsignedinteger], list[str]]
    """(N, C, H, W) uint8 or uint16 samples of the images that could be read; for every image its fault, "" for none."""
    ScoredPiece = tuple[npt.NDArray[np.float64], list[str]]
    """(N,) scores of all images, NaN where invalid; for every image its fault."""

LIMITS = ImageLimits()
_8_TO_16 = 257


def read_piece(images: Sequence[str], preprocessing: Preprocessing, threads: int = 2) -> ReadPiece:
    """Read, decode and preprocess images; one that cannot be is a fault and stops nobody."""
    with ThreadPoolExecutor(threads, thread_name_prefix="adfw-shard") as pool:
        found = list(pool.map(lambda image: _read(image, preprocessing), images))
    sound = [pixels for pixels, _ in found if pixels is not None]
    if len({pixels.dtype for pixels in sound}) > 1:  # k / 255 is 257 k / 65,535
        sound = [pixels.astype(np.uint16) * (_8_TO_16 if pixels.dtype == np.uint8 else 1) for pixels in sound]
    none = np.empty((0, *preprocessing.shape), np.uint8)
    return (np.stack(sound) if sound else none), [fault for _, fault in found]


def _read(image: str, preprocessing: Preprocessing) -> tuple[npt.NDArray[np.unsignedinteger] | None, str]:
    try:
        source = read_bytes(image, LIMITS.max_bytes) if is_url(image) else Path(image)
        return to_integers(preprocessing.apply(decode_image(source, LIMITS))), ""
    except InvalidImage as error:
        return None, f"{image}: {error.reason}"
    except DatasetError as error:
        text = str(error)
        return None, text if text.startswith(image) else f"{image}: {text}"


def score_piece(read: ReadPiece, detector: Detector) -> ScoredPiece:
    """Score what was read; the same piece has the same scores wherever it is scored."""
    pixels, faults = read[0], list(read[1])
    scores = np.full(len(faults), np.nan)
    places = [index for index, fault in enumerate(faults) if not fault]
    if places:
        found, _ = detector.score(torch.from_numpy(to_unit(pixels)))
        scores[places] = found.double().numpy()
    for place in places:
        if np.isnan(scores[place]):
            faults[place] = "its score is not a number"
    return scores, faults
