from typing import Literal

from adfw import Component, Evidence, Model, hookimpl


class MeanImageConfig(Component[Model]):
    """Expects the mean of the training images."""

    name: Literal["stranger_mean"] = "stranger_mean"

    def build(self):
        import torch

        class MeanImage(Model, torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("mean", torch.empty(0))

            def fit(self, train, context):
                self.mean = torch.stack([sample.image for sample in train]).mean(0)
                self.to(context.device).eval()

            def examine(self, images):
                return (Evidence(images, self.mean.expand_as(images)),)

        return MeanImage()


@hookimpl
def adfw_models():
    return [MeanImageConfig]
