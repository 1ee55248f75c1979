"""What the kit found out about one component: results, hints, as table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.table import Table

Outcome = Literal["pass", "fail", "expected"]
STYLES = {"pass": "green", "fail": "bold red", "expected": "yellow"}


@dataclass(frozen=True)
class Result:
    """One check's outcome: what holds, or what does not and the smallest example of it.

    `expected` is a failure that was announced, with its reason; one that was announced and did not come is a `fail`.
    """

    check: str
    outcome: Outcome
    sentence: str
    example: str = ""


@dataclass(frozen=True)
class Report:
    """All checks of one component."""

    component: str
    kind: str
    kit: str
    results: tuple[Result, ...]
    hints: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        """Return the results that should have been others."""
        return tuple(result for result in self.results if result.outcome == "fail")

    def to_json(self) -> str:
        """Return the report as one JSON object."""
        return json.dumps({**asdict(self), "failed": len(self.failed)}, indent=2)

    def table(self) -> Table:
        """Return the report as a rich table."""
        from rich.table import Table

        table = Table("check", "outcome", "what", title=f"{self.kind} {self.component} (kit {self.kit})")
        for result in self.results:
            style = STYLES[result.outcome]
            smallest = f"\nsmallest example: {result.example}" if result.example else ""
            table.add_row(result.check, f"[{style}]{result.outcome}[/]", _plain(result.sentence + smallest))
        for hint in self.hints:
            table.add_row("hint", "", _plain(hint))
        return table


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
