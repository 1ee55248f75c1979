"""A large inspection in shards: every image once, in tables that are written once, gone on with after a crash."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

import adfw
from adfw import Component, DatasetError, DetectorError, Executor, PluginError, RunError, perform
from adfw.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adfw import Task, TaskResult

asked: list[str] = []


class Here(Executor):
    """Does the tasks in this process, and stops before the last `dies`, as a crash would."""

    def __init__(self, dies: int) -> None:
        self.dies = dies

    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        asked[:] = [Path(task.key).name for task in tasks]
        for task in tasks[: len(tasks) - self.dies]:
            yield perform(task)
        if self.dies:
            raise KeyboardInterrupt


class HereConfig(Component[Executor]):
    name: Literal["here"] = "here"
    dies: int = 0

    def build(self) -> Executor:
        return Here(self.dies)


def rows(out: Path) -> list[dict[str, str]]:
    return [row for path in sorted(out.glob("part-*.csv")) for row in csv.DictReader(path.read_text().splitlines())]


def test_every_image_has_one_row_and_the_detectors_own_score(detector: Path, images: Path, tmp_path: Path) -> None:
    found = adfw.inspect_shards(detector, [str(images)], out=str(tmp_path / "out"), executor=HereConfig(), shard=8)
    table = rows(tmp_path / "out")
    assert [Path(row["path"]).name for row in table] == sorted(path.name for path in images.iterdir())
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        "job.json",
        *(f"part-{number:05d}-of-00003.csv" for number in range(3)),
        "summary.json",
    ]
    whole = adfw.read_detector(detector)
    for start in range(0, len(table), 8):  # the same images together: a batch's sums may differ in the last bit
        part = table[start : start + 8]
        inspected = whole.inspect([row["path"] for row in part])
        assert [row["verdict"] for row in part] == inspected.verdicts.tolist()
        assert [row["score"] for row in part] == [
            "" if fault else repr(score)
            for score, fault in zip(inspected.scores.tolist(), inspected.faults, strict=True)
        ]
    invalid = [row for row in table if row["verdict"] == "invalid"]
    assert [Path(row["path"]).name for row in invalid] == ["05.png", "a # b.png"]
    assert all(row["fault"].startswith(row["path"]) for row in invalid)
    assert found.counts["invalid"] == 2
    assert sum(found.counts.values()) == 20
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == {"images": 20, "verdicts": found.counts}


def test_a_crash_costs_the_shards_that_were_not_written(detector: Path, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call = {"images": [str(images)], "out": str(out), "shard": 5}
    with pytest.raises(KeyboardInterrupt):
        adfw.inspect_shards(detector, executor=HereConfig(dies=2), **call)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*")}
    assert len(before) == 2
    assert not (out / "summary.json").exists()
    told: list[str] = []
    found = adfw.inspect_shards(detector, executor=HereConfig(), told=told.append, **call)
    assert asked == ["part-00002-of-00004.csv", "part-00003-of-00004.csv"]
    assert told[0] == "2 of 4 shards are there already"
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert sum(found.counts.values()) == len(rows(out)) == 20
    assert not list(out.glob(".*"))


def test_another_inspection_does_not_mix_in(detector: Path, images: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    adfw.inspect_shards(detector, [str(images / "00.png")], out=out, executor=HereConfig())
    with pytest.raises(RunError, match="other images and shard; choose another --out"):
        adfw.inspect_shards(detector, [str(images / "01.png")], out=out, executor=HereConfig(), shard=3)


def test_a_table_that_cannot_be_written_is_a_fault_of_its_shard(
    detector: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    adfw.inspect_shards(detector, [str(images / "00.png")], out=str(out), executor=HereConfig())
    next(out.glob("part-*")).unlink()
    monkeypatch.setattr(Path, "replace", full)
    found = adfw.inspect_shards(detector, [str(images / "00.png")], out=str(out), executor=HereConfig())
    assert "No space left on device" in found.faults[str(next(iter(found.faults)))]
    assert not list(out.glob("part-*"))


def test_bad_input_is_one_sentence(detector: Path, images: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    with pytest.raises(DatasetError, match="there is no image to inspect"):
        adfw.inspect_shards(detector, ["-"], out=out, listed=[])
    with pytest.raises(DetectorError, match=r"no manifest\.json"):
        adfw.inspect_shards(images, [str(images)], out=out)
    with pytest.raises(PluginError, match="did you mean 'local'"):
        adfw.inspect_shards(detector, [str(images)], out=out, executor="lokal")
    with pytest.raises(RunError, match="nowhere://x"):
        adfw.inspect_shards(detector, [str(images)], out="nowhere://x")


def test_places_of_other_systems_are_read_and_written(detector: Path, images: Path, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    for path in sorted(images.iterdir())[:6]:
        memory.pipe_file(f"/images/deep/{path.name}", path.read_bytes())
    memory.pipe_file("/images/notes.txt", b"no image")
    call = {"executor": HereConfig(), "shard": 4}
    found = adfw.inspect_shards(detector, ["memory://images"], out="memory://out", **call)
    local = adfw.inspect_shards(detector, [str(images / f"0{n}.png") for n in range(6)], out=str(tmp_path), **call)
    assert found.counts == local.counts
    text = memory.cat_file("/out/part-00000-of-00002.csv").decode()
    scores = [row["score"] for row in csv.DictReader(text.splitlines())]
    assert scores == [row["score"] for row in rows(tmp_path)[:4]]
    with pytest.raises(DatasetError, match="holds no images"):
        adfw.inspect_shards(detector, ["memory://images/*.bmp"], out="memory://other")


@pytest.mark.slow
def test_the_verb_uses_processes_and_goes_on(
    detector: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["inspect", str(detector), str(images), "--engine", "local", "--out", str(tmp_path / "out"), "--shard", "7"]
    assert main(words) == 0
    assert "20 images: " in capsys.readouterr().err
    assert main([*words, "--fail-on-anomaly"]) == 3
    assert "3 of 3 shards are there already" in capsys.readouterr().err
    assert main([*words, "--regions"]) == 2
    assert "--engine writes tables only" in capsys.readouterr().err
