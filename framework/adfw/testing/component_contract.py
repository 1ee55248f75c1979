"""What every component's configuration does, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adfw.component import Component
from adfw.interfaces import Model
from adfw.testing.check import Check, Subject, require
from adfw.testing.surroundings import left_alone

if TYPE_CHECKING:
    from collections.abc import Mapping


def configuration_round_trip(subject: Subject, _: None) -> None:
    """A configuration written as JSON and read again is the same."""
    config = _config(subject)
    again = type(config).model_validate_json(config.model_dump_json())
    require(again == config, f"it comes back from JSON as {again!r} instead of {config!r}")


def configuration_frozen(subject: Subject, _: None) -> None:
    """A configuration cannot be changed, and refuses fields it does not know."""
    config = _config(subject)
    try:
        type(config).model_validate({**config.model_dump(), "no_such_field": 1})
    except ValidationError:
        pass
    else:
        require(False, 'it takes a field that it does not have; leave model_config\'s extra="forbid" as it is')
    require(type(config).model_config.get("frozen"), "its fields can be assigned; leave model_config's frozen=True")


def configuration_described(subject: Subject, _: None) -> None:
    """A configuration says in a docstring of its own, in one line, what it configures."""
    own: Mapping[str, Any] = vars(type(_config(subject)))
    require((own.get("__doc__") or "").strip(), "its class has no docstring; `adfw plugins` shows the first line")


def built_anew(subject: Subject, _: None) -> None:
    """Each build makes another component and leaves global state alone."""
    # A torch layer draws its first weights from the global generator, whoever builds it; fit() draws its own.
    with left_alone(draws=isinstance(subject.built, Model)):
        one, other = subject.build(), subject.build()
    require(one is not other, "build() returns the same object twice, so that two runs would share it")


def _config(subject: Subject) -> Component[Any]:
    assert isinstance(subject.component, Component)
    return subject.component


CHECKS = (
    Check(configuration_round_trip, None),
    Check(configuration_frozen, None),
    Check(configuration_described, None),
    Check(built_anew, None),
)
