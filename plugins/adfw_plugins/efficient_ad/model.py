"""EfficientAD as a model: teacher, student and autoencoder, in the order of the paper's algorithm 1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from adfw import Evidence, FitContext, LazySamples, Model, Sample, TrainingError, batches, train
from adfw_plugins.backbone.extractor import IMAGENET_MEAN, IMAGENET_STD
from adfw_plugins.backbone.spread import Spread
from adfw_plugins.efficient_ad.augmentation import shifted_colours
from adfw_plugins.efficient_ad.distilling import Distilling, read_teacher
from adfw_plugins.efficient_ad.networks import CODED, autoencoder, patch_description, places
from adfw_plugins.efficient_ad.textures import SMALLEST, textures_beside
from adfw_plugins.efficient_ad.windows import STRIDE, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.efficient_ad import EfficientAdConfig

HELD_OUT = 10  # every tenth image: its maps set the scales of the two maps
LOWER, UPPER, HEIGHT = 0.9, 0.995, 0.1  # quantiles of a normal map, and what lies between them after scaling
TOGETHER = 4
BORDER = 4  # places at each side that networks without padding do not see


class EfficientAd(Model, nn.Module):
    """The evidence is (teacher, student) and (autoencoder, student), scaled so that normal maps are alike.

    `mean` and `deviation` (features, 1, 1) standardise the teacher; `scales` (2,) are the square roots of the factors
    that the paper's map normalisation applies to the two squared differences.
    """

    mean: Tensor
    deviation: Tensor
    scales: Tensor
    image_mean: Tensor
    image_deviation: Tensor

    def __init__(self, config: EfficientAdConfig) -> None:
        super().__init__()
        self.config = config
        self.teacher = patch_description(config.channels, config.features).requires_grad_(False)
        self.student = patch_description(config.channels, 2 * config.features)
        self.autoencoder = autoencoder(config.features)
        self.register_buffer("mean", torch.zeros(config.features, 1, 1))
        self.register_buffer("deviation", torch.ones(config.features, 1, 1))
        self.register_buffer("scales", torch.ones(2))
        self.register_buffer("image_mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("image_deviation", torch.tensor(IMAGENET_STD).view(3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)
        self.eval()

    def fit(self, train_samples: Sequence[Sample], context: FitContext) -> None:
        """Get a teacher, train student and autoencoder, scale their maps; see Model.fit."""
        seen, held_out = _parts(train_samples)
        _require_size(train_samples[0])
        self._start_anew(context.seed)
        self.to(context.device)
        if self.config.teacher == "distil":
            self.teacher.requires_grad_(True)
            Distilling(self.config, self.teacher, context.device).run(seen, _within(context, "teacher"))
        else:
            read_teacher(self.config.teacher, self.teacher)
        self.teacher.requires_grad_(False).eval()
        self._standardise(seen, context.device)
        learners = nn.ModuleDict({"student": self.student, "autoencoder": self.autoencoder})
        train(learners, self._loss, seen, self.config.training, _within(context, "student"))
        self.eval()
        self._set_scales(held_out)

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return Evidence(teacher, student) and Evidence(autoencoder, student); raises ValueError for other shapes."""
        if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
            raise ValueError(f"efficient_ad takes (N, 1 or 3, H, W) images, not {tuple(images.shape)}")
        images = images.to(self.mean.device)
        looks = [self._look(image[None]) for image in images]
        taught, followed, coded, imitated = (_bordered(torch.cat(part)) for part in zip(*looks, strict=True))
        first, second = self.scales
        return (Evidence(taught * first, followed * first), Evidence(coded * second, imitated * second))

    def _look(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the teacher's features, the student's, the autoencoder's and the student's of those."""
        normalised = self._normalise(images)
        try:
            taught = self._teach(normalised)
            followed, imitated = self.student(normalised).float().chunk(2, dim=1)
        except RuntimeError as error:
            size = " x ".join(map(str, images.shape[-2:]))
            raise ValueError(f"efficient_ad cannot take images of {size} pixels: {error}") from error
        return taught, followed, self._code(normalised, Window.whole(normalised)), imitated

    def _loss(self, images: Tensor) -> Tensor:
        """Return the sum of the losses of algorithm 1, with drawn textures for its ImageNet images."""
        window = Window.drawn(images) if self.student.training else Window.whole(images)
        normalised = self._normalise(window.cut(images))
        followed = self.student(normalised)[:, : self.config.features].float()
        distances = (self._teach(normalised) - followed).square().flatten()
        worst = distances.topk(max(1, round(self.config.hard * distances.numel())), sorted=False).values.mean()
        loss: Tensor = worst
        if not self.student.training or float(torch.rand(())) < self.config.coding:
            loss = loss + self._coding_loss(images, window)
        return loss + self.config.penalty * self._answers(images)

    def _coding_loss(self, images: Tensor, window: Window) -> Tensor:
        """Return what the autoencoder misses of the teacher's features, and the student of the autoencoder's."""
        whole = self._normalise(shifted_colours(images.expand(-1, 3, -1, -1)))
        varied = window.cut(whole)
        coded = self._code(whole, window)
        imitated = self.student(varied)[:, self.config.features :].float()
        return F.mse_loss(coded, self._teach(varied)) + F.mse_loss(imitated, coded.detach())

    def _answers(self, images: Tensor) -> Tensor | float:
        """Return the mean square of what the student answers to drawn textures."""
        if not (self.config.penalty and self.student.training):
            return 0.0
        answers: Tensor = self.student(self._normalise(textures_beside(images)))[:, : self.config.features]
        return answers.float().square().mean()

    def _normalise(self, images: Tensor) -> Tensor:
        normalised = (images.expand(-1, 3, -1, -1) - self.image_mean) / self.image_deviation
        return normalised.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _teach(self, normalised: Tensor) -> Tensor:
        taught: Tensor = self.teacher(normalised).float()
        return (taught - self.mean) / self.deviation

    def _code(self, whole: Tensor, window: Window) -> Tensor:
        """Return what the autoencoder makes of whole images, at the teacher's places in a window of them."""
        small = F.interpolate(whole, size=(CODED, CODED), mode="bilinear", align_corners=False, antialias=True)
        size = places(whole.shape[-2]), places(whole.shape[-1])
        coded = F.interpolate(self.autoencoder(small).float(), size=size, mode="bilinear", align_corners=False)
        row, column = window.top // STRIDE, window.left // STRIDE
        return coded[..., row : row + places(window.height), column : column + places(window.width)]

    def _start_anew(self, seed: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            fresh = EfficientAd(self.config)
        self.load_state_dict(fresh.state_dict())

    @torch.inference_mode()
    def _standardise(self, samples: Sequence[Sample], device: str) -> None:
        spread = Spread()
        for batch in batches(samples, TOGETHER):
            spread.add(self.teacher(self._normalise(batch.images.to(device))).float())
        self.mean, self.deviation = spread.mean.clone(), spread.deviation().clone()

    @torch.inference_mode()
    def _set_scales(self, held_out: Sequence[Sample]) -> None:
        """Scale both maps so that two quantiles of normal maps lie HEIGHT apart (section 3.4).

        The paper also shifts them, by the same for every pixel of every image: that changes the order of no scores.
        """
        self.scales.fill_(1)
        looks = [self.examine(sample.image[None]) for sample in held_out]
        for index, layers in enumerate(zip(*looks, strict=True)):
            values = torch.cat([(one.observed - one.expected).square().mean(1).flatten() for one in layers])
            self.scales[index] = _quantile_scale(values)


def _quantile_scale(values: Tensor) -> float:
    """Return the square root of the factor that puts two quantiles of (P,) values of normal maps HEIGHT apart."""
    ordered = values.sort().values
    low, high = (float(ordered[int(share * (len(ordered) - 1))]) for share in (LOWER, UPPER))
    if not high > low:
        raise TrainingError("the maps of the held-out normal images are constant; use images that differ")
    factor: float = (HEIGHT / (high - low)) ** 0.5
    return factor


def _parts(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """Part the samples into those to learn from and those held out."""
    if len(samples) < 3:
        raise TrainingError(f"{len(samples)} training images, but efficient_ad needs at least 3: it holds some out")
    held_out = range(min(HELD_OUT, len(samples)) - 1, len(samples), HELD_OUT)
    rest = [index for index in range(len(samples)) if index not in held_out]
    return LazySamples(rest, samples.__getitem__), LazySamples(held_out, samples.__getitem__)


def _require_size(sample: Sample) -> None:
    height, width = sample.image.shape[-2:]
    if min(height, width) < SMALLEST:
        raise TrainingError(
            f"{sample.id} has {height} x {width} pixels, but efficient_ad takes images of {SMALLEST} x {SMALLEST} and "
            "more; set preprocessing.size to 256, as the paper does"
        )


def _within(context: FitContext, part: str) -> FitContext:
    """Return the context of one of two trainings, which keep their states apart."""
    return context if context.checkpoint is None else replace(context, checkpoint=context.checkpoint / part)


def _bordered(features: Tensor) -> Tensor:
    return F.pad(features, (BORDER, BORDER, BORDER, BORDER))
