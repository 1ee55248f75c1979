"""What every store does: the contract. Checks publish models called kit-...; they disturb nothing else."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import DetectorError, RegistryError
from adfw.manifest import verify_manifest, write_manifest
from adfw.registry.names import Reference
from adfw.testing.check import Check, Failure, Subject, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.registry.records import Version
    from adfw.store_interface import Store

NO_NAMES = (
    "",
    ".",
    "..",
    "../kit",
    "kit/x",
    "kit\\x",
    "C:kit",
    "%2e%2e",
    "kit\0",
    "kit\n",
    "kit x",
    "k\u0456t",
    "~",
    "a" * 65,
)


@contextmanager
def package(content: str) -> Iterator[Path]:
    """Make a small package with a file in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="adfw-kit-") as place:
        folder = Path(place) / "package"
        (folder / "golden").mkdir(parents=True)
        (folder / "model.json").write_text(content, encoding="utf-8")
        (folder / "golden" / "0.bin").write_bytes(content.encode() * 3 + b"\x00\xff")
        write_manifest(folder)
        yield folder


def new_name() -> str:
    """Return the name of a model that no store has."""
    return f"kit-{uuid.uuid4().hex[:20]}"


def publish(store: Store, name: str, content: str) -> Version:
    """Publish a package of this content, whose source is gone at once."""
    with package(content) as folder:
        return store.publish(folder, name)


def three(subject: Subject) -> list[Version]:
    """Return three versions of one model, the last with the content of the first, made once for all checks."""
    if "three" not in subject.shared:
        name = new_name()
        subject.shared["three"] = [publish(subject.built, name, content) for content in ("one", "two", "one")]
    found: list[Version] = subject.shared["three"]
    return found


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """Require that what is inside raises RegistryError."""
    try:
        yield
    except RegistryError:
        return
    raise Failure(sentence)


def fetched_digest(store: Store, version: Version) -> str:
    """Fetch a package and return the digest of what came."""
    with tempfile.TemporaryDirectory(prefix="adfw-kit-") as place:
        store.fetch(version, Path(place))
        return verify_manifest(Path(place))


def versions_numbered(subject: Subject, _: None) -> None:
    """Versions are numbered 1, 2, 3, also where the content is one that is there already."""
    numbers = [version.number for version in three(subject)]
    require(numbers == [1, 2, 3], f"three packages published after one another are numbered {numbers}")
    listed = [version.number for version in subject.built.versions(three(subject)[0].name)]
    require(listed == [3, 2, 1], f"versions() lists them as {listed}, not the newest first")


def digests_true(subject: Subject, _: None) -> None:
    """A version's digest is its package's: equal for equal content, another for another."""
    one, two, again = three(subject)
    require(one.digest == again.digest != two.digest, "equal and different packages are not told apart by their digest")
    with package("one") as folder:
        right = verify_manifest(folder)
    require(one.digest == right, f"the digest is {one.digest}, that of the package's manifest {right}")
    same = {version.number: version.digest for version in subject.built.versions(one.name)}
    require(same == {v.number: v.digest for v in three(subject)}, "versions() tells other digests than publish() did")


def packages_fetched(subject: Subject, _: None) -> None:
    """A fetched package is the published one, byte for byte, though its source is gone."""
    for version in three(subject):
        found = fetched_digest(subject.built, version)
        require(found == version.digest, f"version {version.number} comes back as another package")


def fetched_apart(subject: Subject, _: None) -> None:
    """What is done to a fetched package touches neither the store nor the next one who fetches it."""
    version = three(subject)[0]
    with tempfile.TemporaryDirectory(prefix="adfw-kit-") as place:
        subject.built.fetch(version, Path(place))
        for path in Path(place).rglob("*"):
            path.chmod(0o755)
        (Path(place) / "model.json").write_text("changed", encoding="utf-8")
    require(
        fetched_digest(subject.built, version) == version.digest, "a change of a fetched copy shows in the next one"
    )


def source_apart(subject: Subject, _: None) -> None:
    """What is done to the folder that was published does not touch the version."""
    with package("mine") as folder:
        version = subject.built.publish(folder, new_name())
        (folder / "model.json").write_text("changed", encoding="utf-8")
        require(fetched_digest(subject.built, version) == version.digest, "a change of the source shows in the version")


def damage_refused(subject: Subject, _: None) -> None:
    """A damaged or incomplete package raises DetectorError, and there is no version of it."""
    name = new_name()
    for harm in ("changed", "missing"):
        with package("sound") as folder:
            path = folder / "model.json"
            path.unlink()
            if harm == "changed":
                path.write_text("hurt!", encoding="utf-8")
            try:
                subject.built.publish(folder, name)
            except DetectorError:
                continue
            raise Failure(f"a package with a {harm} file is published")
    with refused("a refused package leaves a version behind"):
        subject.built.versions(name)


def names_refused(subject: Subject, _: None) -> None:
    """What is no name of a model, such as a path, raises RegistryError."""
    with package("one") as folder:
        for name in NO_NAMES:
            with refused(f"it publishes under the name {name!r}"):
                subject.built.publish(folder, name)
            with refused(f"it looks up the name {name!r}"):
                subject.built.versions(name)


def unknown_told(subject: Subject, _: None) -> None:
    """Models, versions, aliases and digests that are not there raise RegistryError."""
    name, store = three(subject)[0].name, subject.built
    with refused("versions() of an unknown model gives something"):
        store.versions(new_name())
    wanted = [Reference(name, version=9), Reference(name, alias="nobody"), Reference(name, digest=f"sha256:{'0' * 64}")]
    for reference in (*wanted, Reference(new_name())):
        with refused(f"it resolves {reference}, which is not there"):
            store.resolve(reference)
    with refused("an alias may point at a version that is not there"):
        store.set_alias(three(subject)[0]._replace(number=9), "nine")
    with refused("an alias that is not there can be removed"):
        store.remove_alias(name, "nobody")


def models_listed(subject: Subject, _: None) -> None:
    """models() lists each model once, by name, with its newest version and its aliases."""
    versions = three(subject)
    subject.built.set_alias(versions[0], "listed")
    records = [record for record in subject.built.models() if record.name.startswith("kit-")]
    names = [record.name for record in records]
    require(names == sorted(set(names)), f"models() lists {names}, not each name once in order")
    mine = [record for record in records if record.name == versions[0].name]
    require(len(mine) == 1, f"models() leaves out {versions[0].name}")
    require(mine[0].newest == 3, f"the newest of three versions is {mine[0].newest}")
    require(mine[0].aliases.get("listed") == 1, f"models() tells the aliases {dict(mine[0].aliases)}")


def seen_by_all(subject: Subject, _: None) -> None:
    """A store built anew from the same configuration holds the same versions and aliases."""
    versions = three(subject)
    subject.built.set_alias(versions[1], "shared")
    other = subject.build()
    numbers = [version.number for version in other.versions(versions[0].name)]
    require(numbers == [3, 2, 1], f"a store built anew lists the versions {numbers} of three")
    require("shared" in other.resolve(Reference(versions[0].name, version=2)).aliases, "built anew it knows no aliases")
    require(fetched_digest(other, versions[0]) == versions[0].digest, "built anew it gives another package")


def local_copy_true(subject: Subject, _: None) -> None:
    """Where folder() names a place on this machine, the package lies there whole."""
    for version in three(subject):
        place = subject.built.folder(version)
        if place is not None:
            require(verify_manifest(place) == version.digest, f"{place} holds another package than {version.digest}")


CHECKS = (
    Check(versions_numbered, None),
    Check(digests_true, None),
    Check(packages_fetched, None),
    Check(fetched_apart, None),
    Check(source_apart, None),
    Check(damage_refused, None),
    Check(names_refused, None),
    Check(unknown_told, None),
    Check(models_listed, None),
    Check(seen_by_all, None),
    Check(local_copy_true, None),
)
