"""A run as the report sees it: seeded scores of two scorers, five defect types, small drawn pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from adfw.evaluation.figure import Figure
from adfw.interfaces import Sample
from adfw.report.document import Confusion, CutDocument, RunDocument, ScorerDocument, StrategyDocument
from adfw.report.pictures import write_gallery_item, write_thumbnail
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

DEFECTS = {"crack": 23, "faulty_imprint": 22, "poke": 21, "scratch": 23, "squeeze": 20}
NORMALS = 23
COSTS = {"false_negative": 50.0, "false_positive": 2.0, "prevalence": 0.02}


def score_table(shift: float, seed: int, scale: float = 1e-3, normals: int = NORMALS, repeat: int = 1) -> ScoreTable:
    random = np.random.default_rng(seed)
    kinds = [""] * normals + [defect for defect, count in DEFECTS.items() for _ in range(count * repeat)]
    rows = [("train/good/000.png", "calibration", 0, "", scale)]
    for index, defect in enumerate(kinds):
        place = f"test/{defect or 'good'}/{index:03d}.png"
        score = scale * float(np.exp(0.35 * random.standard_normal() + (shift if defect else 0)))
        rows.append((place, "test", int(bool(defect)), defect, score))
    return ScoreTable.of(rows)


def strategy(
    label: str, value: float, table: ScoreTable, protocol: str = "normal_only", leakage: str = "none"
) -> StrategyDocument:
    """Decide the test rows with plain numpy and fill in everything a strategy reports."""
    test = table.of_split("test")
    flagged = test.score >= value
    tp, fp = int((flagged & (test.label == 1)).sum()), int((flagged & (test.label == 0)).sum())
    fn, tn = int((test.label == 1).sum()) - tp, int((test.label == 0).sum()) - fp
    prefix = "oracle_" if protocol == "oracle" else ""
    figures = {
        "recall": _rate(tp, tp + fn),
        "precision": _rate(tp, tp + fp),
        "f1": Figure(value=2 * tp / (2 * tp + fp + fn), low=0.5, high=1.0),
        "accuracy": _rate(tp + tn, len(test)),
        "false_alarm_rate": _rate(fp, fp + tn),
        "cost_per_1000": Figure(value=1000 * _cost(fn / (tp + fn), fp / (fp + tn)), low=20.0, high=2000.0),
    }
    return StrategyDocument.model_validate(
        {
            "label": label,
            "config": {"name": label.split("(", maxsplit=1)[0]},
            "protocol": protocol,
            "leakage": leakage,
            "cut": finite(value, promise="95 % of new normal parts pass" if protocol == "normal_only" else ""),
            "cut_interval": (value * 0.9, None),
            "confusion": Confusion(true_normal=tn, false_anomalous=fp, false_normal=fn, true_anomalous=tp),
            "figures": {prefix + name: figure for name, figure in figures.items()},
            "recall_by_defect": {
                defect: _rate(int((flagged & (test.defect == defect)).sum()), int((test.defect == defect).sum()))
                for defect in np.unique(test.defect[test.label == 1]).tolist()
            },
        }
    )


def finite(value: float, promise: str = "") -> CutDocument:
    return CutDocument(kind="finite", value=value, exact=value.hex(), promise=promise, n_normal=24)


def make_document(tables: dict[str, ScoreTable], **changes: object) -> RunDocument:
    """Describe a run with the given score tables; `changes` replace fields of the document."""
    fields: dict[str, object] = {
        "name": "capsule_ae",
        "created": "2026-03-01 12:00",
        "recipe": {"name": "capsule_ae", "seed": 7, "model": {"name": "conv_autoencoder"}, "costs": COSTS},
        "recipe_digest": "3f" * 32,
        "notice": "The images were drawn by a program; these figures are not MVTec's.",
        "versions": {"adfw": "0.1.0", "torch": "2.15.0", "python": "3.11.9"},
        "hardware": {"processor": "2 cores", "accelerator": "none"},
        "counts": {"train": {"good": 195}, "calibration": {"good": 24}, "test": {"good": NORMALS, **DEFECTS}},
        "dataset_fingerprint": "ab" * 32,
        "history": [
            {"epoch": epoch, "train_loss": 0.02 / (epoch + 1), "validation_loss": 0.024 / (epoch + 1), "lr": 1e-3}
            for epoch in range(30)
        ],
        "reconstruction": {"normal_mse": Figure(value=0.00061), "sharpness": Figure(value=0.42)},
        "scorers": [_scorer(label, table) for label, table in tables.items()],
        "gallery": [],
        "seconds": {"fit": 312.4, "score": 8.1, "evaluate": 1.2, "latency_ms": 18.0},
        "peak_memory_mb": 1834.2,
        "sentences": ["Compiling is off: no compiler on this machine."],
    }
    return RunDocument.model_validate(fields | changes)


def _scorer(label: str, table: ScoreTable) -> ScorerDocument:
    test = table.of_split("test")
    good, bad = test.score[test.label == 0], test.score[test.label == 1]
    auroc = float((bad[:, None] > good[None]).mean())
    low, high = max(0.0, auroc - 0.11), min(1.0, auroc + 0.1)
    separates = "separates" if low > 0.5 else "does not separate"
    best = float(np.quantile(test.score, 0.2))
    return ScorerDocument(
        label=label,
        config={"name": label.split("(", maxsplit=1)[0]},
        verdict=f"{label} {separates} these images (AUROC {auroc:.3f}, 95 % interval {low:.3f} to {high:.3f}).",
        scores="scores.csv",
        ranking={
            "auroc": Figure(value=auroc, low=low, high=high),
            "average_precision": Figure(value=0.95, low=0.91, high=0.98),
        },
        localisation={"pixel_auroc": Figure(value=0.85), "aupro_0.30": Figure.undefined("no image has a mask")},
        strategies=(
            strategy("percentile(q=0.95)", float(np.quantile(good, 0.95)), table),
            strategy("fixed(value=0.0012)", 0.0012, table),
            strategy("pr_optimal", best, table, "cross_fit", "cross_fit"),
            strategy("cost_weighted", best * 1.1, table, "oracle", "in_sample"),
            StrategyDocument(
                label="conformal(alpha=0.001)",
                config={"name": "conformal"},
                protocol="normal_only",
                leakage="none",
                cut=None,
                problem="needs 999 normal images, has 24",
            ),
        ),
    )


def _rate(count: int, total: int) -> Figure:
    if not total:
        return Figure.undefined("no images were rejected")
    value = count / total
    return Figure(value=value, low=max(0, value - 0.06), high=min(1, value + 0.05), count=count, total=total)


def _cost(miss: float, alarm: float) -> float:
    prevalence = COSTS["prevalence"]
    return prevalence * COSTS["false_negative"] * miss + (1 - prevalence) * COSTS["false_positive"] * alarm


def drawing(seed: int, size: int = 96) -> torch.Tensor:
    """Draw a capsule in two tones, (3, size, size) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    inside = ((x.abs() - 0.45).clamp(min=0) ** 2 + y**2) < 0.16
    tone = torch.where(
        x[None] < 0, torch.tensor([0.2, 0.2, 0.22])[:, None, None], torch.tensor([0.8, 0.3, 0.1])[:, None, None]
    )
    ground = torch.full((3, size, size), 0.78)
    noise = 0.03 * torch.randn(3, size, size, generator=generator)
    return (torch.where(inside, tone * (1 - 0.5 * y[None].abs()), ground) + noise).clamp(0, 1)


def sample(identity: str, label: int, defect: str, seed: int, size: int = 96) -> Sample:
    mask = torch.zeros(size, size, dtype=torch.bool)
    image = drawing(seed, size)
    if label:
        top = size // 2 + seed % 7
        mask[top : top + size // 12, size // 3 : size // 2] = True
        image = torch.where(mask[None], 0.95, image)
    return Sample(identity, image, label, defect, mask if label else None)


def write_pictures(document: RunDocument, tables: dict[str, ScoreTable], folder: Path, size: int = 96) -> RunDocument:
    """Write thumbnails of all test images and a gallery of the first strategy's errors."""
    test = next(iter(tables.values())).of_split("test")
    first = document.scorers[0].strategies[0].cut
    assert first is not None
    assert first.value is not None
    thumbs, items = {}, []
    for row, identity in enumerate(test.id.tolist()):
        image = sample(identity, int(test.label[row]), str(test.defect[row]), row, size)
        thumbs[identity] = f"thumbnails/{row}.jpg"
        write_thumbnail(image.image, folder / thumbs[identity])
        verdict = "anomalous" if test.score[row] >= first.value else "normal"
        wrong = (verdict == "anomalous") != bool(image.label)
        if wrong and len(items) < 6:
            heat = torch.rand(16, 16, generator=torch.Generator().manual_seed(row)) ** 4
            outcome = (float(test.score[row]), verdict)
            items.append(write_gallery_item(image, image.image, heat, outcome, folder, map_scale=1.0))
    return document.model_copy(update={"thumbnails": thumbs, "gallery": tuple(items)})


@pytest.fixture(scope="session")
def tables() -> dict[str, ScoreTable]:
    return {"ssim(pooling=max)": score_table(0.9, 1), "mse": score_table(-0.1, 2, 4e-4)}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="session")
def document(tables: dict[str, ScoreTable], run_folder: Path) -> RunDocument:
    return write_pictures(make_document(tables), tables, run_folder)
