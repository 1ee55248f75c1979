"""What an editor with yaml-language-server makes of a recipe and the schema that `adfw schema` writes."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adfw.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = "1.25.0"
RECIPE = """\
# yaml-language-server: $schema=recipe.schema.json
dataset: {name: capsules, size: 64}
preprocessing: {size: 32, color: grey}
model:
  name: conv_autoencoder
  droput: 0.2
scorers:
  - name: \n\
thresholds:
  - {name: percentile, q: 0.99}
"""

pytestmark = [pytest.mark.engine, pytest.mark.install]


@pytest.fixture(scope="session")
def server_words(once: Callable[[str, Callable[[Path], None]], Path]) -> list[str]:
    """Install the server by npm and return the command that starts it."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs Node.js and npm")

    def make(folder: Path) -> None:
        words = ["install", "--silent", "--no-audit", "--no-fund", f"yaml-language-server@{VERSION}"]
        subprocess.run([npm, *words], check=True, cwd=folder, timeout=300)

    folder = once("yaml_language_server", make)
    return [node, str(folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"), "--stdio"]


@pytest.fixture
def editor(server_words: list[str], tmp_path: Path) -> Iterator[tuple[Any, str]]:
    """Return a server with the recipe open in it, and the recipe's URI."""
    spec = spec_from_file_location("language_server", Path(__file__).with_name("language_server.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert main(["schema", "--out", str(tmp_path / "recipe.schema.json")]) == 0
    uri = (tmp_path / "recipe.yaml").as_uri()
    with module.LanguageServer(server_words) as server:
        server.request("initialize", {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}})
        server.notify("initialized", {})
        settings = {"yaml": {"completion": True, "validate": True, "schemaStore": {"enable": False}}}
        server.notify("workspace/didChangeConfiguration", {"settings": settings})
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": RECIPE}
        server.notify("textDocument/didOpen", {"textDocument": document})
        yield server, uri


def test_names_are_completed(editor: tuple[Any, str]) -> None:
    server, uri = editor
    line = next(number for number, text in enumerate(RECIPE.splitlines()) if text == "  - name: ")
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": len("  - name: ")}}
    offered = {item["label"] for item in server.request("textDocument/completion", place)["items"]}
    assert {"mse", "ssim", "gradient"} <= offered
    assert not {"percentile", "capsules"} & offered


def test_a_wrong_key_is_underlined(editor: tuple[Any, str]) -> None:
    server, uri = editor
    line = RECIPE.splitlines().index("  droput: 0.2")
    for told in server.wait_for("textDocument/publishDiagnostics"):
        faults = [fault for fault in told["diagnostics"] if fault["range"]["start"]["line"] == line]
        if told["uri"] == uri and faults:
            assert any("droput" in fault["message"] for fault in faults)
            return
