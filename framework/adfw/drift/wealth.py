"""Capital of a gambler who bets against "nothing has changed": if nothing has, it rarely grows large.

Each bet multiplies its capital by a factor whose mean is at most 1 while nothing changes, so that the whole is a
nonnegative supermartingale that starts at 1; by Ville's inequality (1939) the chance that it ever reaches 1 / alpha is
at most alpha. The gambler puts the share 1 / (k (k + 1)) of the capital on the table at step k: a change is found no
matter how long nothing happened before it, and the mixture is still a supermartingale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 1e200


class Start(NamedTuple):
    """A part from which a bet has won: its place from 1 on, and its name."""

    place: int
    name: str


class Wealth:
    """The mean capital of several bets; `starts` holds for each the first part of its present run of luck."""

    def __init__(self, bets: int) -> None:
        self.steps, self.value, self.most = 0, 1.0, 1.0
        self._at_stake = [0.0] * bets
        self._luck = [0.0] * bets
        self.starts = [Start(0, "")] * bets

    def step(self, factors: Sequence[float], name: str) -> float:
        """Multiply each bet's capital by its factor, and return the mean capital of all."""
        self.steps += 1
        share = 1 / (self.steps * (self.steps + 1))
        for bet, factor in enumerate(factors):
            self._at_stake[bet] = min((self._at_stake[bet] + share) * factor, LARGEST)
            if self._luck[bet] <= 1:  # a likelihood ratio's maximum over its start, as in Page's CUSUM (1954)
                self._luck[bet], self.starts[bet] = factor, Start(self.steps, name)
            else:
                self._luck[bet] = min(self._luck[bet] * factor, LARGEST)
        self.value = sum(self._at_stake) / len(self._at_stake) + 1 / (self.steps + 1)
        self.most = max(self.most, self.value)
        return self.value

    def best(self) -> int:
        """Return the bet that has won most."""
        return max(range(len(self._at_stake)), key=self._at_stake.__getitem__)
