from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError
from adfw.manifest import verify_manifest
from adfw.registry.database import FILE
from adfw.registry.upkeep import verify

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.registry import Registry


@pytest.fixture
def folder(registry: Registry, make_package: object) -> Path:
    return registry.folder(registry.publish(make_package("a"), "capsule"))


def test_every_sampled_byte_flip_is_found_and_loading_refuses(registry: Registry, folder: Path) -> None:
    draw = random.Random(0)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        path.chmod(0o644)
        for position in draw.sample(range(len(content)), min(25, len(content))):
            damaged = bytearray(content)
            damaged[position] ^= 1 << draw.randrange(8)
            path.write_bytes(damaged)
            assert len(verify(registry)) == 1, (path.name, position)
            with pytest.raises(DetectorError):
                verify_manifest(registry.folder(registry.resolve("capsule")))
        path.write_bytes(content)
    assert verify(registry) == []


def test_truncated_missing_and_added_files_are_named(registry: Registry, folder: Path) -> None:
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.chmod(0o644)
    weights.write_bytes(content[:-1])
    assert verify(registry) == [
        f"capsule:1: {folder}: model.safetensors is damaged, its SHA-256 differs; take an undamaged copy"
    ]
    folder.chmod(0o755)
    weights.unlink()
    assert "model.safetensors is missing" in verify(registry)[0]
    weights.write_bytes(content)
    (folder / "more").write_text("")
    assert "more is not in manifest.json" in verify(registry)[0]


def test_every_version_of_a_damaged_package_is_named(registry: Registry, folder: Path, make_package: object) -> None:
    registry.publish(folder, "capsule")
    registry.publish(make_package("b"), "capsule")
    (folder / "manifest.json").chmod(0o644)
    (folder / "manifest.json").write_text("{}")
    assert [fault.split(": ")[0] for fault in verify(registry)] == ["capsule:2", "capsule:1"]
    assert verify(registry, [registry.resolve("capsule:3")]) == []


def test_a_damaged_database_is_told(registry: Registry, folder: Path) -> None:
    path = registry.root / FILE
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    from adfw import RegistryError

    with pytest.raises(RegistryError, match="damaged"):
        verify(registry)
