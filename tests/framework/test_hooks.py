"""Each hook's docstring holds a complete plugin; here every one of them is registered and put to work."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import Catalog, Cut, Evidence, FitContext, Reference, Sample, hooks
from adfw.catalog import KINDS, Entry, Kind, Source
from adfw.journal import Journal
from adfw.manifest import verify_manifest, write_manifest

if TYPE_CHECKING:
    from pathlib import Path

SPECS = {name: spec for name, spec in inspect.getmembers(hooks, inspect.isfunction) if name.startswith("adfw_")}


def example(hook: str) -> str:
    """Return the code of the docstring: its last indented block."""
    text = inspect.getdoc(SPECS[hook]) or ""
    return textwrap.dedent(re.split(r":\n\n(?=    )", text, maxsplit=1)[1])


def entry_of(kind: Kind) -> Entry:
    module = ModuleType("example")
    sys.modules["example"] = module  # where pydantic looks for the module of a class
    exec(compile(example(f"adfw_{kind}s"), f"<adfw_{kind}s>", "exec", dont_inherit=True), module.__dict__)
    catalog = Catalog.of((Source("example", "example", "1.0"), module))
    assert catalog.faults == ()
    (entry,) = catalog.entries
    return entry


def test_there_is_a_hook_for_each_kind() -> None:
    assert set(SPECS) == {f"adfw_{kind}s" for kind in KINDS}
    assert all(len(inspect.signature(spec).parameters) == 0 for spec in SPECS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_registers(kind: Kind) -> None:
    entry = entry_of(kind)
    assert entry.kind == kind
    assert entry.config.summary().endswith(".")


def test_a_plugin_like_the_examples_is_listed_without_torch() -> None:
    check = "import sys; " + "; ".join(f"exec({example(hook)!r})" for hook in SPECS) + "; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "False\n"


def test_the_dataset_reads_a_folder(tmp_path: Path) -> None:
    for index in range(40):
        Image.fromarray(np.full((4, 5), index, dtype=np.uint8)).save(tmp_path / f"{index:02d}.png")
    dataset = entry_of("dataset").config(root=tmp_path).build()
    counts = {name: len(dataset.split(name)) for name in ("train", "calibration", "test")}
    assert counts == {"train": 20, "calibration": 10, "test": 10}
    sample = dataset.split("test")[0]
    assert (sample.id, tuple(sample.image.shape), sample.label) == ("30.png", (1, 4, 5), 0)


def test_the_model_expects_the_mean() -> None:
    model = entry_of("model").config().build()
    train = [Sample(str(value), torch.full((1, 2, 2), float(value)), 0) for value in (0, 1)]
    model.fit(train, FitContext("cpu", "fp32", 0, Journal()))
    (evidence,) = model.examine(torch.zeros(3, 1, 2, 2))
    assert evidence.expected.shape == (3, 1, 2, 2)
    assert bool((evidence.expected == 0.5).all())


def test_the_scorer_takes_the_largest() -> None:
    scorer = entry_of("scorer").config().build()
    observed = torch.zeros(2, 1, 4, 4)
    observed[1, 0, 2, 2] = 0.75
    maps = scorer.maps([Evidence(observed, torch.zeros_like(observed))], (4, 4))
    assert maps.shape == (2, 4, 4)
    assert scorer.score(maps).tolist() == [0, 0.75]


def test_the_threshold_takes_the_largest_normal_score() -> None:
    strategy = entry_of("threshold").config().build()
    assert strategy.fit(np.array([0.1, 0.3, 0.9]), np.array([0, 0, 1])) == Cut(0.3)


def test_the_sink_writes_a_line_for_each_reject(tmp_path: Path) -> None:
    sink = entry_of("sink").config(file=tmp_path / "rejects").build()
    sink.deliver(
        [
            {"number": 7 + index, "part_id": "p", "verdict": verdict}
            for index, verdict in enumerate(("normal", "invalid"))
        ]
    )
    sink.close()
    assert (tmp_path / "rejects").read_text() == "8 p invalid\n"


def test_the_store_keeps_a_package(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "model.json").write_text("{}")
    digest = write_manifest(tmp_path / "package")
    store = entry_of("store").config(uri=str(tmp_path / "shelf")).build()
    version = store.publish(tmp_path / "package", "capsule")
    store.set_alias(version, "champion", expect=None)
    (tmp_path / "fetched").mkdir()
    store.fetch(store.resolve(Reference("capsule", alias="champion")), tmp_path / "fetched")
    assert verify_manifest(tmp_path / "fetched") == digest == version.digest
