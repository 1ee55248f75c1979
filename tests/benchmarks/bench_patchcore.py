"""PatchCore beside the straightforward implementation, in one process, on the same features.

    python tests/benchmarks/bench_patchcore.py --root MVTEC_ROOT [--category capsule] [--weights FILE] [--images 196]

Straightforward: all patches in float32, a greedy coreset in a Python loop, exact distances by torch.cdist. Prints
seconds, milliseconds (median and 95th percentile), the largest distance to the coreset, and what the shortcuts lose;
asserts nothing. `--skip-plain` leaves out the straightforward one, which takes minutes and 4 GB. Where anomalib is
installed, its PatchCore is measured too, on the same layers of the same network: minutes and 4 GB more.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from adfw import FitContext, ImageStore, Preprocessing, Sample, decode_image
from adfw_plugins.backbone.stacking import averaged
from adfw_plugins.patchcore import PatchCoreConfig
from adfw_plugins.patchcore.patches import as_rows
from adfw_plugins.scorers import L2Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from adfw import Model

ROUNDS = 40


class Silent:
    """A Progress that shows nothing."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


@torch.inference_mode()
def main(arguments: argparse.Namespace) -> None:
    folder = Path(arguments.root) / arguments.category
    train = samples(folder / "train" / "good", arguments.images)
    test = [sample.image[None] for sample in samples(folder / "test", ROUNDS)]
    print(f"{len(train)} images of 512 x 512 pixels, {torch.get_num_threads()} threads")
    config = PatchCoreConfig(weights=arguments.weights, features_in=arguments.features_in)
    model, before = config.build(), peak()
    seconds = timed(lambda: model.fit(train, FitContext("cpu", "fp32", 0, Silent())))
    print(f"fit            {seconds:8.1f} s   peak {peak():.0f} MB (before {before:.0f} MB), bank {len(model.bank)}")
    scorer = L2Config(pooling="max", sigma=4).build()
    latency("features", test, model.extractor)
    latency("examine", test, model.examine)
    latency("with l2, max", test, lambda image: scorer.score(scorer.maps(model.examine(image), image.shape[-2:])))
    limit("features", lambda: model.extractor(test[0]))
    limit("examine", lambda: model.examine(test[0]))
    limit("fit", lambda: config.build().fit(train, FitContext("cpu", "fp32", 0, Silent())))
    if not arguments.skip_plain:
        compare(model, train, test)
    if importlib.util.find_spec("anomalib") is not None:
        compare_anomalib(model, train, test)


def compare(model: Model, train: list[Sample], test: list[Tensor]) -> None:
    patches: list[Tensor] = []
    print(f"plain features {timed(lambda: patches.extend(rows(model, s.image[None]) for s in train)):8.1f} s")
    every = torch.cat(patches)
    patches.clear()
    mixed = torch.randn(every.shape[1], 128, generator=torch.Generator().manual_seed(0)) / 128**0.5
    chosen: list[int] = [0]
    print(f"plain coreset  {timed(lambda: plain_greedy(every @ mixed, len(model.bank), chosen)):8.1f} s")
    bank = every[chosen]
    latency("plain examine", test[:10], lambda image: torch.cdist(rows(model, image), bank).amin(1))
    print(f"largest distance to the coreset: {radius(every, model.bank.float()):.1f}, plain {radius(every, bank):.1f}")
    loss = [excess(model, image) for image in test]
    mean, worst = (torch.stack(column) for column in zip(*loss, strict=True))
    print(f"distances above the exact ones: mean {mean.mean():.2e}; of an image's largest {worst.mean():.2e}")


class Layers(torch.nn.Module):
    """A model's feature extractor as anomalib's PatchCore asks for it: layers by name."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.extractor = model.extractor

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.extractor.choice.layers, self.extractor(images), strict=True))


def compare_anomalib(model: Model, train: list[Sample], test: list[Tensor]) -> None:
    import anomalib
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel

    rival = PatchcoreModel(layers=["layer1"], backbone="resnet18", pre_trained=False)
    rival.feature_extractor, rival.layers = Layers(model), list(model.extractor.choice.layers)
    rival.train()
    name = f"anomalib {anomalib.__version__}"
    print(f"{name} features {timed(lambda: [rival(sample.image[None]) for sample in train]):8.1f} s")
    share = model.config.coreset
    print(f"{name} coreset  {timed(lambda: rival.subsample_embedding(share)):8.1f} s, bank {len(rival.memory_bank)}")
    latency(f"{name} map and score", test[:10], rival.eval())


def samples(folder: Path, count: int) -> list[Sample]:
    paths = sorted(folder.rglob("*.png"))
    paths = paths[:: max(1, len(paths) // count)][:count]
    native = [Sample(path.name, decode_image(path), 0) for path in paths]
    return list(ImageStore(native, Preprocessing(size=512), 2**31))


def rows(model: Model, image: Tensor) -> Tensor:
    return as_rows(averaged(model.extractor(image), 3))


def plain_greedy(projected: Tensor, count: int, chosen: list[int]) -> None:
    distances = (projected - projected[chosen[0]]).norm(dim=1)
    while len(chosen) < count:
        chosen.append(int(distances.argmax()))
        torch.minimum(distances, (projected - projected[chosen[-1]]).norm(dim=1), out=distances)


def radius(every: Tensor, bank: Tensor) -> float:
    return float(max(torch.cdist(block, bank).amin(1).max() for block in every.split(4096)))


def excess(model: Model, image: Tensor) -> tuple[Tensor, Tensor]:
    (evidence,) = model.examine(image)
    found = (evidence.observed - evidence.expected).norm(dim=1).flatten()
    exact = torch.cdist(rows(model, image), model.bank.float()).amin(1)
    return (found / exact - 1).mean(), found.max() / exact.max() - 1


def latency(name: str, images: list[Tensor], call: Callable[[Tensor], object]) -> None:
    call(images[0])
    spent = sorted(1000 * timed(lambda image=image: call(image)) for image in images)
    print(f"{name:14s} {spent[len(spent) // 2]:8.1f} ms  p95 {spent[int(0.95 * len(spent))]:.1f}, best {spent[0]:.1f}")


def limit(name: str, call: Callable[[], object], megabytes: float = 0) -> None:
    """Tell how long a call's multiplications, and the memory it has to read, take at the machine's measured rates."""
    with FlopCounterMode(display=False) as counted:
        call()
    one, other = torch.randn(2, 2048, 2048)
    rate = 2 * 2048**3 / min(timed(lambda: one @ other) for _ in range(10)) / 1e9
    memory = torch.zeros(2**26)
    bandwidth = memory.nbytes / min(timed(memory.sum) for _ in range(5)) / 1e6
    work = counted.get_total_flops() / 1e9
    least = 1000 * work / rate + 1000 * megabytes / bandwidth
    told = f"{work:.1f} GFLOP at {rate:.0f} GFLOP/s, {megabytes:.0f} MB at {bandwidth / 1000:.1f} GB/s"
    print(f"limit of {name:8s} {least:5.1f} ms: {told}")


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--category", default="capsule")
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--features-in", default="fp32")
    parser.add_argument("--images", type=int, default=196)
    parser.add_argument("--skip-plain", action="store_true")
    main(parser.parse_args())
