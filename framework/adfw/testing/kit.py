"""Which checks a component has to pass, and running them all."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from adfw.component import Component
from adfw.interfaces import Dataset, Executor, Model, Scorer, Sink, Threshold
from adfw.store_interface import Store
from adfw.testing.check import Check, Failure, Subject
from adfw.testing.report import Report, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KIT_VERSION = "1.0"
# Imported when a component of the kind is checked: a threshold's checks need no torch.
_KINDS: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("scorer", Scorer, ("scorer_contract", "scorer_maps", "scorer_pooling")),
    ("threshold", Threshold, ("threshold_contract", "threshold_traits")),
    ("dataset", Dataset, ("dataset_contract",)),
    ("model", Model, ("model_contract",)),
    ("executor", Executor, ("executor_contract",)),
    ("sink", Sink, ()),  # what it delivers to is not to be tried blindly; its configuration is
    ("store", Store, ("store_contract", "store_aliases", "store_traits")),
)


def check_plugin(
    component: Any, *, expected_failures: Mapping[str, str] | None = None, profile: str = "ci", shrink: bool = True
) -> Report:
    """Run every check that the contract and the declared traits ask for, without pytest.

    `component` is an instance: a configuration (`SsimConfig(pooling="max")`) or what it builds. `expected_failures`
    maps checks to the reason why they fail; a component may carry such a mapping of its own under that name.
    `profile` is "quick", "ci" or "thorough". Raises TypeError for anything that is no component.
    """
    subject = Subject(component)
    if fault := _unbuildable(subject):
        return Report(subject.label, "component", KIT_VERSION, (Result("build", "fail", fault),))
    expected = expected_failures_of(subject, expected_failures)
    results = [_result(check, subject, expected, profile, shrink=shrink) for check in required(subject)]
    return Report(subject.label, kind_of(subject), KIT_VERSION, tuple(results), tuple(_hints(subject, profile)))


def _unbuildable(subject: Subject) -> str:
    try:
        kind_of(subject)
    except TypeError:
        raise
    except Exception as error:
        return f"build() raises {type(error).__name__}: {' '.join(str(error).split())}"
    return ""


def kind_of(subject: Subject) -> str:
    """Return the kind of what is built; raises TypeError where it is none."""
    for kind, contract, _ in _KINDS:
        if isinstance(subject.built, contract):
            return kind
    is_class = isinstance(subject.component, type)
    what = f"the class {subject.component.__name__}" if is_class else f"a {type(subject.built).__name__}"
    raise TypeError(f"{what} is no {', '.join(kind for kind, _, _ in _KINDS)}; pass an instance of a component")


def required(subject: Subject) -> list[Check]:
    """Return the checks of the contract and those that the declared traits ask for."""
    return [check for check in _checks(subject) if check.required(subject)]


def expected_failures_of(subject: Subject, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the announced failures; raises ValueError for one that names no check of this component."""
    expected = {**getattr(subject.built, "expected_failures", {}), **(given or {})}
    names = [check.name for check in _checks(subject)]
    unknown = sorted(set(expected) - set(names))
    if unknown:
        raise ValueError(f"no check is called {', '.join(unknown)}; allowed: {', '.join(names)}")
    return expected


def _checks(subject: Subject) -> list[Check]:
    modules = next(modules for kind, _, modules in _KINDS if kind == kind_of(subject))
    if isinstance(subject.component, Component):
        modules = ("component_contract", *modules)
    return [check for module in modules for check in import_module(f"adfw.testing.{module}").CHECKS]


def _hints(subject: Subject, profile: str) -> Iterator[str]:
    """Try the traits that were not declared, and say which seem to hold."""
    checks = [check for check in _checks(subject) if check.trait and subject.trait(check.trait) is None]
    for trait in dict.fromkeys(check.trait for check in checks):
        same = [check for check in checks if check.trait == trait]
        found = (value for value in same[0].tries if _holds(same, subject.assuming(trait, value), profile))
        for value in islice(found, 1):
            yield f"{trait}={value!r} seems to hold; declared in `traits`, it will be checked"


def _holds(checks: list[Check], subject: Subject, profile: str) -> bool:
    try:
        for check in checks:
            if check.required(subject):
                check.run(subject, profile, shrink=False)
    except Failure:
        return False
    return True


def _result(check: Check, subject: Subject, expected: Mapping[str, str], profile: str, *, shrink: bool) -> Result:
    reason = expected.get(check.name)
    try:
        check.run(subject, profile, shrink=shrink)
    except Failure as failure:
        if reason is None:
            return Result(check.name, "fail", failure.sentence, failure.example)
        return Result(check.name, "expected", f"{reason} ({failure.sentence})", failure.example)
    if reason is not None:
        return Result(check.name, "fail", f"it holds, though a failure was expected: {reason}; take that out")
    return Result(check.name, "pass", check.says)
