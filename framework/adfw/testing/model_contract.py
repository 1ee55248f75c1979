"""What every model does: the contract. It is fitted once, on a dozen small images, and shown others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from hypothesis import strategies as st

from adfw.detector import load_state
from adfw.errors import TrainingError
from adfw.interfaces import Evidence
from adfw.testing.check import Check, Failure, Subject, require
from adfw.testing.fitting import evidence_of, fit, fitted, parts, state
from adfw.testing.surroundings import global_seed, left_alone
from adfw.testing.tolerance import require_equal

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Shown:
    """Images that the fitted model is shown: parts like those it learned from, some with a bright square."""

    count: int
    seed: int
    defect: bool

    def images(self, subject: Subject) -> Tensor:
        """Return (N, C, H, W) images of the size it was fitted on."""
        images = parts(self.count, fitted(subject).shape, self.seed + 1)
        if self.defect:
            images[0, :, 4:9, 6:11] = 1
        return images

    def __repr__(self) -> str:
        return f"{self.count} images (seed {self.seed}){', the first with a bright square' if self.defect else ''}"


def _same(one: list[Evidence], other: list[Evidence], sentence: str) -> None:
    require(len(one) == len(other), f"{sentence}: {len(one)} and {len(other)} layers")
    for layer, again in zip(one, other, strict=True):
        for side, back in ((layer.observed, again.observed), (layer.expected, again.expected)):
            require_equal(side, back, max(64, side[0].numel() if len(side) else 1), sentence)


def fit_leaves_eval_mode(subject: Subject, _: None) -> None:
    """After fit the model, and each part of it, is in eval mode."""
    training = [name or "the model itself" for name, part in fitted(subject).model.named_modules() if part.training]
    require(not training, f"after fit these are in train mode: {', '.join(training[:3])}; call self.eval()")


def evidence_right(subject: Subject, shown: Shown) -> None:
    """Evidence is a tuple of pairs (N, C, h, w), float32, finite, of equal shapes."""
    found = fitted(subject).model.examine(shown.images(subject))
    require(isinstance(found, tuple) and found, f"examine() returns {type(found).__name__}, not a tuple of Evidence")
    for layer in found:
        require(isinstance(layer, Evidence), f"examine() returns a tuple of {type(layer).__name__}, not of Evidence")
        one, other = layer.observed, layer.expected
        right = one.shape == other.shape and one.ndim == 4 and len(one) == shown.count
        require(right, f"observed is {tuple(one.shape)}, expected {tuple(other.shape)}, of {shown.count} images")
        require(one.dtype == other.dtype == torch.float32, f"observed is {one.dtype}, expected {other.dtype}")
        require(bool(one.isfinite().all() and other.isfinite().all()), "evidence of finite images is not finite")


def batch_independent(subject: Subject, shown: Shown) -> None:
    """Images of a batch do not influence each other."""
    model, images = fitted(subject).model, shown.images(subject)
    together = evidence_of(model, images)
    alone = [evidence_of(model, image[None]) for image in images]
    joined = [
        Evidence(torch.cat([one[k].observed for one in alone]), torch.cat([one[k].expected for one in alone]))
        for k in range(len(together))
    ]
    _same(together, joined, "an image's evidence depends on its batch")


def stateless(subject: Subject, shown: Shown) -> None:
    """Examining changes nothing: the same images give the same evidence again, and the state stays."""
    model, images = fitted(subject).model, shown.images(subject)
    before, first = state(model), evidence_of(model, images)
    evidence_of(model, 1 - images)
    _same(first, evidence_of(model, images), "its evidence changes once it has seen other images")
    changed = [name for name, tensor in state(model).items() if not torch.equal(tensor, before[name])]
    require(not changed, f"examining changes its state: {', '.join(changed[:3])}")


def input_untouched(subject: Subject, shown: Shown) -> None:
    """Images are read, never written."""
    images = shown.images(subject)
    before = images.clone()
    fitted(subject).model.examine(images)
    require(torch.equal(images, before), "examine() writes into the images")


def samples_untouched(subject: Subject, _: None) -> None:
    """Fitting writes into no sample."""
    ready = fitted(subject)
    written = [s.id for s, old in zip(ready.samples, ready.before, strict=True) if not torch.equal(s.image, old)]
    require(not written, f"fit() writes into the images of {', '.join(written[:3])}")


def surroundings_untouched(subject: Subject, shown: Shown) -> None:
    """Examining neither uses nor changes global random generators and settings."""
    model, images = fitted(subject).model, shown.images(subject)
    with left_alone():
        first = evidence_of(model, images)
    with global_seed(1234):
        _same(first, evidence_of(model, images), "its evidence depends on the global random seed")


def any_memory_layout(subject: Subject, shown: Shown) -> None:
    """Strided images are taken, and give the same."""
    model, images = fitted(subject).model, shown.images(subject)
    strided = images.transpose(1, 3).contiguous().transpose(1, 3)
    _same(evidence_of(model, images), evidence_of(model, strided), "images that are not contiguous have other evidence")


def empty_batch(subject: Subject, shown: Shown) -> None:
    """No images have no evidence, or raise ValueError."""
    try:
        found = evidence_of(fitted(subject).model, shown.images(subject)[:0])
    except ValueError:
        return
    for layer in found:
        require(len(layer.observed) == len(layer.expected) == 0, "no images have evidence of some")


def nan_is_seen(subject: Subject, shown: Shown) -> None:
    """A NaN in an image shows in its evidence, and in no other's; or raises ValueError."""
    model, images = fitted(subject).model, shown.images(subject)
    plain = evidence_of(model, images)
    images[0, 0, 3, 3] = math.nan
    try:
        found = evidence_of(model, images)
    except ValueError:
        return
    seen = any(bool(side[0].isnan().any()) for layer in found for side in (layer.observed, layer.expected))
    require(seen, "a NaN in an image disappears, so that a broken image may pass for normal")
    rest = [[Evidence(one.observed[1:], one.expected[1:]) for one in layers] for layers in (plain, found)]
    _same(rest[0], rest[1], "a NaN in one image changes another's evidence")


def other_sizes_taken_or_refused(subject: Subject, shown: Shown) -> None:
    """Images of another size give evidence or raise ValueError, nothing else."""
    channels, height, width = fitted(subject).shape
    for shape in ((channels, height + 5, width + 3), (channels, 1, 1), (channels + 1, height, width)):
        try:
            found = evidence_of(fitted(subject).model, parts(shown.count, shape, shown.seed))
        except ValueError as error:
            require(str(error).strip(), f"images of {shape} raise a ValueError that says nothing")
            continue
        numbers = {len(layer.observed) for layer in found}
        require(numbers == {shown.count}, f"{shown.count} images of {shape} give evidence of {numbers}")


def state_is_everything(subject: Subject, shown: Shown) -> None:
    """A model built anew that loads the state examines alike."""
    images, model = shown.images(subject), fitted(subject).model
    wrong = [name for name, value in model.state_dict().items() if not isinstance(value, torch.Tensor)]
    require(not wrong, f"its state holds more than tensors: {', '.join(wrong[:3])}")
    again = subject.build()
    load_state(again, state(model))
    _same(evidence_of(model, images), evidence_of(again, images), "a model that loads its state has other evidence")


def same_seed_same_model(subject: Subject, _: None) -> None:
    """The same samples and seed give the same model, whatever the global seed."""
    ready, states = fitted(subject), []
    for seed in (1, 2):
        with global_seed(seed):
            states.append(state(fit(subject.build(), list(ready.samples))))
    odd = [name for name, tensor in states[0].items() if not torch.equal(tensor, states[1][name])]
    require(not odd, f"fitted twice with one seed, these differ: {', '.join(odd[:3])}; draw from context.seed alone")


def nothing_to_learn_from(subject: Subject, _: None) -> None:
    """Without a sample, fit raises TrainingError."""
    try:
        fit(subject.build(), [])
    except TrainingError as error:
        require(str(error).strip(), "TrainingError says nothing; name what it takes")
        return
    raise Failure("fitted on no sample it raises nothing; raise TrainingError with the number it takes")


def progress_sensible(subject: Subject, _: None) -> None:
    """What it tells of its progress never goes beyond the end, and its training curves are finite."""
    diary = fitted(subject).diary
    beyond = [step for step in diary.steps if not 0 <= step[0] <= step[1]]
    require(not beyond, f"it reports {beyond[0][0]:g} of {beyond[0][1]:g} done" if beyond else "")
    odd = [name for row in diary.rows for name, value in row.items() if not math.isfinite(value)]
    require(not odd, f"its training curves hold figures that are not finite: {', '.join(odd[:3])}")


_SHOWN = st.builds(Shown, st.integers(1, 3), st.integers(0, 100), st.booleans())
_SEVERAL = st.builds(Shown, st.integers(2, 3), st.integers(0, 100), st.booleans())
CHECKS = (
    Check(fit_leaves_eval_mode, None),
    Check(evidence_right, _SHOWN),
    Check(batch_independent, _SEVERAL),
    Check(stateless, _SHOWN),
    Check(input_untouched, _SHOWN),
    Check(samples_untouched, None),
    Check(surroundings_untouched, _SHOWN),
    Check(any_memory_layout, _SHOWN),
    Check(empty_batch, _SHOWN),
    Check(nan_is_seen, _SEVERAL),
    Check(other_sizes_taken_or_refused, _SHOWN),
    Check(state_is_everything, _SHOWN),
    Check(same_seed_same_model, None),
    Check(nothing_to_learn_from, None),
    Check(progress_sensible, None),
)
