from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adfw import DetectorError
from adfw.manifest import NAME, verify_manifest, write_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    (tmp_path / "model.safetensors").write_bytes(bytes(range(64)))
    (tmp_path / "golden" / "ein bild ü.json").write_text("{}")
    (tmp_path / "empty").write_bytes(b"")
    write_manifest(tmp_path)
    return tmp_path


def test_the_digest_names_the_content_wherever_it_lies(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    digest = verify_manifest(folder)
    assert digest.startswith("sha256:")
    assert len(digest) == 7 + 64
    moved = folder.rename(tmp_path_factory.mktemp("elsewhere") / "moved")
    assert verify_manifest(moved) == digest
    assert write_manifest(moved) == digest
    (moved / "empty").write_bytes(b"x")
    assert write_manifest(moved) != digest


@given(name=st.sampled_from(["model.safetensors", "golden/ein bild ü.json", NAME]), data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_bit_anywhere_is_found(folder: Path, name: str, data: st.DataObject) -> None:
    path = folder / name
    content = path.read_bytes()
    position, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(content)
    damaged[position] ^= 1 << bit
    path.write_bytes(damaged)
    try:
        with pytest.raises(DetectorError, match=r"damage|cannot be read"):
            verify_manifest(folder)
    finally:
        path.write_bytes(content)


def test_truncated_missing_and_foreign_files_are_named(folder: Path) -> None:
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1])
    with pytest.raises(DetectorError, match=r"model\.safetensors is damaged"):
        verify_manifest(folder)
    weights.unlink()
    with pytest.raises(DetectorError, match=r"model\.safetensors is missing"):
        verify_manifest(folder)
    weights.write_bytes(content)
    (folder / "run.py").write_text("print()")
    with pytest.raises(DetectorError, match=r"run\.py is not in manifest\.json"):
        verify_manifest(folder)


def test_a_folder_without_a_manifest_is_no_detector(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"no manifest\.json, so this is no saved detector"):
        verify_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": []}', '{"files": {"a": 1}}', "[" * 100_000, "null"])
def test_a_manifest_of_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(DetectorError, match="take an undamaged copy"):
        verify_manifest(tmp_path)


def test_a_manifest_that_was_rewritten_to_fit_has_another_digest(folder: Path) -> None:
    digest = verify_manifest(folder)
    document = json.loads((folder / NAME).read_text())
    document["digest"] = "sha256:" + "0" * 64
    (folder / NAME).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    with pytest.raises(DetectorError, match="damaged"):
        verify_manifest(folder)
    assert write_manifest(folder) == digest


def test_links_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(DetectorError, match="link is no regular file"):
        verify_manifest(folder)
