"""What a new plugin is called as a distribution, as a module, in recipes and as a class; names that will not do."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from keyword import iskeyword
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from packaging.utils import InvalidName, canonicalize_name

from adfw.errors import PluginError
from adfw.scaffold.templates import module_template
from adfw.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.catalog import Catalog

PluginKind = Literal["scorer", "threshold", "model", "dataset"]
KINDS: tuple[PluginKind, ...] = get_args(PluginKind)
FOLDERS = ("tests", "recipes", "dist", "runs")
LONGEST = 30
"""Letters of a component's name, so that the lines of the templates stay below 120."""


class PluginNames(NamedTuple):
    """One name in its four forms, e.g. `adfw-large-spots`, `adfw_large_spots`, `large_spots` and `LargeSpots`."""

    kind: PluginKind
    distribution: str
    module: str
    component: str
    class_name: str


def plugin_names(name: str, kind: str, catalog: Catalog) -> PluginNames:
    """Derive all names from the distribution's; raises PluginError with everything that is wrong with it."""
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise PluginError(f"there is no kind {kind!r}; allowed: {', '.join(KINDS)}{did_you_mean(kind, KINDS)}")
    try:
        distribution = str(canonicalize_name(name, validate=True))
    except InvalidName:
        raise PluginError(
            f"{name!r} is no name of a distribution; it is made of the letters a to z, digits and single - _ . "
            "between them, e.g. adfw-large-spots"
        ) from None
    module = distribution.replace("-", "_")
    component = module.removeprefix("adfw_")
    class_name = "".join(part.capitalize() for part in component.split("_"))
    names = PluginNames(known, distribution, module, component, class_name)
    faults = [*_unusable(names), *_taken(names, catalog)]
    if faults:
        raise PluginError(f"{name}: {'; '.join(faults)}; choose another name")
    return names


def _unusable(names: PluginNames) -> Iterator[str]:
    """Say why Python, or the templates, could not use the names."""
    written = dict.fromkeys([names.module, names.component, names.class_name])
    for word in written:
        if not word.isidentifier():
            yield f"{word!r} cannot be a name in Python, it begins with a digit"
        elif iskeyword(word):
            yield f"{word!r} is a keyword of Python"
    if len(names.component) > LONGEST:
        yield f"{names.component!r} has more than {LONGEST} letters, too long for a name in recipes"
    if names.module in FOLDERS:
        yield f"{names.module!r} is another folder of the distribution"
    declared = re.findall(r"^(?:class|from .* import|import) (.*)$", module_template(names.kind), re.MULTILINE)
    if names.class_name in re.findall(r"\w+", " ".join(declared)):
        yield f"its class would be called {names.class_name!r}, as another in the same file"


def _taken(names: PluginNames, catalog: Catalog) -> Iterator[str]:
    """Say which of the names is somebody else's."""
    try:
        yield f"a distribution of that name is installed, {distribution(names.distribution).version}"
    except PackageNotFoundError:
        if _importable(names.module):
            yield f"there is a module {names.module!r} already"
    for entry in catalog.entries:
        if entry.name == names.component:
            yield f"a {entry.kind} of {entry.source} is called {names.component!r}"
    for fault in catalog.faults:
        if names.component in {other for _, other in fault.names}:
            yield f"a component of {fault.source}, which is broken, is called {names.component!r}"


def _importable(module: str) -> bool:
    """Tell whether a module is there; a mere folder that Python could take for a package does not count."""
    if module in sys.stdlib_module_names:
        return True
    if not module.isidentifier():
        return False
    spec = find_spec(module)
    return spec is not None and spec.origin is not None
