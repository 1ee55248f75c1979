"""`adfw models`: the model registry from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from adfw.cli.models_transfer import Where, pull, push

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Keep trained detectors.")

REFERENCE = typer.Argument(metavar="REFERENCE", help="name, name:7, name@champion or name@sha256:...")
Ref = Annotated[str, REFERENCE]
Refs = Annotated[list[str], REFERENCE]
Why = Annotated[str, typer.Option(help="The reason, kept in the history.")]
app.command()(push)
app.command()(pull)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(
    name: Annotated[str | None, typer.Argument(help="A model whose versions to list; all models if none.")] = None,
    as_json: AsJson = False,
    store: Where = None,
) -> None:
    """List the models, or the versions of one."""
    from adfw.cli import models_text as text
    from adfw.registry.opening import open_store

    opened = open_store(store)
    records = opened.models() if name is None else opened.versions(name)
    if as_json:
        print(json.dumps([record._asdict() for record in records]))
    else:
        place = f"The registry in {root}" if (root := getattr(opened, "root", None)) else "The store"
        print(text.listing(records) if records else f"{place} is empty; `adfw run RECIPE` publishes into it.")


@app.command()
def show(reference: Ref, as_json: AsJson = False, store: Where = None) -> None:
    """Print all about a version.

    The history of its model's aliases is among it.
    """
    from adfw.cli import models_text as text
    from adfw.registry import Reference, Registry
    from adfw.registry.opening import open_store, package_folder

    opened = open_store(store)
    version = opened.resolve(Reference.parse(reference))
    history = opened.history(version.name) if isinstance(opened, Registry) else []
    if as_json:
        print(json.dumps({**version._asdict(), "history": [change._asdict() for change in history]}))
    else:
        print(text.version(version, package_folder(opened, version), history))


@app.command()
def compare(references: Refs, store: Where = None) -> None:
    """Set the figures of versions side by side."""
    from adfw.cli import models_text as text
    from adfw.registry import Reference
    from adfw.registry.opening import open_store, package_folder

    opened = open_store(store)
    versions = [opened.resolve(Reference.parse(reference)) for reference in references]
    print(text.comparison([(version, package_folder(opened, version)) for version in versions]))


@app.command()
def publish(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    name: Annotated[str | None, typer.Option(help="The model's name; the run's by default.")] = None,
    store: Where = None,
) -> None:
    """Publish the detector of a finished run."""
    from adfw.line import Run
    from adfw.registry.opening import open_store
    from adfw.registry.package import publish as publish_run

    print(publish_run(Run.load(run), name, registry=open_store(store)))


@app.command()
def alias(  # noqa: PLR0913, PLR0917 - options of a verb
    reference: Ref,
    alias: Annotated[str, typer.Argument(help="The alias, e.g. champion.")],
    expect: Annotated[
        str | None, typer.Option(metavar="NUMBER|none", help="Only if it points at this version now.")
    ] = None,
    why: Why = "",
    remove: Annotated[bool, typer.Option("--remove", help="Remove the alias; REFERENCE is the model.")] = False,
    store: Where = None,
) -> None:
    """Point an alias at a version."""
    from adfw.cli.models_text import expected
    from adfw.registry import Reference
    from adfw.registry.opening import open_store

    opened, parsed = open_store(store), Reference.parse(reference)
    if remove:
        opened.remove_alias(parsed.name, alias, why=why)
        print(f"{parsed.name} has no alias {alias} any more")
        return
    version = opened.resolve(parsed)
    if expect is not None and not opened.traits.compare_and_swap:
        print("note: this store compares first and sets then; a change in between goes unnoticed", file=sys.stderr)
    opened.set_alias(version, alias, why=why, expect=expected(expect))
    print(f"{version.name}@{alias} is {version}")


@app.command()
def rollback(
    reference: Annotated[str, typer.Argument(metavar="NAME@ALIAS", help="The alias, e.g. capsule@champion.")],
    why: Why = "",
) -> None:
    """Point an alias at the version it had before."""
    from adfw.errors import RegistryError
    from adfw.registry import Reference
    from adfw.registry.opening import open_registry

    parsed = Reference.parse(reference)
    if parsed.alias is None:
        raise RegistryError(f"{reference}: only an alias can be rolled back; write {parsed.name}@ALIAS")
    print(f"{reference} is {open_registry(None, 'rollback').rollback(parsed.name, parsed.alias, why=why)}")


@app.command()
def yank(reference: Ref, why: Annotated[str, typer.Option(help="Why it must no longer be used.")]) -> None:
    """Mark a version as not to be used.

    Only its number or digest still finds it.
    """
    from adfw.registry.opening import open_registry

    registry = open_registry(None, "yank")
    version = registry.resolve(reference)
    registry.yank(version, why)
    print(f"{version} is yanked: {why}")


@app.command()
def verify(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[REFERENCE]...", help="All versions if none.")
    ] = None,
    golden: Annotated[bool, typer.Option("--golden", help="Inspect the golden images again, too.")] = False,
    store: Where = None,
) -> None:
    """Hash every file again.

    A sentence for each fault, and exit code 2.
    """
    from adfw.errors import RegistryError
    from adfw.registry import Reference
    from adfw.registry.opening import open_store
    from adfw.registry.upkeep import verify as faults_of

    opened = open_store(store)
    versions = [opened.resolve(Reference.parse(reference)) for reference in references] if references else None
    faults = faults_of(opened, versions)
    if golden and not faults:
        from adfw.registry.golden import golden_faults_of

        faults = golden_faults_of(opened, versions)
    if faults:
        raise RegistryError("\n".join(faults))
    print("Every file is as it was published" + (" and every golden image is decided alike." if golden else "."))


@app.command()
def export(
    references: Refs,
    out: Annotated[Path, typer.Option(help="The tar file to write; never overwritten.")],
    store: Where = None,
) -> None:
    """Write versions into one tar file."""
    from adfw.registry import Reference
    from adfw.registry.archive import export_versions
    from adfw.registry.opening import open_store

    opened = open_store(store)
    export_versions(opened, [opened.resolve(Reference.parse(reference)) for reference in references], out)
    print(out)


@app.command("import")
def import_(archive: Annotated[Path, typer.Argument(help="A tar file of `adfw models export`.")]) -> None:
    """Publish the versions of a tar file here."""
    from adfw.registry.archive import import_versions
    from adfw.registry.opening import open_registry

    for version in import_versions(open_registry(None, "import"), archive):
        print(f"{version}  {version.digest}")


@app.command()
def gc(
    grace: Annotated[float, typer.Option(min=0, help="Hours for which what is new is left alone.")] = 24.0,
) -> None:
    """Remove what no version needs.

    Such as what a crash left.
    """
    from adfw.registry.opening import open_registry
    from adfw.registry.upkeep import gc as collect

    removed = collect(open_registry(None, "gc"), grace=3600 * grace)
    print("\n".join(removed) or "There is nothing to remove.")


@app.command()
def card(
    reference: Ref,
    out: Annotated[Path | None, typer.Option(help="A .md or .html file to write; else Markdown is printed.")] = None,
    store: Where = None,
) -> None:
    """Print or write a version's model card."""
    from adfw.registry.card import card_text
    from adfw.registry.loading import package_of
    from adfw.registry.opening import open_store

    text = card_text(package_of(reference, open_store(store)), as_page=out is not None and out.suffix == ".html")
    if out is None:
        print(text)
    else:
        out.write_text(text, encoding="utf-8")
        print(out)
