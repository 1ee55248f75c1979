from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from adfw import RegistryError
from adfw.registry import Registry, blobs
from adfw.registry.upkeep import gc, verify

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHER = """
import sys
from pathlib import Path
from adfw.registry import Registry
registry = Registry(Path(sys.argv[1]))
for number in range(1000):
    for package in sys.argv[2:]:
        version = registry.publish(Path(package), "capsule")
        print(version.number, version.digest, flush=True)
"""


def killed_publisher(root: Path, packages: list[Path], after: float) -> list[str]:
    """Publish in another process, kill it `after` seconds behind its first version; return the lines it printed."""
    command = [sys.executable, "-c", PUBLISHER, str(root), *map(str, packages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_kill_9_loses_no_published_version_and_leaves_nothing_unreadable(
    registry: Registry, make_package: object
) -> None:
    """ADFW_LONG=1 kills two hundred times; the suite is content with eight."""
    draw = random.Random(0)
    packages = [make_package(text) for text in "abcdefgh"]
    for attempt in range(200 if os.environ.get("ADFW_LONG") else 8):
        told = killed_publisher(registry.root, packages, draw.uniform(0, 0.06))
        known = {version.number: version.digest for version in registry.versions("capsule")}
        assert sorted(known) == list(range(1, len(known) + 1)), attempt
        for line in told:
            number, digest = line.split()
            assert known[int(number)] == digest, attempt
        assert verify(registry) == [], attempt
        # No package is whole before its row without being removable: the collector leaves exactly what versions name
        gc(registry, grace=0)
        assert verify(registry) == [], attempt
        assert list((registry.root / "staging").iterdir()) == []
    registry.publish(packages[0], "capsule")


@pytest.mark.parametrize("step", ["copy_package", "keep", "_next_number"])
def test_an_error_at_any_step_publishes_nothing(
    registry: Registry, make_package: object, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    from adfw.registry import store

    registry.publish(make_package("a"), "capsule")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(store, step, full)
        with pytest.raises(RegistryError, match="No space left on device"):
            registry.publish(make_package("b"), "capsule")
    assert [version.number for version in registry.versions("capsule")] == [1]
    assert verify(registry) == []
    assert registry.publish(make_package("c"), "capsule").number == 2


def test_a_full_disk_while_syncing_publishes_nothing(
    registry: Registry, make_package: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(RegistryError, match="No space left on device"):
        registry.publish(make_package("a"), "capsule")
    monkeypatch.undo()
    assert registry.models() == []
    assert not any((registry.root / "staging").iterdir())


def test_the_collector_leaves_what_is_new_and_what_versions_name(registry: Registry, make_package: object) -> None:
    version = registry.publish(make_package("a"), "capsule")
    place = registry.folder(version)
    orphan = place.with_name("0" * 64)
    blobs.shutil.copytree(place, orphan)
    left = registry.root / "staging" / "of a crash"
    left.mkdir()
    assert gc(registry) == []
    assert gc(registry, grace=0) == [f"blobs/sha256/{place.parent.name}/{'0' * 64}", "staging/of a crash"]
    assert not orphan.exists()
    assert verify(registry) == []
    assert gc(Registry(registry.root / "nowhere")) == []


def test_publishing_a_forgotten_package_again_renews_its_grace(registry: Registry, make_package: object) -> None:
    version = registry.publish(make_package("a"), "capsule")
    place = registry.folder(version)
    os.utime(place, (0, 0))
    registry.publish(make_package("b"), "screw")
    registry.publish(place, "screw")
    assert time.time() - place.stat().st_mtime < 60


def test_a_package_removed_at_the_wrong_moment_is_not_published(
    registry: Registry, make_package: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adfw.registry import store

    monkeypatch.setattr(store, "keep", lambda root, staged, digest: root / "gone")
    with pytest.raises(RegistryError, match="publish again"):
        registry.publish(make_package("a"), "capsule")
    assert registry.models() == []
