"""Which components are installed: plugins loaded one by one, listed by kind and name, with what is wrong with them.

Not to be confused with the model registry, which keeps trained detectors.
"""

from __future__ import annotations

import difflib
import inspect
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pluggy

from adfw import hooks
from adfw.component import Component
from adfw.errors import PluginError
from adfw.interfaces import Dataset, Model, Scorer, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["dataset", "model", "scorer", "threshold"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CONTRACTS: Mapping[Kind, type] = {"dataset": Dataset, "model": Model, "scorer": Scorer, "threshold": Threshold}
AnyComponent = Component[Any]


class Source(NamedTuple):
    """Where a plugin comes from: its entry point's name and its distribution."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


class Entry(NamedTuple):
    """One installed component."""

    kind: Kind
    name: str
    config: type[AnyComponent]
    source: Source


class Fault(NamedTuple):
    """What is wrong with a plugin, or with one of its components, and what to change.

    `names` holds the components it makes unusable, as far as they are known.
    """

    source: Source
    reason: str
    names: tuple[tuple[Kind, str], ...] = ()


@dataclass(frozen=True)
class Catalog:
    """The usable components and the faults of the others; a value that is passed in, never global."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()

    @classmethod
    def discover(cls) -> Catalog:
        """Load every entry point of the group `adfw`; a plugin that fails becomes a fault and stops nobody else."""
        points = sorted(entry_points(group=hooks.GROUP), key=lambda point: (_distribution(point), point.name))
        return cls.of(*((_source(point), point) for point in points))

    @classmethod
    def of(cls, *plugins: tuple[Source, object]) -> Catalog:
        """Build a catalog of given plugins: modules, objects with hooks, or entry points still to be loaded."""
        entries: list[Entry] = []
        faults: list[Fault] = []
        for source, plugin in plugins:
            try:
                found, wrong = _components(source, plugin.load() if isinstance(plugin, EntryPoint) else plugin)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit while it is imported
                faults.append(Fault(source, _reason(error)))
            else:
                entries += found
                faults += wrong
        unique, clashes = _separate_clashes(entries)
        return cls(tuple(unique), (*faults, *clashes))

    def of_kind(self, kind: Kind) -> Mapping[str, Entry]:
        """Return the usable components of one kind by name, in alphabetical order."""
        return {entry.name: entry for entry in self.entries if entry.kind == kind}

    def find(self, kind: Kind, name: str) -> Entry:
        """Return one component; raises PluginError with what is installed, a suggestion, or why it is unusable."""
        known = self.of_kind(kind)
        if name in known:
            return known[name]
        raise PluginError(f"there is no usable {kind} {name!r}; {self.advice(kind, name)}")

    def advice(self, kind: Kind, name: str) -> str:
        """Say what to write, or mend, instead of an unusable name."""
        broken = [fault for fault in self.faults if (kind, name) in fault.names]
        if broken:
            return "; ".join(fault.reason for fault in broken)
        known = self.of_kind(kind)
        words = [f"allowed: {', '.join(known) or 'none is installed'}"]
        words += [f"did you mean {near!r}?" for near in difflib.get_close_matches(name, known, n=1)]
        unknown = [f"{fault.source.plugin!r} of {fault.source}" for fault in self.faults if not fault.names]
        words += [f"broken plugins that might provide it: {', '.join(unknown)} (see `adfw plugins`)"] if unknown else []
        return "; ".join(words)


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "?"


def _source(point: EntryPoint) -> Source:
    return Source(point.name, _distribution(point), point.dist.version if point.dist else "?")


def _components(source: Source, plugin: object) -> tuple[list[Entry], list[Fault]]:
    """Ask one plugin for its components, with a manager of its own so that no other plugin can interfere."""
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    manager.register(plugin, name=source.plugin)
    _check_hooks(manager, plugin)
    entries: list[Entry] = []
    faults: list[Fault] = []
    for kind in KINDS:
        for returned in getattr(manager.hook, f"adfw_{kind}s")():
            for config in _as_iterable(kind, returned):
                try:
                    entries.append(Entry(kind, _checked_name(kind, config), config, source))
                except PluginError as error:
                    faults.append(Fault(source, str(error), _claims(kind, config)))
    if not entries and not faults:
        raise PluginError("it registers no component; mark its hooks with @hookimpl and return configuration classes")
    return entries, faults


def _check_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    """Refuse hooks that no specification knows, and hooks nobody marked; pluggy alone ignores both."""
    known = [name for name, _ in inspect.getmembers(hooks, inspect.isfunction) if name.startswith("adfw_")]
    for name, value in inspect.getmembers(plugin, inspect.isroutine):
        marked = getattr(value, f"{hooks.GROUP}_impl", None) is not None
        if marked and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PluginError(f"it implements an unknown hook {name!r}; allowed: {', '.join(known)}{hint}")
        if name in known and not marked:
            raise PluginError(f"its function {name!r} is not marked; write @hookimpl above it")
    manager.check_pending()


def _as_iterable(kind: Kind, returned: object) -> Iterable[Any]:
    if isinstance(returned, type) or not hasattr(returned, "__iter__"):
        raise PluginError(f"adfw_{kind}s returned {returned!r}; return a list of configuration classes")
    return returned  # type: ignore[no-any-return]


def _checked_name(kind: Kind, config: object) -> str:
    """Return the component's name; raises PluginError for anything but a named configuration of this kind."""
    contract = CONTRACTS[kind]
    if not isinstance(config, type):
        raise PluginError(f"adfw_{kind}s returned {config!r}; return the class, not an instance")
    if not issubclass(config, Component[contract]):  # type: ignore[valid-type]
        raise PluginError(f"{config.__name__} is no Component[{contract.__name__}], so adfw_{kind}s cannot return it")
    try:
        return config.component_name()
    except TypeError as error:
        raise PluginError(str(error)) from error


def _claims(kind: Kind, config: object) -> tuple[tuple[Kind, str], ...]:
    """Return the name a refused component would have had, if it tells one."""
    try:
        return ((kind, config.component_name()),)  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return ()


def _separate_clashes(entries: list[Entry]) -> tuple[list[Entry], list[Fault]]:
    by_name: dict[tuple[Kind, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_name[entry.kind, entry.name].append(entry)
    unique = [same[0] for _, same in sorted(by_name.items()) if len(same) == 1]
    faults = []
    for (kind, name), same in sorted(by_name.items()):
        if len(same) > 1:
            sides = " and ".join(f"{e.config.__module__}.{e.config.__name__} of {e.source}" for e in same)
            reason = f"two {kind}s are called {name!r}: {sides}; uninstall one of them"
            faults += [Fault(entry.source, reason, ((kind, name),)) for entry in same]
    return unique, faults


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or "no message"
    return text if isinstance(error, PluginError) else f"{type(error).__name__}: {text}"
