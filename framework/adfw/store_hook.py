"""The hook of stores, one of those in `hooks.py`; it stands apart, for its example is a long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adfw.component import Component
    from adfw.store_interface import Store

hookspec = pluggy.HookspecMarker("adfw")


@hookspec
def adfw_stores() -> Iterable[type[Component[Store]]]:  # type: ignore[empty-body]
    """Return the configurations of stores; a field `uri` takes what `--store NAME:URI` says.

    A complete plugin, a folder of tar files, for one writer at a time:

        import json
        import shutil
        from pathlib import Path
        from typing import Literal
        from adfw import Component, ModelRecord, Reference, RegistryError, Store, Version
        from adfw import check_alias, check_name, copy_package, hookimpl

        class Shelf(Store):
            def __init__(self, root):
                self.root = root

            def publish(self, package, name):
                shelf = self.root / check_name(name)
                number = len(list(shelf.glob("*.tar"))) + 1
                staged = shelf / f"{number}.new"
                staged.mkdir(parents=True)
                try:
                    digest, size = copy_package(package, staged)
                    shutil.make_archive(shelf / str(number), "tar", staged)
                finally:
                    shutil.rmtree(staged)
                version = Version(name, number, digest, size=size)
                (shelf / f"{number}.json").write_text(json.dumps(version._asdict()))
                return version

            def fetch(self, version, folder):
                shutil.unpack_archive(self.root / version.name / f"{version.number}.tar", folder, filter="data")

            def models(self):
                names = sorted(place.parent.name for place in self.root.glob("*/1.json"))
                return [ModelRecord.of(self.versions(name)) for name in names]

            def versions(self, name):
                shelf, aliases = self.root / check_name(name), self.aliases(name)
                found = [Version(**json.loads(path.read_text())) for path in shelf.glob("[0-9]*.json")]
                if not found:
                    raise RegistryError(f"there is no model {name!r} in {self.root}")
                of = {v.number: tuple(a for a in sorted(aliases) if aliases[a] == v.number) for v in found}
                return sorted((v._replace(aliases=of[v.number]) for v in found), key=lambda v: -v.number)

            def aliases(self, name):
                path = self.root / name / "aliases.json"
                return json.loads(path.read_text()) if path.is_file() else {}

            def set_alias(self, version, alias, *, why="", expect="any"):
                self.resolve(Reference(version.name, version.number))
                aliases = self.aliases(version.name)
                if expect not in ("any", aliases.get(check_alias(alias))):
                    raise RegistryError(f"{version.name}@{alias} points at {aliases.get(alias)}, not at {expect}")
                self.write_aliases(version.name, {**aliases, alias: version.number})

            def remove_alias(self, name, alias, *, why=""):
                aliases = self.aliases(check_name(name))
                if aliases.pop(alias, None) is None:
                    raise RegistryError(f"{name} has no alias {alias!r}")
                self.write_aliases(name, aliases)

            def write_aliases(self, name, aliases):
                (self.root / name / "aliases.json").write_text(json.dumps(aliases))

        class ShelfConfig(Component[Store]):
            "A folder of tar files."
            name: Literal["shelf"] = "shelf"
            uri: str

            @classmethod
            def conformance_examples(cls, folder):
                return (cls(uri=str(folder / "shelf")),)

            def build(self):
                return Shelf(Path(self.uri))

        @hookimpl
        def adfw_stores():
            return [ShelfConfig]
    """
