"""What every store does with references and aliases: the contract."""

from __future__ import annotations

from adfw.registry.names import Reference
from adfw.testing.check import Check, Subject, require
from adfw.testing.store_contract import new_name, publish, refused, three

NO_ALIASES = ("", "latest", "7", "v7", "../x", "a/b", "Champion", "a\n", "\uff41")


def references_resolved(subject: Subject, _: None) -> None:
    """A name means the newest version; numbers, aliases and digests mean theirs."""
    one, two, last = three(subject)
    store = subject.built
    store.set_alias(two, "kit")
    wanted = {Reference(one.name): last, Reference(one.name, version=1): one, Reference(one.name, alias="kit"): two}
    for reference, version in (wanted | {Reference(one.name, digest=two.digest): two}).items():
        found = store.resolve(reference)
        require(found.number == version.number, f"{reference} means version {found.number}, not {version.number}")


def aliases_move(subject: Subject, _: None) -> None:
    """An alias points at one version at a time, of its own model, until it is removed; others stay."""
    one, two, _last = three(subject)
    store, other = subject.built, publish(subject.built, new_name(), "other")
    store.set_alias(one, "moving")
    store.set_alias(other, "moving")
    store.set_alias(one, "staying")
    store.set_alias(two, "moving")
    pointing = {v.number for v in store.versions(one.name) if "moving" in v.aliases}
    require(pointing == {2}, f"an alias moved from version 1 to 2 points at {sorted(pointing)}")
    require("staying" in store.resolve(Reference(one.name, version=1)).aliases, "moving one alias moves another")
    require("moving" in store.versions(other.name)[0].aliases, "an alias moves in two models at once")
    store.remove_alias(one.name, "moving")
    left = [v.number for v in store.versions(one.name) if "moving" in v.aliases]
    require(not left, f"a removed alias still points at {left}")
    require("moving" in store.versions(other.name)[0].aliases, "an alias is removed from two models at once")


def aliases_refused(subject: Subject, _: None) -> None:
    """What is no alias, or could be taken for a version, raises RegistryError."""
    for alias in NO_ALIASES:
        with refused(f"it takes the alias {alias!r}"):
            subject.built.set_alias(three(subject)[0], alias)


def expectation_kept(subject: Subject, _: None) -> None:
    """With `expect`, an alias that points elsewhere, or at nothing, raises RegistryError and stays where it is."""
    version = publish(subject.built, new_name(), "expected")
    store, name = subject.built, version.name
    second = publish(store, name, "second")
    with refused("it sets an alias that was expected to point at version 2"):
        store.set_alias(version, "kit", expect=2)
    store.set_alias(version, "kit", expect=None)
    with refused("it moves an alias that was expected to be new"):
        store.set_alias(second, "kit", expect=None)
    with refused("it moves an alias from 1 that was expected at 2"):
        store.set_alias(second, "kit", expect=2)
    found = store.resolve(Reference(name, alias="kit")).number
    require(found == 1, f"a refused change moved the alias from version 1 to {found}")
    store.set_alias(second, "kit", expect=1)
    require(store.resolve(Reference(name, alias="kit")).number == 2, "an alias is not set though it is where expected")


CHECKS = (
    Check(references_resolved, None),
    Check(aliases_move, None),
    Check(aliases_refused, None),
    Check(expectation_kept, None),
)
