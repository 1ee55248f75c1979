"""What a run found, as one document: `report.json`, from which every other form of the report is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from adfw.errors import RunError
from adfw.evaluation.figure import Figure  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from pathlib import Path

Leakage = Literal["none", "in_sample", "cross_fit", "partial"]
Validity = Literal["real", "synthetic"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CutDocument(_Part):
    """A cut as JSON can hold it: `kind` tells apart "never" (+inf), "always" (-inf) and a finite value.

    `exact` is the float64 value as hexadecimal text (`float.hex`); `value` is the same for readers.
    """

    kind: Literal["finite", "never", "always"]
    value: float | None = None
    exact: str | None = None
    review_from: str | None = None
    promise: str = ""
    n_normal: int = 0
    n_anomalous: int = 0
    objective: float | None = None
    plateau: tuple[str, str] | None = None
    ties: int = 0
    warnings: tuple[str, ...] = ()
    parameters: dict[str, float] = {}
    degenerate: bool = False


class Confusion(_Part):
    """Counts of images by truth and verdict; `review` and `invalid` are neither passed nor rejected."""

    true_normal: int
    false_anomalous: int
    false_normal: int
    true_anomalous: int
    review_normal: int = 0
    review_anomalous: int = 0
    invalid: int = 0


class StrategyDocument(_Part):
    """One threshold strategy: where its cut came from and what it decided on the test images.

    `figures` holds accuracy, precision, recall, f1, false_alarm_rate and, where costs are stated, cost_per_1000.
    Under the oracle protocol every key begins with `oracle_`.
    """

    label: str
    config: dict[str, JsonValue]
    protocol: str
    leakage: Leakage
    validity: Validity = "real"
    """Whether the cut was fitted on the dataset's own images alone, or also on defects that were drawn."""
    cut: CutDocument | None
    cut_interval: tuple[float | None, float | None] | None = None
    confusion: Confusion | None = None
    figures: dict[str, Figure] = {}
    recall_by_defect: dict[str, Figure] = {}
    fit_digest: str = ""
    """SHA-256 over ids and scores of what the cut was fitted on, "" where it was fitted on nothing."""
    problem: str = ""
    """Why there is no cut, where the strategy could not be identified."""
    fallback: str = ""
    """Which strategy set the cut instead, and why, where the entry names a fallback and it was used."""

    def origin(self) -> dict[str, Any]:
        """Return where the cut comes from, as a detector keeps it."""
        return self.model_dump(mode="json", include={"config", "protocol", "leakage", "validity"})


class ScorerDocument(_Part):
    """One scorer on the trained model.

    `ranking` holds auroc and average_precision of images; `localisation` pixel_auroc, pixel_average_precision,
    aupro_0.30 and aupro_0.05. `verdict` says in one sentence whether the scorer separates these images.
    """

    label: str
    config: dict[str, JsonValue]
    verdict: str
    scores: str
    """Path of its score table (CSV) in the run folder."""
    ranking: dict[str, Figure]
    localisation: dict[str, Figure]
    strategies: tuple[StrategyDocument, ...]


class GalleryItem(_Part):
    """One test image worth looking at; paths are relative to the run folder, "" where there is no such picture.

    Scores and verdict are those of the first scorer with the first strategy. `image` and `mask_outline` have the
    original resolution.
    """

    id: str
    kind: Literal["miss", "false_alarm", "caught", "passed"]
    defect: str
    score: float
    verdict: str
    image: str
    expected: str = ""
    overlay: str = ""
    """The image in grey under its anomaly map."""
    mask_outline: str = ""
    """The outline of the mask on a transparent ground, to lie over `image`."""
    map_scale: float | None = None
    """The anomaly map's value at the brightest end of the overlay's colours; the darkest end is 0."""


class RunDocument(_Part):
    """The whole of `report.json`."""

    schema_version: Literal[1] = 1
    name: str
    created: str
    recipe: dict[str, Any]
    recipe_digest: str
    notice: str
    """The dataset's notice, printed in plain sight ("" for none)."""
    licence: str = ""
    """Of the images, as the dataset states it; "" where it does not."""
    versions: dict[str, str]
    hardware: dict[str, str]
    counts: dict[str, dict[str, int]]
    """Images by split and defect type, "good" for normal."""
    dataset_fingerprint: str
    history: tuple[dict[str, float], ...]
    """Training curves, a row an epoch; empty for models that have none."""
    reconstruction: dict[str, Figure]
    """normal_mse, and sharpness (gradient energy of the expected image over the observed one's), where the model's
    first evidence is an image."""
    scorers: tuple[ScorerDocument, ...]
    gallery: tuple[GalleryItem, ...]
    thumbnails: dict[str, str] = {}
    """Small pictures (128 pixels) of test images: path in the run folder by the image's id."""
    seconds: dict[str, float]
    """Wall-clock seconds by stage: fit, score, evaluate; and latency_ms (median milliseconds an image)."""
    peak_memory_mb: float
    sentences: tuple[str, ...] = ()
    """What the run said on its way: fall-backs, warnings."""


def read_document(path: Path) -> RunDocument:
    """Read a `report.json`; raises RunError for a file that is missing, damaged or of another version."""
    try:
        return RunDocument.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path.parent}: holds no finished run (there is no {path.name})") from error
    except ValidationError as error:
        first = error.errors()[0]
        fault = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RunError(
            f"{path}: not a report this version of adfw reads ({fault}: {first['msg']}); run the recipe again"
        ) from error
