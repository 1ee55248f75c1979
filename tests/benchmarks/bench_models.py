"""The quality of recipes on one category: on synthetic defects, to choose by, and on the test images, to report.

    python tests/benchmarks/bench_models.py RECIPE [RECIPE ...] --root MVTEC_ROOT [--category capsule] [--weights FILE]
        [--set KEY=VALUE ...] [--seeds 0 1 2] [--test]

Synthetic: the calibration images, which no model saw, against the same with defects pasted in (adfw.synthetic).
Only with --test are the test images looked at. Prints a row of Markdown for each recipe, scorer and seed: image AUROC,
AUPRO(0.3), seconds of wall and of CPU for the fit. Asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch

from adfw import FitContext, ImageStore, batches, load_recipe, resize_maps
from adfw.compute import resolve
from adfw.evaluation.image_metrics import ranking
from adfw.evaluation.localisation import PixelHistogram
from adfw.synthetic.samples import pasted_defects
from adfw.synthetic.settings import SyntheticDefects

# Smaller and fainter than the protocol's: settings that find these differ.
FAINT = SyntheticDefects(area=(0.0005, 0.005), opacity=(0.15, 0.6))


class Told:
    """A Progress that prints sentences and keeps the curves short."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: dict[str, float]) -> None:
        print("   ", {key: round(value, 5) for key, value in figures.items()}, flush=True)

    def say(self, sentence: str) -> None:
        print("   ", sentence, flush=True)


def main(arguments: argparse.Namespace) -> None:
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
    columns = ["recipe", "seed", "scorer", "images", "image AUROC", "AUPRO(0.3)", "fit s", "CPU s"]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for path in arguments.recipes:
        for seed in arguments.seeds:
            for row in measure(path, seed, arguments):
                print("| " + " | ".join(row) + " |", flush=True)


def measure(path: str, seed: int, arguments: argparse.Namespace):
    wishes = [
        f"dataset.root={arguments.root}",
        f"dataset.category={arguments.category}",
        f"seed={seed}",
        *arguments.set,
    ]
    if arguments.weights and "weights:" in Path(path).read_text():
        wishes.append(f"model.weights={arguments.weights}")
    recipe = load_recipe(path, overrides=wishes)
    dataset, compute = recipe.dataset.build(), resolve(recipe.compute)
    parts = {name: ImageStore(dataset.split(name), recipe.preprocessing) for name in ("train", "calibration", "test")}
    model = recipe.model.build()
    began, before = time.perf_counter(), sum(os.times()[:2])
    model.fit(parts["train"], FitContext(compute.device, compute.precision, seed, Told()))
    spent = f"{time.perf_counter() - began:.0f}", f"{sum(os.times()[:2]) - before:.0f}"
    normal = list(parts["calibration"])
    sets = {"synthetic": normal + list(pasted_defects(normal, FAINT, 0))}
    if arguments.test:
        sets["test"] = list(parts["test"])
    scorers = [config.build() for config in recipe.scorers]
    for name, samples in sets.items():
        for config, (auroc, pro) in zip(recipe.scorers, evaluate(model, scorers, samples, compute.device), strict=True):
            label = f"{config.name}, {config.pooling}, sigma {config.sigma:g}"
            yield (recipe.name, str(seed), label, name, auroc, pro, *spent)


@torch.inference_mode()
def evaluate(model, scorers, samples, device: str) -> list[tuple[str, str]]:
    scores, pixels = [[] for _ in scorers], [PixelHistogram() for _ in scorers]
    for batch in batches(samples, 4):
        evidence = model.examine(batch.images.to(device))
        for index, scorer in enumerate(scorers):
            maps = scorer.maps(evidence, tuple(batch.images.shape[-2:]))
            scores[index] += scorer.score(maps).tolist()
            for one, sample in zip(maps.cpu(), batch.samples, strict=True):
                size = one.shape if sample.mask is None else sample.mask.shape
                pixels[index].update(resize_maps(one[None], (size[0], size[1])), [sample.mask], labels=[sample.label])
    labels = np.array([sample.label for sample in samples])
    figures = [(ranking(labels, np.array(s))["auroc"], p.figures()) for s, p in zip(scores, pixels, strict=True)]
    return [(f"{a.value:.3f} ({a.low:.3f} to {a.high:.3f})", f"{f['aupro_0.30'].value:.3f}") for a, f in figures]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--root", required=True)
    parser.add_argument("--category", default="capsule")
    parser.add_argument("--weights", default="")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--test", action="store_true", help="look at the test images too")
    main(parser.parse_args())
