"""Are more parts rejected than was said to be usual?"""

from __future__ import annotations

from adfw.drift.exchangeability import Alarm
from adfw.drift.wealth import Wealth

TIMES = (1.5, 2.0, 4.0, 8.0)


class RejectTest:
    """Bets that the rate of rejects is a multiple of `usual`.

    The chance that it ever alarms is at most `alpha` as long as each part is rejected with a probability of at most
    `usual`, whatever happened before.
    """

    def __init__(self, usual: float, alpha: float) -> None:
        self.usual, self.bar = usual, 1 / alpha
        self.alarm: Alarm | None = None
        # between the usual rate and one, also where eight times the usual rate is more than all
        rates = [min(times * usual, 1 - (1 - usual) / (1 + times)) for times in TIMES]
        self._factors = {
            True: [rate / usual for rate in rates],
            False: [(1 - rate) / (1 - usual) for rate in rates],
        }
        self.wealth = Wealth(len(rates))

    def add(self, name: str, *, rejected: bool) -> None:
        """Take the next verdict."""
        value = self.wealth.step(self._factors[rejected], name)
        if value >= self.bar and self.alarm is None:
            self.alarm = Alarm(
                self.wealth.starts[self.wealth.best()], f"more than {100 * self.usual:g} % of the parts are rejected"
            )
