"""Which components are installed, by kind and name, and what is wrong with the others.

Not to be confused with the model registry, which keeps trained detectors.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from adfw import hooks
from adfw.allow_list import AllowList
from adfw.discovery import KINDS, AnyComponent, Entry, Fault, Kind, Source, load_plugin
from adfw.errors import PluginError
from adfw.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "AnyComponent", "Catalog", "Entry", "Fault", "Kind", "Source"]


@dataclass(frozen=True)
class Catalog:
    """The usable components and the faults of the others; a value that is passed in, never global."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()

    @classmethod
    def discover(cls) -> Catalog:
        """Load every entry point of the group `adfw`; a plugin that fails becomes a fault and stops nobody else.

        Where an allow-list is in force, the others are not imported. Raises PluginError where it cannot be read.
        """
        points = sorted(entry_points(group=hooks.GROUP), key=lambda point: (_distribution(point), point.name))
        listed = AllowList.in_force()
        objections = [""] * len(points) if listed is None else listed.objections(points)
        checked = list(zip(points, objections, strict=True))
        refused = tuple(Fault(_source(point), why, allowed=False) for point, why in checked if why)
        # Made anew: in a process that has imported importlib_metadata they are of its class, not of the standard one
        allowed = (point for point, why in checked if not why)
        found = cls.of(*((_source(point), EntryPoint(point.name, point.value, point.group)) for point in allowed))
        return cls(found.entries, (*found.faults, *refused))

    @classmethod
    def of(cls, *plugins: tuple[Source, object]) -> Catalog:
        """Build a catalog of given plugins: modules, objects with hooks, or entry points still to be loaded."""
        entries: list[Entry] = []
        faults: list[Fault] = []
        for source, plugin in plugins:
            found, wrong = load_plugin(source, plugin)
            entries += found
            faults += wrong
        unique, clashes = _separate_clashes(entries)
        return cls(tuple(unique), (*faults, *clashes))

    def of_kind(self, kind: Kind) -> Mapping[str, Entry]:
        """Return the usable components of one kind by name, in alphabetical order."""
        return {entry.name: entry for entry in self.entries if entry.kind == kind}

    def sources(self) -> set[Source]:
        """Return the plugins, usable and broken ones, but none that is not allowed."""
        return {entry.source for entry in self.entries} | {fault.source for fault in self.faults if fault.allowed}

    def find(self, kind: Kind, name: str) -> Entry:
        """Return one component; raises PluginError with what is installed, a suggestion, or why it is unusable."""
        known = self.of_kind(kind)
        if name in known:
            return known[name]
        raise PluginError(f"there is no usable {kind} {name!r}; {self.advice(kind, name)}")

    def look_up(self, name: str) -> Entry:
        """Return the component called NAME or KIND:NAME; raises PluginError where none, or more than one, is."""
        kind, colon, rest = name.rpartition(":")
        found = [entry for entry in self.entries if entry.name == rest and kind in {"", entry.kind}]
        if len(found) == 1:
            return found[0]
        if found:
            raise PluginError(f"{name!r} is several things; write {' or '.join(f'{e.kind}:{e.name}' for e in found)}")
        if colon and kind in KINDS:
            return self.find(kind, rest)
        broken = [fault for fault in self.faults if rest in {fault.source.plugin, *(other for _, other in fault.names)}]
        if broken:
            raise PluginError("; ".join(dict.fromkeys(f"{fault.source}: {fault.reason}" for fault in broken)))
        hint = did_you_mean(rest, (entry.name for entry in self.entries))
        raise PluginError(f"there is no component {name!r}; `adfw plugins` lists those that are installed{hint}")

    def advice(self, kind: Kind, name: str) -> str:
        """Say what to write, or mend, instead of an unusable name."""
        broken = [fault.reason for fault in self.faults if (kind, name) in fault.names]
        if broken:
            return "; ".join(dict.fromkeys(broken))
        known = self.of_kind(kind)
        others = [other for other in KINDS if name in self.of_kind(other)]
        hint = f"; {name!r} is a {others[0]}" if others else did_you_mean(name, known)
        words = [f"allowed: {', '.join(known) or 'none is installed'}{hint}"]
        for allowed, state in ((True, "broken plugins that"), (False, "plugins not allowed here that")):
            unknown = [fault for fault in self.faults if not fault.names and fault.allowed == allowed]
            listed = ", ".join(f"{fault.source.plugin!r} of {fault.source}" for fault in unknown)
            words += [f"{state} might provide it: {listed} (see `adfw plugins`)"] if unknown else []
        return "; ".join(words)


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "?"


def _source(point: EntryPoint) -> Source:
    return Source(point.name, _distribution(point), point.dist.version if point.dist else "?")


def _separate_clashes(entries: list[Entry]) -> tuple[list[Entry], list[Fault]]:
    by_name: dict[tuple[Kind, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_name[entry.kind, entry.name].append(entry)
    unique = [same[0] for _, same in sorted(by_name.items()) if len(same) == 1]
    faults = []
    for (kind, name), same in sorted(by_name.items()):
        if len(same) > 1:
            sides = " and ".join(f"{e.config.__module__}.{e.config.__name__} of {e.source}" for e in same)
            remedy = "rename" if len({entry.source.distribution for entry in same}) == 1 else "uninstall"
            reason = f"two {kind}s are called {name!r}: {sides}; {remedy} one of them"
            faults += [Fault(entry.source, reason, ((kind, name),)) for entry in same]
    return unique, faults
