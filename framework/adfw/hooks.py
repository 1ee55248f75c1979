"""The hooks a plugin implements, all on one screen. They run once, at start-up, and return classes, not instances.

A plugin is a module named by an entry point of the group `adfw`:

    [project.entry-points.adfw]
    my_plugin = "my_package.my_module"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from adfw.store_hook import adfw_stores  # noqa: F401 - the hook of stores, in a file of its own

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adfw.component import Component
    from adfw.interfaces import Dataset, Executor, Model, Scorer, Sink, Threshold

GROUP = "adfw"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def adfw_datasets() -> Iterable[type[Component[Dataset]]]:  # type: ignore[empty-body]
    """Return the configurations of datasets.

    A complete plugin, one folder of normal images:

        from collections.abc import Sequence
        from pathlib import Path
        from typing import Literal
        from adfw import Component, Dataset, Sample, decode_image, hookimpl

        class Folder(Dataset):
            def __init__(self, paths):
                self.paths = paths

            def split(self, name):
                share = {"train": slice(0, -20), "calibration": slice(-20, -10), "test": slice(-10, None)}[name]
                return Images(self.paths[share])

        class Images(Sequence):
            def __init__(self, paths):
                self.paths = paths

            def __len__(self):
                return len(self.paths)

            def __getitem__(self, index):
                path = self.paths[index]
                return Sample(id=path.name, image=decode_image(path), label=0, path=path)

        class FolderConfig(Component[Dataset]):
            "Normal images of one folder."
            name: Literal["plain_folder"] = "plain_folder"
            root: Path

            def build(self):
                return Folder(sorted(self.root.glob("*.png")))

        @hookimpl
        def adfw_datasets():
            return [FolderConfig]
    """


@hookspec
def adfw_models() -> Iterable[type[Component[Model]]]:  # type: ignore[empty-body]
    """Return the configurations of models.

    One that takes only grey or only colour images says so in a field `image_channels`, 1 or 3, which a recipe holds
    against its `preprocessing.color`. A complete plugin, a model that expects the mean of the training images:

        from typing import Literal
        from adfw import Component, Evidence, Model, TrainingError, hookimpl

        class MeanImageConfig(Component[Model]):
            "Expects the mean of the training images."
            name: Literal["mean_image"] = "mean_image"

            def build(self):
                import torch

                class MeanImage(Model, torch.nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.register_buffer("mean", torch.empty(0))

                    def fit(self, train, context):
                        if not train:
                            raise TrainingError("it takes at least 1 image; there is none")
                        self.mean = torch.stack([sample.image for sample in train]).mean(0)
                        self.to(context.device).eval()

                    def examine(self, images):
                        if images.shape[1:] != self.mean.shape:
                            raise ValueError(f"images are {tuple(images.shape[1:])}, not {tuple(self.mean.shape)}")
                        return (Evidence(images, self.mean.expand_as(images)),)

                return MeanImage()

        @hookimpl
        def adfw_models():
            return [MeanImageConfig]
    """


@hookspec
def adfw_scorers() -> Iterable[type[Component[Scorer]]]:  # type: ignore[empty-body]
    """Return the configurations of scorers.

    A complete plugin, the largest absolute difference:

        from typing import Literal
        from adfw import Component, Scorer, hookimpl, resize_maps

        class Largest(Scorer):
            def maps(self, evidence, size):
                return sum(resize_maps((e.observed - e.expected).abs().amax(1), size) for e in evidence)

            def score(self, maps):
                return maps.amax((1, 2))

        class LargestConfig(Component[Scorer]):
            "The largest absolute difference."
            name: Literal["largest"] = "largest"

            def build(self):
                return Largest()

        @hookimpl
        def adfw_scorers():
            return [LargestConfig]
    """


@hookspec
def adfw_thresholds() -> Iterable[type[Component[Threshold]]]:  # type: ignore[empty-body]
    """Return the configurations of threshold strategies.

    A complete plugin, the largest normal score:

        from typing import Literal
        from adfw import Component, Cut, Threshold, ThresholdNotIdentifiable, check_scores, hookimpl

        class Maximum(Threshold):
            needs = "normal_scores"

            def fit(self, scores, labels):
                scores, labels = check_scores(scores, labels)
                if not (labels == 0).any():
                    raise ThresholdNotIdentifiable("it takes at least 1 normal score; there is none")
                return Cut(float(scores[labels == 0].max()))

        class MaximumConfig(Component[Threshold]):
            "The largest normal score."
            name: Literal["maximum"] = "maximum"

            def build(self):
                return Maximum()

        @hookimpl
        def adfw_thresholds():
            return [MaximumConfig]
    """


@hookspec
def adfw_executors() -> Iterable[type[Component[Executor]]]:  # type: ignore[empty-body]
    """Return the configurations of executors, which have tasks done by other processes.

    A complete plugin, one new process after the other:

        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from typing import Literal
        from adfw import Component, Executor, TaskResult, hookimpl, perform

        class OneByOne(Executor):
            def execute(self, tasks, *, fresh=True):
                for task in tasks:
                    yield self.attempt(task, tries=2)

            def attempt(self, task, tries):
                with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                    try:
                        return pool.submit(perform, task).result()
                    except Exception as error:  # the process died
                        if tries == 1:
                            return TaskResult(task.key, f"its process died twice ({error})")
                return self.attempt(task, tries - 1)

        class OneByOneConfig(Component[Executor]):
            "One process after the other."
            name: Literal["one_by_one"] = "one_by_one"

            def build(self):
                return OneByOne()

        @hookimpl
        def adfw_executors():
            return [OneByOneConfig]
    """


@hookspec
def adfw_sinks() -> Iterable[type[Component[Sink]]]:  # type: ignore[empty-body]
    """Return the configurations of sinks, which receive the verdicts of the inspection service.

    A complete plugin, a line in a file for each part that is not normal:

        from pathlib import Path
        from typing import Literal
        from adfw import Component, Sink, hookimpl

        class Rejects(Sink):
            def __init__(self, file):
                self.file = file

            def deliver(self, verdicts):
                with self.file.open("a") as stream:
                    for verdict in verdicts:
                        if verdict["verdict"] != "normal":
                            print(verdict["number"], verdict["part_id"], verdict["verdict"], file=stream)

        class RejectsConfig(Component[Sink]):
            "Number, part and verdict of each part that is not normal, a line each."
            name: Literal["rejects"] = "rejects"
            file: Path

            def build(self):
                return Rejects(self.file)

        @hookimpl
        def adfw_sinks():
            return [RejectsConfig]
    """
