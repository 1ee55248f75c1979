"""Stores broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

import pytest

from adfw import (
    DetectorError,
    ModelRecord,
    Reference,
    Registry,
    RegistryError,
    Store,
    StoreTraits,
    Version,
    check_alias,
    check_name,
    copy_package,
)
from adfw.manifest import verify_manifest
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.kit import required

LOCK = threading.RLock()


class RightFolders(Store):
    """A folder for each version, JSON for what is known of it, and a lock for those who write."""

    traits = StoreTraits(compare_and_swap=True, concurrent=True)

    def __init__(self, root=None):
        self.root = Path(tempfile.mkdtemp(prefix="adfw-")) if root is None else root

    def __deepcopy__(self, memo):
        return type(self)(self.root)

    def publish(self, package, name):
        self.check_name(name)
        with LOCK:
            number = self.next_number(name)
            place = self.root / name / str(number)
            self.pause()
            place.mkdir(parents=True)
            try:
                digest = self.keep(package, place)
            except DetectorError:
                shutil.rmtree(self.root / name)
                raise
            version = Version(name, number, digest)
            self.write(name, "versions", [*self.read(name, "versions", []), version._asdict()])
        return version

    def check_name(self, name):
        return check_name(name)

    def pause(self):
        pass

    def next_number(self, name):
        return len(self.read(name, "versions", [])) + 1

    def keep(self, package, place):
        return copy_package(package, place)[0]

    def fetch(self, version, folder):
        shutil.copytree(self.root / version.name / str(version.number), folder, dirs_exist_ok=True)

    def models(self):
        return [ModelRecord.of(self.versions(path.parent.name)) for path in sorted(self.root.glob("*/versions"))]

    def versions(self, name):
        found = self.read(self.check_name(name), "versions", [])
        if not found:
            raise RegistryError(f"there is no {name}")
        aliases = self.aliases(name)
        pointing = {one["number"]: tuple(a for a, n in aliases.items() if n == one["number"]) for one in found}
        return [Version(**one)._replace(aliases=pointing[one["number"]]) for one in reversed(found)]

    def aliases(self, name):
        return self.read(name, "aliases", {})

    def set_alias(self, version, alias, *, why="", expect="any"):
        self.check_alias(alias)
        self.resolve(Reference(version.name, version=version.number))
        with LOCK:
            aliases = self.aliases(version.name)
            self.compare(aliases.get(alias), expect)
            self.pause()
            self.write(version.name, "aliases", {**aliases, alias: version.number})

    def check_alias(self, alias):
        return check_alias(alias)

    def compare(self, before, expect):
        if expect not in ("any", before):
            raise RegistryError(f"it points at {before}")

    def remove_alias(self, name, alias, *, why=""):
        aliases = self.aliases(name)
        if aliases.pop(alias, None) is None:
            raise RegistryError("no such alias")
        self.write(name, "aliases", aliases)

    def read(self, name, what, default):
        path = self.root / name / what
        return json.loads(path.read_text()) if path.is_file() else default

    def write(self, name, what, value):
        staged = self.root / name / f"{what}.{threading.get_ident()}"
        staged.write_text(json.dumps(value))
        staged.replace(self.root / name / what)


class RightRegistry(Registry):
    """The embedded store."""

    def __init__(self):
        super().__init__(Path(tempfile.mkdtemp(prefix="adfw-")) / "registry")


class RightSingleWriter(RightFolders):
    """Promises nothing of several writers, and knows where its packages lie."""

    traits = StoreTraits()

    def folder(self, version):
        return self.root / version.name / str(version.number)


class OneNumberForOneContent(RightFolders):
    def publish(self, package, name):
        known = {one["digest"]: one for one in self.read(self.check_name(name), "versions", [])}
        digest = verify_manifest(package)
        return Version(**known[digest]) if digest in known else super().publish(package, name)


class DigestOfFirstFile(RightFolders):
    def keep(self, package, place):
        super().keep(package, place)
        return f"sha256:{hashlib.sha256((package / 'model.json').read_bytes()).hexdigest()}"


class TakesFilesForText(RightFolders):
    def fetch(self, version, folder):
        super().fetch(version, folder)
        for path in folder.rglob("*.*"):
            path.write_text(path.read_text(errors="replace"))


class FetchesHardLinks(RightFolders):
    def fetch(self, version, folder):
        shutil.copytree(
            self.root / version.name / str(version.number), folder, dirs_exist_ok=True, copy_function=os.link
        )


class KeepsHardLinks(RightFolders):
    def keep(self, package, place):
        digest = verify_manifest(package)
        shutil.copytree(package, place, dirs_exist_ok=True, copy_function=os.link)
        return digest


class TrustsTheManifest(RightFolders):
    def keep(self, package, place):
        shutil.copytree(package, place, dirs_exist_ok=True)
        return json.loads((package / "manifest.json").read_text())["digest"]


class MatchesNamesLoosely(RightFolders):
    def check_name(self, name):
        if not re.match(r"\w[\w.-]{0,63}$", name):
            raise RegistryError(name)
        return name


class NothingForUnknown(RightFolders):
    def versions(self, name):
        try:
            return super().versions(name)
        except RegistryError:
            check_name(name)
            return []


class FirstForName(RightFolders):
    def resolve(self, reference):
        plain = reference == Reference(reference.name)
        return super().resolve(Reference(reference.name, version=1) if plain else reference)


class AliasesPileUp(RightFolders):
    def versions(self, name):
        old = self.read(name, "trail", [])
        return [
            version._replace(aliases=tuple({*version.aliases, *(a for a, n in old if n == version.number)}))
            for version in super().versions(name)
        ]

    def set_alias(self, version, alias, **options):
        super().set_alias(version, alias, **options)
        self.write(version.name, "trail", [*self.read(version.name, "trail", []), [alias, version.number]])


class AnyAlias(RightFolders):
    def check_alias(self, alias):
        return alias


class IgnoresExpectation(RightFolders):
    def compare(self, before, expect):
        pass


class TakesNoneForAny(RightFolders):
    def compare(self, before, expect):
        if expect is not None:
            super().compare(before, expect)


class MovesThenComplains(RightFolders):
    def set_alias(self, version, alias, *, why="", expect="any"):
        before = self.aliases(version.name).get(alias)
        super().set_alias(version, alias)
        self.compare(before, expect)


class ListsVersions(RightFolders):
    def models(self):
        return [ModelRecord.of([version]) for one in super().models() for version in self.versions(one.name)]


class AliasesInMemory(RightFolders):
    def aliases(self, name):
        return self.__dict__.setdefault("known", {}).setdefault(name, {})

    def write(self, name, what, value):
        if what == "aliases":
            self.__dict__.setdefault("known", {})[name] = value
        else:
            super().write(name, what, value)


class FolderOfNewest(RightFolders):
    def folder(self, version):
        return self.root / version.name / str(self.versions(version.name)[0].number)


class WaitsInTheMiddle(RightFolders):
    """Holds no lock while it decides."""

    def pause(self):
        LOCK.release()
        time.sleep(0.02)
        LOCK.acquire()


class SwapsInTwoSteps(WaitsInTheMiddle):
    traits = StoreTraits(compare_and_swap=True)


class CountsInTwoSteps(WaitsInTheMiddle):
    traits = StoreTraits(concurrent=True)


FAULTS = {
    OneNumberForOneContent: "versions_numbered",
    DigestOfFirstFile: "digests_true",
    TakesFilesForText: "packages_fetched",
    FetchesHardLinks: "fetched_apart",
    KeepsHardLinks: "source_apart",
    TrustsTheManifest: "damage_refused",
    MatchesNamesLoosely: "names_refused",
    NothingForUnknown: "unknown_told",
    FirstForName: "references_resolved",
    AliasesPileUp: "aliases_move",
    AnyAlias: "aliases_refused",
    IgnoresExpectation: "expectation_kept",
    TakesNoneForAny: "expectation_kept",
    MovesThenComplains: "expectation_kept",
    ListsVersions: "models_listed",
    AliasesInMemory: "seen_by_all",
    FolderOfNewest: "local_copy_true",
    SwapsInTwoSteps: "compare_and_swap",
    CountsInTwoSteps: "concurrent",
}
RIGHT = [RightRegistry, RightFolders, RightSingleWriter]


@pytest.mark.parametrize("store", RIGHT)
def test_right_stores_pass_every_check(store):
    assert not check_plugin(store()).failed


@pytest.mark.parametrize(("fault", "name"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", one))
def test_each_fault_is_caught_by_its_check(fault, name):
    subject = Subject(fault())
    (check,) = [check for check in required(subject) if check.name == name]
    with pytest.raises(Failure):
        check.run(subject)


def test_each_check_catches_a_fault():
    assert {check.name for store in RIGHT for check in required(Subject(store()))} == set(FAULTS.values())
