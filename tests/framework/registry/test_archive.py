from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adfw import DetectorError, RegistryError
from adfw.registry import Registry
from adfw.registry.archive import INDEX, export_versions, import_versions
from adfw.registry.upkeep import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archive(registry: Registry, make_package: object, tmp_path: Path) -> Path:
    versions = [registry.publish(make_package(text), name) for text, name in (("a", "capsule"), ("b", "screw"))]
    target = tmp_path / "out.tar"
    export_versions(registry, versions, target)
    return target


@pytest.fixture
def elsewhere(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "elsewhere")


def rewritten(source: Path, change: object) -> Path:
    """Copy an archive; `change` returns the (member, content) to write in place of each, or None to leave it out."""
    target = source.with_name("changed.tar")
    with tarfile.open(source) as reader, tarfile.open(target, "w") as writer:
        for member in reader:
            content = reader.extractfile(member).read()
            for new, data in change(member, content):
                new.size = len(data)
                writer.addfile(new, io.BytesIO(data))
    return target


def test_versions_arrive_elsewhere_with_their_digests(registry: Registry, archive: Path, elsewhere: Registry) -> None:
    arrived = import_versions(elsewhere, archive)
    assert [str(version) for version in arrived] == ["capsule:1", "screw:1"]
    for version in arrived:
        assert version.digest == registry.resolve(str(version)).digest
        assert version.summary == registry.resolve(str(version)).summary
    assert verify(elsewhere) == []
    assert list((elsewhere.root / "staging").iterdir()) == []


def test_importing_again_changes_nothing(archive: Path, elsewhere: Registry) -> None:
    assert import_versions(elsewhere, archive) == import_versions(elsewhere, archive)
    assert [version.number for version in elsewhere.versions("capsule")] == [1]


def test_the_same_versions_give_the_same_bytes(registry: Registry, archive: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    export_versions(registry, [registry.resolve("capsule"), registry.resolve("screw")], again)
    assert again.read_bytes() == archive.read_bytes()


def test_an_existing_file_is_never_overwritten(registry: Registry, archive: Path) -> None:
    with pytest.raises(RegistryError, match="never overwritten"):
        export_versions(registry, [registry.resolve("capsule")], archive)


def test_a_damaged_version_is_not_exported(registry: Registry, archive: Path, tmp_path: Path) -> None:
    weights = registry.folder(registry.resolve("capsule")) / "model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(b"x")
    with pytest.raises(DetectorError, match=r"model\.safetensors is damaged"):
        export_versions(registry, [registry.resolve("capsule")], tmp_path / "new.tar")
    assert not (tmp_path / "new.tar").exists()


def member_like(member: tarfile.TarInfo, **changes: object) -> tarfile.TarInfo:
    new = tarfile.TarInfo(member.name)
    for name, value in changes.items():
        setattr(new, name, value)
    return new


PACKAGE = "{package}"
HOSTILE = {
    "above": {"name": "../evil"},
    "above from inside": {"name": f"{PACKAGE}/../../evil"},
    "empty part": {"name": f"{PACKAGE}//evil"},
    "absolute": {"name": "/tmp/evil"},
    "drive": {"name": f"{PACKAGE}/C:evil"},
    "backslash": {"name": f"{PACKAGE}/..\\..\\evil"},
    "reserved": {"name": f"{PACKAGE}/CON.json"},
    "trailing dot": {"name": f"{PACKAGE}/evil."},
    "nul": {"name": f"{PACKAGE}/a\x01b"},
    "right to left": {"name": f"{PACKAGE}/a\u202egnp"},
    "another package": {"name": f"{'0' * 64}/model.safetensors"},
    "no package": {"name": "evil"},
    "symbolic link": {"name": f"{PACKAGE}/link", "type": tarfile.SYMTYPE, "linkname": "/etc"},
    "hard link": {"name": f"{PACKAGE}/link", "type": tarfile.LNKTYPE, "linkname": "../../evil"},
    "device": {"name": f"{PACKAGE}/device", "type": tarfile.CHRTYPE},
    "pipe": {"name": f"{PACKAGE}/pipe", "type": tarfile.FIFOTYPE},
    "folder": {"name": f"{PACKAGE}/folder", "type": tarfile.DIRTYPE},
    "sparse": {"name": f"{PACKAGE}/sparse", "type": tarfile.GNUTYPE_SPARSE},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_member_is_refused_and_nothing_is_imported(
    archive: Path, elsewhere: Registry, tmp_path: Path, case: str
) -> None:
    with tarfile.open(archive) as reader:
        package = reader.getmembers()[1].name.split("/")[0]
    changes = {key: str(v).replace(PACKAGE, package) if key == "name" else v for key, v in HOSTILE[case].items()}

    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if member.name != INDEX:
            return [(member, content)]
        return [(member, content), (member_like(member, **changes), b"")]

    before = {path for path in tmp_path.rglob("*") if "elsewhere" not in path.parts}
    with pytest.raises(RegistryError, match=r"which is no file of a package|cannot be imported|cut short"):
        import_versions(elsewhere, rewritten(archive, change))
    after = {path for path in tmp_path.rglob("*") if "elsewhere" not in path.parts}
    assert {path.name for path in after - before} == {"changed.tar"}
    assert elsewhere.models() == []


def test_a_changed_file_is_refused(archive: Path, elsewhere: Registry) -> None:
    changed = rewritten(archive, lambda m, content: [(m, b"else" if m.name.endswith("safetensors") else content)])
    with pytest.raises(DetectorError, match=r"model\.safetensors is damaged"):
        import_versions(elsewhere, changed)
    assert elsewhere.models() == []


def test_a_file_twice_is_refused(archive: Path, elsewhere: Registry) -> None:
    changed = rewritten(archive, lambda m, content: [(m, content)] * (1 if m.name == INDEX else 2))
    with pytest.raises(RegistryError, match="File exists"):
        import_versions(elsewhere, changed)


def test_a_package_that_was_not_announced_or_is_missing_is_refused(archive: Path, elsewhere: Registry) -> None:
    missing = rewritten(archive, lambda m, content: [(m, content)] if m.name == INDEX else [])
    with pytest.raises(DetectorError, match="is missing or another one"):
        import_versions(elsewhere, missing)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (b"no json", "cannot be read"),
        (b"{}", "cannot be read"),
        (json.dumps({"format": "adfw-detectors/9", "versions": []}).encode(), "upgrade adfw"),
        (b'{"format": "adfw-detectors/1", "versions": [{"name": "../x", "digest": "sha256:00"}]}', "no model's name"),
        (b'{"format": "adfw-detectors/1", "versions": [{"name": "x", "digest": "../../x"}]}', "no digest"),
        (b"[" * 200_000, "cannot be read"),
    ],
)
def test_an_index_of_anything_else_is_refused(archive: Path, elsewhere: Registry, index: bytes, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        import_versions(elsewhere, rewritten(archive, lambda m, content: [(m, index)] if m.name == INDEX else []))


def test_what_is_no_archive_is_refused(tmp_path: Path, elsewhere: Registry, archive: Path) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(b"no tar at all")
    with pytest.raises(RegistryError, match="is no archive"):
        import_versions(elsewhere, other)
    with pytest.raises(RegistryError, match="No such file"):
        import_versions(elsewhere, tmp_path / "absent.tar")
    with tarfile.open(other, "w") as writer:
        writer.addfile(tarfile.TarInfo("hello"), io.BytesIO())
    with pytest.raises(RegistryError, match="does not begin with"):
        import_versions(elsewhere, other)


@given(share=st.floats(0, 0.999))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_archive_cut_short_anywhere_imports_all_or_nothing(
    archive: Path, tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    place = tmp_path_factory.mktemp("cut")
    content = archive.read_bytes()
    (place / "cut.tar").write_bytes(content[: int(share * len(content))])
    registry = Registry(place / "registry")
    try:
        arrived = import_versions(registry, place / "cut.tar")
    except (RegistryError, DetectorError):
        assert registry.models() == []
    else:
        assert len(arrived) == 2  # what was cut off was the padding at the end
        assert verify(registry) == []
