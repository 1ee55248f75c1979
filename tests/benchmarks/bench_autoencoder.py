"""Which change makes the autoencoder of pixels detect: one variant of a recipe after the other, each with every scorer.

    python tests/benchmarks/bench_autoencoder.py --root MVTEC_ROOT [--category capsule] [--seeds 0] [--only NAME ...]

Prints rows of Markdown as bench_models.py does, on synthetic defects, to choose by, and on the test images, to report.
Asserts nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench_models import measure

RECIPE = str(Path(__file__).parents[2] / "recipes" / "capsule_ae_best.yaml")
PLAIN = {
    "preprocessing.color": "grey",
    "model.image_channels": 1,
    "model.depth": 3,
    "model.latent": 0,
    "model.loss": "mse",
    "model.noise": 0,
    "model.masked": 0,
}
NARROW = {"model.depth": 5, "model.latent": 64}
COLOUR = {"preprocessing.color": "rgb", "model.image_channels": 3}
VARIANTS: dict[str, dict[str, object]] = {
    "plain": {},
    "depth 5": {"model.depth": 5},
    "depth 5, waist 64": NARROW,
    "depth 5, waist 8": NARROW | {"model.latent": 8},
    "ssim": {"model.loss": "ssim"},
    "noise": {"model.noise": 0.2},
    "masked": {"model.masked": 0.3},
    "colour": COLOUR,
    "depth 5, waist 64, ssim": NARROW | {"model.loss": "ssim"},
    "depth 5, waist 64, mse+ssim": NARROW | {"model.loss": "mse+ssim"},
    "depth 5, waist 64, noise": NARROW | {"model.noise": 0.2},
    "depth 5, waist 64, masked": NARROW | {"model.masked": 0.3},
    "depth 5, waist 64, colour": NARROW | COLOUR,
    "depth 5, waist 64, mse+ssim, colour": NARROW | COLOUR | {"model.loss": "mse+ssim"},
}


def main(arguments: argparse.Namespace) -> None:
    print("| variant | seed | scorer | images | image AUROC | AUPRO(0.3) | fit s | CPU s |\n" + "|---" * 8 + "|")
    for name in arguments.only or VARIANTS:
        arguments.set = [f"{key}={value}" for key, value in (PLAIN | VARIANTS[name]).items()]
        for seed in arguments.seeds:
            for _, *row in measure(RECIPE, seed, arguments):
                print("| " + " | ".join([name, *row]) + " |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--category", default="capsule")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=[])
    parser.set_defaults(test=True, weights="")
    main(parser.parse_args())
