"""PaDiM's fit and latency, with the bytes that bound it.

    python tests/benchmarks/bench_padim.py --root MVTEC_ROOT [--category capsule] [--weights FILE] [--images 196]

Prints seconds, milliseconds (median and 95th percentile) and memory, and asserts nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import torch

from adfw import FitContext
from adfw_plugins.padim import PadimConfig
from adfw_plugins.scorers import L2Config

_spec = importlib.util.spec_from_file_location("bench_patchcore", Path(__file__).with_name("bench_patchcore.py"))
assert _spec is not None
assert _spec.loader is not None
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)


@torch.inference_mode()
def main(arguments: argparse.Namespace) -> None:
    folder = Path(arguments.root) / arguments.category
    train = shared.samples(folder / "train" / "good", arguments.images)
    test = [sample.image[None] for sample in shared.samples(folder / "test", shared.ROUNDS)]
    print(f"{len(train)} images of 512 x 512 pixels, {torch.get_num_threads()} threads")
    model, before = PadimConfig(weights=arguments.weights, features_in=arguments.features_in).build(), shared.peak()
    seconds = shared.timed(lambda: model.fit(train, FitContext("cpu", "fp32", 0, shared.Silent())))
    print(f"fit            {seconds:8.1f} s   peak {shared.peak():.0f} MB (before {before:.0f} MB)")
    scorer = L2Config(pooling="max", sigma=4).build()
    shared.latency("features", test, model.extractor)
    shared.latency("examine", test, model.examine)
    shared.latency("with l2, max", test, lambda image: scorer.score(scorer.maps(model.examine(image), (512, 512))))
    shared.limit("features", lambda: model.extractor(test[0]))
    shared.limit("examine", lambda: model.examine(test[0]), model.whitening.nbytes / 1e6)
    context = FitContext("cpu", "fp32", 0, shared.Silent())
    shared.limit("fit", lambda: model.fit(train, context))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--category", default="capsule")
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--features-in", default="fp32")
    parser.add_argument("--images", type=int, default=196)
    main(parser.parse_args())
