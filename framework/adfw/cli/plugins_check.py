"""`adfw plugins check`: run the conformance kit on installed components."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Container

    from rich.console import Console, RenderableType

    from adfw.catalog import Catalog, Entry
    from adfw.testing import Report
    from adfw.testing.report import Outcome

PROFILES = ("quick", "ci", "thorough")
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "expected")
NARROW = 80


@dataclass
class Findings:
    """What became of the components: reports of those checked, reasons for the others."""

    reports: list[Report] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Return how many checks failed, each broken plugin counting as one."""
        return sum(len(report.failed) for report in self.reports) + len(self.broken)


def check(
    name: Annotated[str, typer.Argument(help="A component, or KIND:NAME where two kinds share the name.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Check every installed component.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    fields: Annotated[list[str] | None, typer.Option("--set", help="A field of the component, as field=value.")] = None,
    profile: Annotated[str, typer.Option(help="Examples for each check: quick (10), ci (50), thorough (500).")] = "ci",
) -> None:
    """Check that a component does what its contract and its traits say; exit code 1 where it does not."""
    from adfw.catalog import Catalog
    from adfw.errors import PluginError

    if bool(name) == everything or profile not in PROFILES:
        raise PluginError(f"name one component, or write --all; --profile is one of {', '.join(PROFILES)}")
    if everything and fields:
        raise PluginError("--set belongs to one component; name it instead of --all")
    if find_spec("hypothesis") is None:
        raise PluginError("the conformance kit needs hypothesis; install it with: pip install 'adfw[kit]'")
    catalog = Catalog.discover()
    found = _check_all(catalog, profile, quiet=as_json) if everything else Findings()
    if name:
        found.reports = _check_one(catalog.look_up(name), fields or [], profile)
    if as_json:
        print(json.dumps({**asdict(found), "failed": found.failed}, indent=2))
    elif name:
        _print_in_full(found.reports)
    raise typer.Exit(1 if found.failed else 0)


def _check_one(entry: Entry, fields: list[str], profile: str) -> list[Report]:
    from adfw.testing import check_plugin
    from adfw.testing.installed import configurations, parse_fields

    with tempfile.TemporaryDirectory() as folder:
        chosen = configurations(entry, Path(folder), parse_fields(fields))
        return [check_plugin(config, profile=profile) for config in chosen]


def _check_all(catalog: Catalog, profile: str, *, quiet: bool) -> Findings:
    """Check all components, and print a line for each as soon as it is done; failures at once with their example."""
    from adfw.cli.terminal import plain_console
    from adfw.errors import PluginError

    found, console = Findings(), plain_console()
    found.broken = [fault.sentence() for fault in catalog.faults if fault.allowed]
    found.unchecked = [f"{fault.sentence()} (not allowed)" for fault in catalog.faults if not fault.allowed]
    say: Any = (lambda *_: None) if quiet else console.print
    for entry in catalog.entries:
        try:
            reports = _check_one(entry, [], profile)
        except PluginError as error:
            found.unchecked.append(str(error))
            continue
        found.reports += reports
        for report in reports:
            say(report.summary())
            if report.failed or report.count("expected"):
                say(_details(report, console, only=("fail", "expected")))
    for line in found.unchecked:
        say(f"not checked: {line}")
    for line in found.broken:
        say(f"broken: {line}")
    return found


def _print_in_full(reports: list[Report]) -> None:
    from adfw.cli.terminal import plain_console

    console = plain_console()
    for report in reports:
        console.print(f"{report.summary()} (kit {report.kit})")
        console.print(_details(report, console))


def _details(report: Report, console: Console, only: Container[Outcome] = OUTCOMES) -> RenderableType:
    """Return the checks as a table where there is room for one, and as lines in a narrow terminal."""
    from rich.console import Group

    return Group(*report.lines(only=only)) if console.width < NARROW else report.table(only=only)
