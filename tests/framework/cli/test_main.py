from __future__ import annotations

import errno
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import typer

from adfw import AdfwError, RecipeError, __version__, shipped_recipes
from adfw.cli import OPTIONS, TRACE, VERBS, main
from adfw.discovery import TRACE as TRACE_OF_DISCOVERY

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Return a function that makes `adfw toy` call another."""

    def install(command: Callable[..., None]) -> None:
        module = ModuleType("adfw.cli.toy")
        module.app = typer.Typer(add_completion=False)
        module.app.command()(command)
        monkeypatch.setitem(VERBS, "toy", "A toy.")
        monkeypatch.setitem(sys.modules, "adfw.cli.toy", module)

    return install


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_verb_and_option(words: list[str], capsys: Capture) -> None:
    assert main(words) == 0
    page = capsys.readouterr().out
    assert all(f"\n  {name} " in page for name in [*VERBS, *OPTIONS])


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"adfw {__version__}\n"


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_help_fits_a_narrow_terminal(width: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    main([])
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= max(min(width, 100), 40)


def test_help_imports_nothing_heavy() -> None:
    check = "import sys; from adfw.cli import main; main(['--help']); print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", check], text=True).split()
    assert not {"torch", "numpy", "pydantic", "pluggy", "typer", "rich"} & set(modules)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_page_without_torch(verb: str) -> None:
    check = f"import sys; from adfw.cli import main; main(['{verb}', '--help']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], check=False, capture_output=True, text=True)
    assert done.returncode == 0
    assert f"Usage: adfw {verb}" in done.stdout
    assert "--install-completion" not in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_a_module_with_an_app(verb: str) -> None:
    assert isinstance(importlib.import_module(f"adfw.cli.{verb}").app, typer.Typer)


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("chek", "adfw: there is no verb 'chek'; allowed: "),
        (
            "--versoin",
            "adfw: there is no option '--versoin'; allowed: --help, --version, --trace-plugins; did you mean",
        ),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(word: str, answer: str, capsys: Capture) -> None:
    assert main([word]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(answer)
    assert "did you mean" in printed.err
    assert printed.out == ""


def test_an_unknown_option_of_a_verb_ends_with_2(capsys: Capture) -> None:
    assert main(["plugins", "--jsn"]) == 2
    assert "No such option" in capsys.readouterr().err


def failing(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AdfwError("one sentence"), "one sentence\n"),
        (RecipeError(["x:1: a", "x:2: b"]), "x:1: a\nx:2: b\n"),
        (PermissionError(errno.EACCES, "Permission denied", "runs"), "Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device", "runs/a"), "No space left on device"),
    ],
)
def test_what_the_user_can_mend_is_one_message_and_2(error: Exception, message: str, toy, capsys: Capture) -> None:
    toy(failing(error))
    assert main(["toy"]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_a_fault_of_the_program_keeps_its_traceback_and_says_where_to_take_it(toy, capsys: Capture) -> None:
    toy(failing(ZeroDivisionError("by zero")))
    assert main(["toy"]) == 1
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "ZeroDivisionError: by zero" in printed
    assert "CONTRIBUTING.md says where" in printed


def test_a_missing_file_nobody_thought_of_is_a_fault_of_the_program(toy, capsys: Capture) -> None:
    toy(failing(FileNotFoundError(errno.ENOENT, "No such file", "x")))
    assert main(["toy"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (3, 3), ("a sentence", 2)])
def test_leaving_keeps_its_code(code: object, expected: int, toy) -> None:
    toy(failing(SystemExit(code)))
    assert main(["toy"]) == expected


def test_an_interruption_ends_with_130(toy, capsys: Capture) -> None:
    toy(failing(KeyboardInterrupt()))
    assert main(["toy"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_interruption_while_a_verb_is_imported_ends_with_130(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    toy(lambda: None)
    monkeypatch.setattr("adfw.cli.import_module", interrupted)
    assert main(["toy"]) == 130


def test_ctrl_c_ends_a_process_with_130_and_no_traceback(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, time, types, typer\n"
        "from adfw.cli import VERBS, main\n"
        "toy = sys.modules['adfw.cli.toy'] = types.ModuleType('toy')\n"
        "toy.app = typer.Typer()\n"
        "@toy.app.command()\n"
        "def wait():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "VERBS['toy'] = ''\n"
        "sys.exit(main(['toy']))\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize("words", [["--trace-plugins", "toy"], ["toy", "--trace-plugins"]])
def test_tracing_is_switched_on_for_the_verb(words: list[str], toy, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    toy(lambda: seen.append(os.environ.get(TRACE)))
    monkeypatch.setenv(TRACE, "")
    assert main([*words]) == 0
    assert seen == ["1"]
    assert TRACE == TRACE_OF_DISCOVERY


def test_letters_a_terminal_does_not_know_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "größe.yaml").write_bytes(shipped_recipes()["capsule_ae"].read_bytes())
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "adfw", "check", "--no-data", "größe.yaml"]
    done = subprocess.run(command, check=False, capture_output=True, cwd=tmp_path, env=environment)
    assert done.stderr == b""
    assert done.stdout == b"gr??e.yaml: the recipe is fine\n"
    assert done.returncode == 0
