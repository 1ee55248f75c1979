"""One plugin: loaded, asked for its components, and refused with a reason where pluggy would keep silent."""

from __future__ import annotations

import inspect
import os
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pluggy
from pydantic.errors import PydanticUserError

from adfw import hooks
from adfw.api import ATTRIBUTE, check_api, stated_in_source
from adfw.component import Component
from adfw.errors import PluginError
from adfw.interfaces import Dataset, Executor, Model, Scorer, Sink, Threshold
from adfw.store_interface import Store
from adfw.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["dataset", "model", "scorer", "threshold", "executor", "sink", "store"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CONTRACTS: Mapping[Kind, type] = {
    "dataset": Dataset,
    "model": Model,
    "scorer": Scorer,
    "threshold": Threshold,
    "executor": Executor,
    "sink": Sink,
    "store": Store,
}
HOOKS = tuple(f"adfw_{kind}s" for kind in KINDS)
TRACE = "ADFW_TRACE_PLUGINS"
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

    `names` holds the components it makes unusable, as far as they are known. A plugin that is not `allowed` was not
    imported.
    """

    source: Source
    reason: str
    names: tuple[tuple[Kind, str], ...] = ()
    allowed: bool = True

    def sentence(self) -> str:
        """Return whose fault it is, and what."""
        return f"{self.source.plugin} of {self.source}: {self.reason}"

    def __str__(self) -> str:
        return f"{'broken' if self.allowed else 'not allowed'}: {self.sentence()}"


def load_plugin(source: Source, plugin: object) -> tuple[list[Entry], list[Fault]]:
    """Return the components of a module, an object with hooks, or an entry point, and what is wrong with it."""
    try:
        return _components(source, _loaded(plugin) if isinstance(plugin, EntryPoint) else plugin)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may even call sys.exit while it is imported
        text = " ".join(str(error).split()) or "no message"
        return [], [Fault(source, text if isinstance(error, PluginError) else f"{type(error).__name__}: {text}")]


def _loaded(point: EntryPoint) -> object:
    """Import a plugin, unless it states that it needs another plugin interface."""
    check_api(stated_in_source(point.module))
    return point.load()


def _components(source: Source, plugin: object) -> tuple[list[Entry], list[Fault]]:
    """Ask one plugin, with a manager of its own so that no other plugin can interfere."""
    check_api(getattr(plugin, ATTRIBUTE, None))
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    _check_hooks(plugin)
    manager.register(plugin, name=source.plugin)
    manager.check_pending()
    entries: list[Entry] = []
    faults: list[Fault] = []
    for kind in KINDS:
        for config in _returned(manager, kind, source):
            try:
                entries.append(Entry(kind, _checked_name(kind, config), config, source))
            except PluginError as error:
                faults.append(Fault(source, str(error), _claims(kind, config)))
    if not entries and not faults:
        raise PluginError("it registers no component; mark its hooks with @hookimpl and return configuration classes")
    return entries, faults


def _check_hooks(plugin: object) -> None:
    """Refuse hooks that no specification knows, and hooks nobody marked; pluggy alone ignores both."""
    for name, value in inspect.getmembers(plugin, inspect.isroutine):
        mark = getattr(value, f"{hooks.GROUP}_impl", None)
        hook = (mark.get("specname") if isinstance(mark, dict) else None) or name
        if mark is not None and hook not in HOOKS:
            hint = did_you_mean(hook, HOOKS)
            raise PluginError(f"it implements an unknown hook {hook!r}; allowed: {', '.join(HOOKS)}{hint}")
        if mark is None and name in HOOKS:
            raise PluginError(f"its function {name!r} is not marked; write @hookimpl above it")


def _returned(manager: pluggy.PluginManager, kind: Kind, source: Source) -> Iterable[Any]:
    """Call one hook of the manager's only plugin; there is no result where it does not implement the hook."""
    hook = f"adfw_{kind}s"
    caller: pluggy.HookCaller = getattr(manager.hook, hook)
    if not caller.get_hookimpls():
        return ()
    configs: list[Any] = []
    for result in caller() or [None]:  # pluggy drops None
        if isinstance(result, type | str) or not hasattr(result, "__iter__"):
            raise PluginError(f"{hook} returned {result!r}; return a list of configuration classes")
        configs += result
    if os.environ.get(TRACE):
        found = ", ".join(getattr(config, "__name__", repr(config)) for config in configs)
        print(f"{source}: {source.plugin}: {hook}() -> [{found}]", file=sys.stderr)
    return configs


def _checked_name(kind: Kind, config: object) -> str:
    """Return the component's name; raises PluginError for anything but a named, complete configuration of this kind."""
    contract = CONTRACTS[kind]
    required: Any = Component.__class_getitem__(contract)
    if not isinstance(config, type):
        raise PluginError(f"adfw_{kind}s returned {config!r}; return the class, not an instance")
    if not issubclass(config, Component) or not issubclass(config, required):
        raise PluginError(f"{config.__name__} is no Component[{contract.__name__}], so adfw_{kind}s cannot return it")
    try:
        name = config.component_name()
        config.model_rebuild()
    except (TypeError, PydanticUserError, NameError) as error:
        raise PluginError(_incomplete(config, error)) from error
    if inspect.isabstract(config):
        missing = ", ".join(sorted(getattr(config, "__abstractmethods__", ())))
        raise PluginError(f"{config.__name__} is abstract; give it {missing}")
    return name


def _incomplete(config: type[AnyComponent], error: Exception) -> str:
    if isinstance(error, NameError):  # pydantic's own is one, too
        missing = getattr(error, "name", None) or str(error)
        return f"{config.__name__} has fields of an unknown type {missing!r}; import it outside `if TYPE_CHECKING:`"
    return str(error).split("\n", 1)[0]


def _claims(kind: Kind, config: object) -> tuple[tuple[Kind, str], ...]:
    """Return the name a refused component would have had, if it tells one."""
    try:
        return ((kind, config.component_name()),)  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return ()
