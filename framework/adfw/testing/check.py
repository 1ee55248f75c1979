"""What a check is, and how one is run until it holds or its smallest counterexample is found."""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky, HypothesisException, Unsatisfiable, UnsatisfiedAssumption

from adfw.component import Component
from adfw.testing.settings import settings_restored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

EXAMPLES = {"quick": 10, "ci": 50, "thorough": 500}


class Failure(AssertionError):  # noqa: N818 - the report's word
    """A check that does not hold: what is wrong, in a sentence, and the smallest example of it."""

    def __init__(self, sentence: str, example: str = "") -> None:
        self.sentence, self.example = sentence, example
        super().__init__(f"{sentence}; smallest example: {example}" if example else sentence)


@dataclass
class Subject:
    """The component under test: a configuration that can be built again and again, or a component already built.

    `shared` keeps what is dear to make and used by several checks, e.g. a fitted model.
    """

    component: Any
    assumed: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)

    def build(self) -> Any:
        """Return a fresh one."""
        return self.component.build() if isinstance(self.component, Component) else copy.deepcopy(self.component)

    @cached_property
    def built(self) -> Any:
        """Return the one that most checks share."""
        return self.build()

    def trait(self, name: str) -> Any:
        """Return what the component says of itself, or is assumed to say; None where it says nothing."""
        return self.assumed.get(name, getattr(getattr(self.built, "traits", None), name, None))

    def assuming(self, name: str, value: Any) -> Subject:
        """Return the same component as if it had declared a trait."""
        other = copy.copy(self)
        other.assumed = {name: value}
        return other

    @property
    def label(self) -> str:
        """Return a name that tells configurations apart."""
        return self.component.label() if isinstance(self.component, Component) else type(self.component).__name__


@dataclass(frozen=True)
class Check:
    """One property: a function that raises where it does not hold, and the examples to try it on.

    `trait` names the trait that asks for it; a check without one is part of the contract. `when` tells whether a value
    of the trait asks for it; `tries` are the values tried, the strongest first, where nothing was declared.
    """

    function: Callable[[Subject, Any], None]
    cases: SearchStrategy[Any] | None
    trait: str = ""
    when: Callable[[Any], bool] = bool
    tries: tuple[Any, ...] = (True,)

    def required(self, subject: Subject) -> bool:
        """Tell whether the contract or a declared trait asks for it."""
        value = subject.trait(self.trait) if self.trait else None
        return not self.trait or (value is not None and self.when(value))

    @property
    def name(self) -> str:
        """Return the name by which failures are expected."""
        return self.function.__name__

    @property
    def says(self) -> str:
        """Return, in one sentence, what holds."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    def run(self, subject: Subject, profile: str = "ci", *, shrink: bool = True) -> None:
        """Try the property; raises Failure with the smallest example that breaks it."""
        last: list[Any] = []

        def holds(case: Any) -> None:
            last[:] = [case]
            with settings_restored():
                self.function(subject, case)

        try:
            if self.cases is None:
                with settings_restored():
                    self.function(subject, None)
            else:
                _search(holds, self.cases, profile, shrink=shrink)
        except (KeyboardInterrupt, UnsatisfiedAssumption):
            raise
        except BaseException as error:
            _fail(error, repr(last[0]) if last else "")


def _search(holds: Callable[[Any], None], cases: SearchStrategy[Any], profile: str, *, shrink: bool) -> None:
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    fixed = settings(
        max_examples=EXAMPLES[profile],
        phases=phases,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    fixed(given(cases)(holds))()


def _fail(error: BaseException, example: str) -> NoReturn:
    if isinstance(error, Failure):
        raise Failure(error.sentence, example) from None
    if isinstance(error, Flaky):
        raise Failure("it fails once and holds the next time on the same example, so it is not deterministic", example)
    if isinstance(error, Unsatisfiable):
        raise Failure("none of the kit's examples suffices for it, so nothing was tried; check another configuration")
    if isinstance(error, HypothesisException):
        raise error
    text = " ".join(str(error).split()) or "no message"
    raise Failure(f"it raises {type(error).__name__}: {text}", example) from error


def require(condition: object, sentence: str) -> None:
    """Raise Failure with this sentence unless the condition holds."""
    if not condition:
        raise Failure(sentence)
