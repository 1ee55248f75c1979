"""The contracts between datasets, models, scorers, threshold strategies and executors; nothing else.

That of stores is in `store_interface.py`. Importing this module does not import torch: `adfw --help` and `adfw
plugins` stay quick.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from adfw.traits import ScorerTraits, ThresholdTraits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from torch import Tensor, nn

    _Module = nn.Module
else:
    # At run time a model names nn.Module itself, so that reading the contracts needs no torch.
    _Module = object

SplitName = Literal["train", "calibration", "test"]
Needs = Literal["none", "normal_scores", "labelled_scores"]
Verdict = Literal["normal", "review", "anomalous", "invalid"]
Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One image with what is known of it.

    `image` is (C, H, W) float32 in [0, 1]; `mask` is (H, W) bool, true where defective, or None where nobody drew
    one; `label` is 0 (normal) or 1 (anomalous); `defect` is the type of the defect, "" for normal; `id` is stable
    across machines (the path relative to the dataset's root, with forward slashes).
    """

    id: str
    image: Tensor
    label: int
    defect: str = ""
    mask: Tensor | None = None
    path: Path | None = None


class Dataset(ABC):
    """Images in three disjoint parts.

    `train` and `calibration` hold normal images only. The same configuration gives the same split on every machine.
    """

    notice: str = ""
    """A sentence that terminal and reports print in plain sight, e.g. that the images were drawn; "" for none."""
    licence: str = ""
    """Of the images, e.g. CC BY-NC-SA 4.0, for the model card; "" where nobody stated it."""

    @abstractmethod
    def split(self, name: SplitName) -> Sequence[Sample]:
        """Return one part; samples are decoded when indexed, not before.

        Raises DatasetError where the part is missing, and InvalidImage, on indexing, for a file that is not readable.
        """

    def findings(self) -> Sequence[str]:
        """Say, in sentences, what is wrong with the files and can be told without decoding them."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a model observed in a batch of images and what it expected: two (N, C, h, w) float32 tensors of one space.

    Image and reconstruction; teacher and student features; patch features and their nearest neighbours.
    """

    observed: Tensor
    expected: Tensor


class Progress(Protocol):
    """Where a model reports how far its training is."""

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        """Show that `done` of `total` units of work (epochs, images: the model's choice) are done."""

    def record(self, figures: Mapping[str, float]) -> None:
        """Keep one row of the training curves, e.g. {"epoch": 3, "train_loss": 0.002}."""

    def say(self, sentence: str) -> None:
        """Tell the user something that changes speed or results, e.g. that compiling fell back to eager."""


@dataclass(frozen=True, slots=True)
class FitContext:
    """What a model may use while it is fitted.

    `device` is a torch device string; `precision` is the widest cut in precision allowed for the arithmetic of
    training; `checkpoint` is a folder in which the model may keep its state to resume from, or None.
    """

    device: str
    precision: Precision
    seed: int
    progress: Progress
    compile: bool = False
    checkpoint: Path | None = None
    resume: bool = False


class Model(ABC, _Module):
    """Learns what normal images look like. Derive from `Model` and `torch.nn.Module`, in this order.

    The state is tensors only (parameters and buffers), so that `state_dict()` is the whole of it: a freshly built
    model that loads it examines alike. Buffers may change their shape in `fit`.
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if not any(base.__module__.startswith("torch.nn") for base in cls.__mro__):
            raise TypeError(f"model {cls.__name__} is no torch module; write: class {cls.__name__}(Model, nn.Module)")

    @abstractmethod
    def fit(self, train: Sequence[Sample], context: FitContext) -> None:
        """Learn from normal samples, all of one image size, and leave the model in eval mode on `context.device`.

        Raises TrainingError where the samples do not suffice.
        """

    @abstractmethod
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return the evidence of (N, C, H, W) float32 images in [0, 1]; images of a batch do not influence each other.

        One entry for each layer or scale the model looks at. Raises ValueError for images it cannot take.
        """


class Scorer(ABC):
    """Measures how far observed and expected differ; a high score is indicative of an anomaly.

    Pure and stateless; float32, >= 0; no image's map or score depends on its batch.
    """

    @property
    def traits(self) -> ScorerTraits:
        """Say what holds beyond that; `adfw plugins check` tries what is declared, and hints at what seems to hold."""
        return ScorerTraits()

    @abstractmethod
    def maps(self, evidence: Sequence[Evidence], size: tuple[int, int]) -> Tensor:
        """Return (N, H, W) float32 anomaly maps, >= 0, at `size` = (H, W) pixels."""

    @abstractmethod
    def score(self, maps: Tensor) -> Tensor:
        """Pool (N, H, W) anomaly maps into (N,) float32 scores."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The result of a threshold strategy: anomalous if and only if float64(score) >= float64(value).

    `value` is in [-inf, +inf]: -inf flags everything, +inf nothing. With `review_from`, scores in
    [review_from, value) are sent to a human. `plateau` = (lower, upper] holds every value that decides alike on the
    scores it was fitted on. `promise` says in one sentence what is guaranteed, "" if nothing is. `degenerate` cuts
    decide all the scores they were fitted on alike. Raises ValueError for a value that is NaN, or below `review_from`.
    """

    value: float
    promise: str = ""
    n_normal: int = 0
    n_anomalous: int = 0
    objective: float | None = None
    plateau: tuple[float, float] | None = None
    ties: int = 0
    review_from: float | None = None
    warnings: tuple[str, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    degenerate: bool = False

    def __post_init__(self) -> None:
        if self.value != self.value or (self.review_from is not None and not self.review_from <= self.value):
            raise ValueError(f"a cut at {self.value} with review from {self.review_from} decides nothing")


class Threshold(ABC):
    """A strategy that turns a set of scores into one cut; deterministic and blind to the order of the scores."""

    needs: ClassVar[Needs]
    """"none"; "normal_scores": normal images the model never saw; "labelled_scores": normal and anomalous ones."""

    @property
    def traits(self) -> ThresholdTraits:
        """Say what holds beyond that; `adfw plugins check` tries what is declared, and hints at what seems to hold."""
        return ThresholdTraits()

    @abstractmethod
    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Fit (N,) finite or +inf scores with (N,) labels 0 or 1.

        Raises InvalidScores for NaN or -inf, and ThresholdNotIdentifiable, with the count it would take, where the
        scores do not determine a cut.
        """

    def fit_defects(
        self,
        scores: npt.NDArray[np.float64],
        labels: npt.NDArray[np.int64],
        defects: npt.NDArray[np.str_],  # noqa: ARG002 - for the strategies that override this
    ) -> Cut:
        """Fit with the (N,) types of the defects, "" for normal; a strategy that tells types apart overrides this."""
        return self.fit(scores, labels)


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work as data, which any process with the same plugins can do: `adfw.perform(task)`.

    `work` is "run" (a recipe into a folder), "inspect" (a shard of images into a table) or "probe" (tell of the
    process); `arguments` hold what JSON can hold. Work done is not done again, so a task may be tried twice.
    """

    key: str
    work: Literal["run", "inspect", "probe"]
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of the task of this key: `fault` is "" where it was done, else a sentence; `values` fit JSON."""

    key: str
    fault: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


class Executor(ABC):
    """Has tasks done by other processes, here or on other machines."""

    @abstractmethod
    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        """Do each task by `adfw.perform` and yield one result for each, as they end.

        With `fresh` a process does no more than one task, so that its memory is the task's. A fault is a result and
        stops nobody; a task whose process or machine dies is tried again, at least once. Closing the iterator ends
        what still runs. Raises RunError where the processes cannot be had at all.
        """


class Sink(ABC):
    """A receiver of verdicts outside the inspection service, which may be slow or away.

    The service keeps on disk what a sink has not taken, and tries again; a verdict may come twice after a crash, and
    carries a `number` that tells.
    """

    @abstractmethod
    def deliver(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Hand over verdicts, the oldest first, as the service's audit log has them; called from one thread.

        Return once the receiver has taken all of them. Raise anything if it has not: all of them come again.
        """

    def close(self) -> None:
        """Let go of connections; called once, after the last `deliver`."""
        return
