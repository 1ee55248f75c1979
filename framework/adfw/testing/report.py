"""What the kit found out about one component: results, hints, as table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from rich.table import Table
    from rich.text import Text

Outcome = Literal["pass", "fail", "expected"]
STYLES: dict[Outcome, str] = {"pass": "green", "fail": "bold red", "expected": "yellow"}


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

    def count(self, outcome: Outcome) -> int:
        """Return how many checks had this outcome."""
        return sum(result.outcome == outcome for result in self.results)

    def table(self, *, only: Container[Outcome] = ("pass", "fail", "expected")) -> Table:
        """Return the checks of some outcomes, and the hints, as a rich table."""
        from rich.table import Table
        from rich.text import Text

        table = Table("check", "outcome", "what", box=None, pad_edge=False)
        for result in self.results:
            if result.outcome in only:
                smallest = f"\nsmallest example: {result.example}" if result.example else ""
                outcome = Text(result.outcome, STYLES[result.outcome])
                table.add_row(result.check, outcome, Text(result.sentence + smallest))
        for hint in self.hints:
            table.add_row("hint", "", Text(hint))
        return table

    def lines(self, *, only: Container[Outcome] = ("pass", "fail", "expected")) -> Iterator[Text]:
        """Yield the same one below the other, for terminals in which a table's last column would be a few letters."""
        from rich.text import Text

        for result in self.results:
            if result.outcome in only:
                yield Text.assemble((result.outcome, STYLES[result.outcome]), f" {result.check}: {result.sentence}")
                if result.example:
                    yield Text(f"  smallest example: {result.example}")
        for hint in self.hints:
            yield Text(f"hint: {hint}")

    def summary(self) -> str:
        """Return one line: the component and its counts."""
        counts = ", ".join(f"{self.count(outcome)} {outcome}" for outcome in STYLES if self.count(outcome))
        return f"{self.kind} {self.component}: {counts}"
