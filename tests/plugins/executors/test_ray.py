"""A real Ray cluster of two nodes on this machine; one of them is killed midway, and nothing is lost or done twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from PIL import Image

import adfw
from adfw import Catalog, Component, Cut, Detector, Executor, Preprocessing, perform, save_detector
from adfw.testing import check_plugin
from adfw_plugins.executors.cluster import RayConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adfw import Task, TaskResult

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of sockets and forks
]
LONG = os.environ.get("ADFW_LONG") == "1"
IMAGES, RUNS = (20_000, 12) if LONG else (240, 6)
STORE = 100 * 2**20
TINY = """
dataset: {name: capsules, size: 32, train: 4, calibration: 4, normal: 3, defects: 1}
preprocessing: {size: 32, color: grey}
model: {name: conv_autoencoder, depth: 1, channels: 2, training: {epochs: 1}}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
"""


class Here(Executor):
    """What an inspection or a run gives in this very process."""

    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        return map(perform, tasks)


class HereConfig(Component[Executor]):
    name: Literal["here"] = "here"

    def build(self) -> Executor:
        return Here()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    about = {"num_cpus": 2, "object_store_memory": STORE, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=about)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def doomed(cluster: Any) -> Iterator[Callable[[str], None]]:
    """Add a node and return what to call with each sentence: the first has the node killed without a word."""
    node = cluster.add_node(num_cpus=2, object_store_memory=STORE)
    cluster.wait_for_nodes()
    heard: list[str] = []

    def hear(sentence: str) -> None:
        heard.append(sentence)
        if len(heard) == 1:
            assert busy(node.node_id), "the node that is killed had nothing to do"
            cluster.remove_node(node, allow_graceful=False)

    yield hear
    assert heard


def busy(node: str) -> bool:
    from ray._private.state import available_resources_per_node

    return bool(available_resources_per_node()[node].get("CPU", 0) < 2)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog = Catalog.discover()
    torch.manual_seed(0)
    model = catalog.find("model", "conv_autoencoder").config(depth=1, channels=2)
    scorer = catalog.find("scorer", "mse").config(pooling="max")
    folder = tmp_path_factory.mktemp("ray") / "detector"
    made = Detector(
        Preprocessing(size=16, color="grey"), model, model.build().eval(), scorer, scorer.build(), Cut(0.2), {}
    )
    save_detector(made, folder, catalog)
    return folder


def test_images_are_inspected_once_though_a_node_dies(
    detector: Path, doomed: Callable[[str], None], tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for index in range(IMAGES):
        Image.fromarray(generator.integers(0, 256 - index % 128, (16, 16), dtype=np.uint8)).save(
            tmp_path / "images" / f"{index:05d}.png"
        )
    (tmp_path / "images" / "00007.png").write_bytes(b"broken")
    call = {"images": [str(tmp_path / "images")], "shard": 1000 if LONG else 16, "piece": 16 if LONG else 4}
    config = RayConfig(readers=2, scorers=1, cpus=0.5)
    found = adfw.inspect_shards(detector, out=str(tmp_path / "ray"), executor=config, told=doomed, **call)
    assert not found.faults
    here = adfw.inspect_shards(detector, out=str(tmp_path / "here"), executor=HereConfig(), **call)
    assert found.counts == here.counts
    assert sum(found.counts.values()) == IMAGES
    for theirs in here.tables:
        assert (tmp_path / "ray" / Path(theirs).name).read_bytes() == Path(theirs).read_bytes()
    names = sorted(path.name for path in (tmp_path / "ray").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "here").iterdir())


def test_runs_are_done_though_a_node_dies(
    doomed: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Path(f"{name}.yaml").write_text(f"name: {name}\n{TINY}")
    call = {"recipes": ["one.yaml", "two.yaml"], "seeds": range(RUNS // 2)}
    found = adfw.sweep(out="ray", executor=RayConfig(cpus=1), told=doomed, **call)
    assert [run.fault for run in found.runs] == [""] * RUNS
    here = adfw.sweep(out="here", executor=HereConfig(), **call)
    assert len({run.folder for run in found.runs}) == RUNS
    for run in here.runs:
        scores = Path("ray", run.folder, "scores.csv").read_bytes()
        assert scores == Path("here", run.folder, "scores.csv").read_bytes()
    told: list[str] = []
    adfw.sweep(out="ray", executor=RayConfig(cpus=1), told=told.append, **call)
    assert told == [f"{RUNS} of {RUNS} runs are finished already"]


def test_it_conforms(cluster: Any) -> None:
    report = check_plugin(RayConfig(retries=1), profile="quick")
    assert not report.failed, report.failed
