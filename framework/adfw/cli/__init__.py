"""The command line: one module for each verb, imported only when that verb is called."""

from __future__ import annotations

import difflib
import errno
import os
import shutil
import sys
import textwrap
import traceback
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from adfw.errors import AdfwError, PluginVersionWarning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VERBS = {
    "run": "Train, threshold, evaluate and report what a recipe names.",
    "check": "Validate recipes and look their images over, without running.",
    "report": "Write the report of a finished run again.",
    "compare": "Compare threshold strategies on scores that are already there, and runs.",
    "rethreshold": "Give a trained detector another threshold, without training.",
    "inspect": "Give verdicts for image files with a trained detector.",
    "export": "Write a detector for ONNX Runtime, OpenVINO or torch, and prove it.",
    "sweep": "Run many recipes, categories and seeds, here or on a cluster.",
    "benchmark": "Set recipes side by side: quality, latency, memory, size.",
    "serve": "Answer over HTTP: verdicts, a page, metrics, an audit log.",
    "drift": "Tell whether parts still look like the calibration images.",
    "models": "Keep trained detectors: versions, aliases, checks, archives.",
    "plugins": "List what is installed; show one component.",
    "recipes": "List the recipes that ship with adfw, or copy one.",
    "schema": "Print the JSON Schema of recipes, for editors.",
    "dataset": "Write the images of a dataset as files, e.g. drawn capsules.",
}
"""Each verb with its line of help; `adfw VERB` calls `app`, a Typer, of the module `adfw.cli.VERB`."""

OPTIONS = {
    "--help": "Show this page; `adfw VERB --help` shows a verb's.",
    "--version": "Print the version.",
    "--trace-plugins": "Print each call of a plugin's hook while the verb runs.",
}
TRACE = "ADFW_TRACE_PLUGINS"
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0, 1 for a fault of adfw, 2 for bad input, 130 for Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter is no reason to fail
    if "--trace-plugins" in words:
        words.remove("--trace-plugins")
        with _traced():
            return main(words)
    if not words or words[0] in {"--help", "-h", "help"}:
        print(_help())
        return 0
    if words[0] == "--version":
        print(_version())
        return 0
    if words[0] not in VERBS:
        return _fail(_unknown(words[0]))
    return _run(words[0], words[1:])


@contextmanager
def _traced() -> Iterator[None]:
    """Set the variable in which the catalog looks, also in processes that a verb starts."""
    before = os.environ.get(TRACE)
    os.environ[TRACE] = "1"
    try:
        yield
    finally:
        os.environ.pop(TRACE)
        if before is not None:
            os.environ[TRACE] = before


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Print adfw's own warnings as it prints everything else, without the place in the code that met them."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, PluginVersionWarning):
                print(f"warning: {message}", file=sys.stderr)
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield


def _run(verb: str, arguments: list[str]) -> int:
    try:
        with _warnings_in_a_line():
            _call(verb, arguments)
    except SystemExit as leave:
        return _fail(leave.code) if isinstance(leave.code, str) else leave.code or 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # whatever it is, the user learns where to take it
        return _explain(verb, error)
    return 0


def _explain(verb: str, error: Exception) -> int:
    if isinstance(error, AdfwError):
        return _fail(str(error))
    if isinstance(error, PermissionError) or getattr(error, "errno", None) in FULL_DISK:
        return _fail(f"{error}; make room, or choose another place")
    traceback.print_exception(error)
    print(
        f"\n`adfw {verb}` met a fault it does not know. If the lines above end in a plugin, tell its authors; "
        f"otherwise report them to adfw's, with `adfw --version` and the recipe (CONTRIBUTING.md says where).",
        file=sys.stderr,
    )
    return 1


def _call(verb: str, arguments: list[str]) -> None:
    app = import_module(f"adfw.cli.{verb}").app
    import typer  # here, since `adfw --help` does without

    command = typer.main.get_command(app)
    _plain(command)
    command.main(args=arguments, prog_name=f"adfw {verb}")


def _plain(command: object) -> None:
    """Print help without boxes, which leave no room for words in a narrow terminal."""
    command.rich_markup_mode = None  # type: ignore[attr-defined]
    for inner in getattr(command, "commands", {}).values():
        _plain(inner)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word, [*VERBS, *OPTIONS], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    kind = "option" if word.startswith("-") else "verb"
    return f"adfw: there is no {kind} {word!r}; allowed: {', '.join(OPTIONS if kind == 'option' else VERBS)}{hint}"


def _help() -> str:
    return "\n".join(
        [
            "Usage: adfw VERB [OPTIONS]",
            "",
            *_wrapped("Find defects in images of manufactured parts: train, choose a threshold, report.", 0),
            "",
            "Verbs:",
            *_table(VERBS),
            "",
            "Options:",
            *_table(OPTIONS),
        ]
    )


def _table(rows: dict[str, str]) -> list[str]:
    margin = 2 + max(map(len, rows)) + 2
    lines: list[str] = []
    for name, text in rows.items():
        first, *rest = _wrapped(text, margin)
        lines += [f"  {name.ljust(margin - 2)}{first.lstrip()}", *rest]
    return lines


def _wrapped(text: str, margin: int) -> list[str]:
    width = min(shutil.get_terminal_size().columns, 100)
    space = " " * margin
    return textwrap.wrap(text, max(width, margin + 20), initial_indent=space, subsequent_indent=space)


def _version() -> str:
    from adfw import __version__

    return f"adfw {__version__}"
