"""What stores may say of themselves beyond the contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from adfw.errors import RegistryError
from adfw.registry.names import Reference
from adfw.testing.check import Check, Subject, require
from adfw.testing.store_contract import new_name, publish

if TYPE_CHECKING:
    from adfw.registry.records import Version

RACERS, ROUNDS, EACH = 4, 5, 2


def compare_and_swap(subject: Subject, _: None) -> None:
    """Of several who move an alias at once, each expecting it where it is, exactly one succeeds."""
    name = new_name()
    versions = [publish(subject.built, name, str(number)) for number in range(2)]
    for turn in range(ROUNDS):
        before, after = (None if turn == 0 else versions[(turn + 1) % 2].number), versions[turn % 2]
        winners = _race(subject, after, before)
        require(winners == 1, f"{winners} of {RACERS} who expected the alias at {before} moved it at once")


def _race(subject: Subject, version: Version, expect: int | None) -> int:
    start = Barrier(RACERS)

    def attempt(_: int) -> int:
        store = subject.build()
        start.wait()
        try:
            store.set_alias(version, "raced", expect=expect)
        except RegistryError:
            return 0
        return 1

    with ThreadPoolExecutor(RACERS) as pool:
        return sum(pool.map(attempt, range(RACERS)))


def concurrent(subject: Subject, _: None) -> None:
    """Packages published at once get numbers without a gap, each its own, and none is lost."""
    name, start = new_name(), Barrier(RACERS)

    def attempt(racer: int) -> list[Version]:
        store = subject.build()
        start.wait()
        return [publish(store, name, f"{racer} {number}") for number in range(EACH)]

    with ThreadPoolExecutor(RACERS) as pool:
        made = [version for versions in pool.map(attempt, range(RACERS)) for version in versions]
    numbers = sorted(version.number for version in made)
    require(numbers == list(range(1, RACERS * EACH + 1)), f"{RACERS * EACH} packages published at once are {numbers}")
    for version in made:
        found = subject.built.resolve(Reference(name, version=version.number))
        require(found.digest == version.digest, f"version {version.number} is another package than the published one")


CHECKS = (
    Check(compare_and_swap, None, trait="compare_and_swap"),
    Check(concurrent, None, trait="concurrent"),
)
