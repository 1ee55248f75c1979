from typing import Literal

from adfw import Component, Dataset, Sample, hookimpl

COUNTS = {"train": (8, 0), "calibration": (6, 0), "test": (4, 4)}


class Stripes(Dataset):
    """Grey stripes of random brightness; a defect is a bright square."""

    def split(self, name):
        return [
            self.sample(f"{name}/{kind}/{index}.png", label)
            for label, kind in enumerate(["good", "square"])
            for index in range(COUNTS[name][label])
        ]

    def sample(self, id, label):
        import torch

        generator = torch.Generator().manual_seed(sum(id.encode()))
        image = torch.rand((1, 1, 16), generator=generator).expand(1, 16, 16).mul(128).round().div(255)
        mask = torch.zeros((16, 16), dtype=torch.bool)
        mask[4:8, 4:8] = bool(label)
        return Sample(id, image.masked_fill(mask, 1.0), label, "square" if label else "", mask if label else None)


class StripesConfig(Component[Dataset]):
    """Stripes, drawn when asked for."""

    name: Literal["stranger_stripes"] = "stranger_stripes"

    def build(self):
        return Stripes()


@hookimpl
def adfw_datasets():
    return [StripesConfig]
