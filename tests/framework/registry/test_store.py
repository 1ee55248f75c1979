from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError, RegistryError
from adfw.manifest import _rendered, read_manifest, verify_manifest, write_manifest
from adfw.registry.database import FILE
from adfw.registry.upkeep import verify

if TYPE_CHECKING:
    from adfw.registry import Registry


def test_versions_are_numbered_and_hold_what_was_published(registry: Registry, make_package: object) -> None:
    packages = [make_package(text) for text in "abc"]
    versions = [registry.publish(package, "capsule") for package in packages]
    assert [str(version) for version in versions] == ["capsule:1", "capsule:2", "capsule:3"]
    for version, package in zip(versions, packages, strict=True):
        assert version.digest == verify_manifest(package) == verify_manifest(registry.folder(version))
        assert (registry.folder(version) / "golden" / "0.png").read_bytes() == b"\x89PNG"
    assert [version.number for version in registry.versions("capsule")] == [3, 2, 1]
    assert registry.models()[0].newest == 3
    assert versions[0].summary["auroc"]["value"] == 0.9


def test_a_version_outlives_the_folder_it_came_from(registry: Registry, make_package: object) -> None:
    package = make_package("a")
    version = registry.publish(package, "capsule")
    shutil.rmtree(package)
    verify_manifest(registry.folder(version))


def test_the_same_content_is_kept_once_and_numbered_twice(registry: Registry, make_package: object) -> None:
    first, second = (registry.publish(make_package(text), "capsule") for text in ("a", "b"))
    again = registry.publish(registry.folder(first), "capsule")
    assert (again.number, again.digest) == (3, first.digest)
    assert registry.folder(again) == registry.folder(first) != registry.folder(second)


def test_every_form_of_reference_finds_its_version(registry: Registry, make_package: object) -> None:
    first, second = (registry.publish(make_package(text), "capsule") for text in ("a", "b"))
    registry.set_alias(first, "champion")
    assert registry.resolve("capsule").number == 2
    assert registry.resolve("capsule:1").number == 1
    assert registry.resolve("capsule@champion").number == 1
    assert registry.resolve(f"capsule@{second.digest}").number == 2


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("screw", "there is no model 'screw' in the registry; there is: capsule; for a folder write ./screw"),
        ("screw:1", "there is no model 'screw'"),
        ("capsule:9", "there is no capsule:9; the newest is capsule:1"),
        ("capsule@line3", "capsule has no alias 'line3'; it has: none"),
        ("capsule@sha256:" + "0" * 64, "no version of capsule has the digest"),
    ],
)
def test_an_unknown_reference_says_what_there_is(
    registry: Registry, make_package: object, reference: str, words: str
) -> None:
    registry.publish(make_package("a"), "capsule")
    with pytest.raises(RegistryError) as caught:
        registry.resolve(reference)
    assert words in str(caught.value)


def test_reading_a_registry_that_is_not_there_makes_none(registry: Registry) -> None:
    assert registry.models() == []
    with pytest.raises(RegistryError, match="there is: none"):
        registry.resolve("capsule")
    assert not registry.root.exists()


def test_a_name_is_checked_before_anything_is_written(registry: Registry, make_package: object) -> None:
    with pytest.raises(RegistryError, match="no model's name"):
        registry.publish(make_package("a"), "../capsule")
    assert not registry.root.exists()


def test_names_that_differ_only_in_case_are_refused(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "Capsule")
    with pytest.raises(RegistryError, match="differs only in case from the model 'Capsule'"):
        registry.publish(make_package("b"), "capsule")
    assert len(registry.models()) == 1


def test_a_damaged_package_is_not_published(registry: Registry, make_package: object) -> None:
    package = make_package("a")
    (package / "model.safetensors").write_bytes(b"else")
    with pytest.raises(DetectorError, match=r"model\.safetensors is damaged"):
        registry.publish(package, "capsule")
    (package / "model.safetensors").unlink()
    with pytest.raises(DetectorError, match=r"model\.safetensors is missing"):
        registry.publish(package, "capsule")
    assert registry.models() == []
    assert list((registry.root / "staging").iterdir()) == []


def test_a_manifest_that_points_outside_is_refused(registry: Registry, make_package: object) -> None:
    package = make_package("a")
    (package.parent / "outside").write_text("secret")
    manifest = package / "manifest.json"
    (package / "inside").write_text("secret")
    write_manifest(package)
    files = read_manifest(package)[0]
    files["../outside"] = files.pop("inside")
    manifest.write_bytes(_rendered(files))
    with pytest.raises(DetectorError, match="outside the folder"):
        registry.publish(package, "capsule")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET digest = 'x'",
        "UPDATE versions SET summary = '{}'",
        "UPDATE versions SET number = 9",
        "UPDATE versions SET yanked = '' WHERE yanked <> ''",
        "DELETE FROM versions",
        "INSERT INTO versions SELECT name, 9, digest, created, author, size, summary, yanked FROM versions",
        "INSERT INTO versions SELECT name, 1, digest, created, author, size, summary, yanked FROM versions",
        "INSERT OR REPLACE INTO versions SELECT name, 1, 'x', created, author, size, summary, yanked FROM versions",
        "UPDATE models SET last_version = 0",
        "UPDATE models SET name = 'screw'",
        "DELETE FROM models",
        "UPDATE alias_history SET number_after = 2",
        "DELETE FROM alias_history",
    ],
)
def test_the_database_itself_forbids_to_rewrite_history(
    registry: Registry, make_package: object, statement: str
) -> None:
    version = registry.publish(make_package("a"), "capsule")
    registry.set_alias(version, "champion")
    registry.remove_alias("capsule", "champion")
    registry.yank(version, "scratched lens")
    database = sqlite3.connect(registry.root / FILE)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|stays|numbered"):
        database.execute(statement)
    database.close()


def test_published_files_are_read_only(registry: Registry, make_package: object) -> None:
    folder = registry.folder(registry.publish(make_package("a"), "capsule"))
    assert [path for path in [folder, *folder.rglob("*")] if path.stat().st_mode & 0o222] == []


def test_a_missing_or_exchanged_package_is_named(registry: Registry, make_package: object) -> None:
    version = registry.publish(make_package("a"), "capsule")
    place = registry.folder(version)
    shutil.rmtree(place)
    with pytest.raises(DetectorError, match=r"capsule:1: its package .* is missing"):
        registry.folder(version)
    shutil.copytree(make_package("b"), place)
    with pytest.raises(DetectorError, match="not the published one"):
        registry.folder(version)


def test_a_yanked_version_is_passed_over_but_can_be_named(registry: Registry, make_package: object) -> None:
    first, second = (registry.publish(make_package(text), "capsule") for text in "ab")
    with pytest.raises(RegistryError, match="say why"):
        registry.yank(second, " ")
    registry.yank(second, "trained on the wrong line")
    assert registry.resolve("capsule") == registry.resolve("capsule:1")
    assert registry.resolve("capsule:2").yanked == "trained on the wrong line"
    registry.yank(first, "too")
    with pytest.raises(RegistryError, match="all 2 versions of capsule are yanked"):
        registry.resolve("capsule")


PUBLISHER = """
import sys
from pathlib import Path
from adfw.registry import Registry
for package in sys.argv[2:]:
    Registry(Path(sys.argv[1])).publish(Path(package), "capsule")
"""


def test_four_processes_publish_at_once(registry: Registry, make_package: object) -> None:
    count = 100 if os.environ.get("ADFW_LONG") else 15
    packages = [str(make_package(f"p{index}")) for index in range(4 * count)]
    command = [sys.executable, "-c", PUBLISHER, str(registry.root)]
    workers = [subprocess.Popen([*command, *packages[start::4]]) for start in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4
    versions = registry.versions("capsule")
    assert [version.number for version in versions] == list(range(4 * count, 0, -1))
    assert len({version.digest for version in versions}) == 4 * count
    assert verify(registry) == []
    assert list((registry.root / "staging").iterdir()) == []
