"""Which strategies to compare: configurations, or their names with fields, as in `percentile(q=0.95)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from adfw.component import Component
from adfw.component_text import parse
from adfw.errors import RecipeError
from adfw.thresholds.costs import Costs
from adfw.thresholds.fallback import FIELD as FALLBACK
from adfw.thresholds.fallback import WithFallback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.catalog import Catalog
    from adfw.interfaces import Threshold

    Wanted = str | Mapping[str, Any] | Component[Threshold]


class Chosen(NamedTuple):
    """The strategies to compare, and which installed ones were left out and why."""

    strategies: list[Component[Threshold]]
    left_out: list[str]


def choose(wanted: Sequence[Wanted] | None, catalog: Catalog, costs: Costs | None) -> Chosen:
    """Make configurations; None takes every installed strategy that the stated costs complete.

    Fields that a strategy requires and shares with the costs, such as the prevalence, are filled in from these. Raises
    RecipeError for what does not fit, PluginError for what is not installed.
    """
    if wanted is None:
        return _all(catalog, costs)
    strategies, problems = [], []
    for one in wanted:
        try:
            strategies.append(one if isinstance(one, Component) else _make(*_parse(one), catalog, costs))
        except ValidationError as error:
            problems += [f"strategy {one}: {line}" for line in _lines(error)]
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise RecipeError(problems)
    return Chosen(strategies, [])


def costs_of(costs: str | None, prevalence: float | None) -> Costs | None:
    """Read MISS:ALARM or MISS:ALARM:REFERRAL; raises RecipeError for anything else, or for one without the other."""
    if costs is None and prevalence is None:
        return None
    if costs is None or prevalence is None:
        raise RecipeError(["costs and prevalence are stated together, e.g. --costs 100:1 --prevalence 0.01"])
    names = ("false_negative", "false_positive", "referral")
    parts = costs.split(":")
    try:
        if len(parts) not in {2, 3}:
            raise ValueError("write two or three numbers")
        return Costs(prevalence=prevalence, **dict(zip(names, map(float, parts), strict=False)))
    except ValidationError as error:
        raise RecipeError([f"costs: {line}" for line in _lines(error)]) from error
    except ValueError as error:
        raise RecipeError([f"costs {costs!r}: {error}; write MISS:ALARM[:REFERRAL], e.g. 100:1"]) from error


def with_fields(strategy: str, fields: Sequence[str]) -> str:
    """Add KEY=VALUE fields to a strategy's text."""
    head, _, rest = strategy.strip().partition("(")
    inner = [rest.rstrip().removesuffix(")")] if rest.strip(" )") else []
    return f"{head}({', '.join([*inner, *fields])})" if inner or fields else head


def with_recorded(chosen: Chosen, recorded: Sequence[Component[Threshold]]) -> Chosen:
    """Put the strategies of a recipe first; those that are configured alike count once."""
    others = [one for one in chosen.strategies if one not in recorded]
    names = {one.name for one in recorded}
    return Chosen([*recorded, *others], [line for line in chosen.left_out if line.split(" ", 1)[0] not in names])


def _all(catalog: Catalog, costs: Costs | None) -> Chosen:
    strategies, left_out = [], []
    for name, entry in catalog.of_kind("threshold").items():
        try:
            strategies.append(_make(name, {}, catalog, costs))
        except ValidationError:
            fields = {field for field, known in entry.config.model_fields.items() if known.is_required()}
            missing = sorted(fields - _filling(entry.config, costs).keys())
            left_out.append(f"{name} was left out: it needs {', '.join(missing)}")
    return Chosen(strategies, left_out)


def _make(name: str, fields: Mapping[str, Any], catalog: Catalog, costs: Costs | None) -> Component[Threshold]:
    config = catalog.find("threshold", name).config
    filling = {field: value for field, value in _filling(config, costs).items() if field not in fields}
    own, other = dict(fields), None
    if FALLBACK not in config.model_fields:
        other = own.pop(FALLBACK, None)
    made: Component[Threshold] = config(**filling, **own)
    return made if other is None else WithFallback.of(made, _make(*_parse(other), catalog, costs))


def _filling(config: type[Component[Any]], costs: Costs | None) -> dict[str, Any]:
    stated = {} if costs is None else costs.model_dump(exclude_none=True)
    return {name: stated[name] for name, field in config.model_fields.items() if field.is_required() and name in stated}


def _parse(wanted: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return name and fields of a mapping, or of a call-like text whose values are Python literals or plain words."""
    if not isinstance(wanted, str):
        fields = dict(wanted)
        if "name" not in fields:
            raise ValueError(f"strategy {wanted}: lacks the field 'name'")
        return str(fields.pop("name")), fields
    return parse(wanted, "strategy")


def _lines(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, fault['loc'])) or 'fields'}: {fault['msg']}" for fault in error.errors()]
