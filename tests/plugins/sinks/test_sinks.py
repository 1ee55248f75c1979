"""The built-in sinks, each with a real receiver."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from adfw import Catalog
from adfw.errors import RecipeError
from adfw.serving.configuring import read_sinks
from adfw.testing import check_plugin
from adfw_plugins.sinks import FolderConfig, MqttConfig, WebhookConfig


def verdict(number: int, part: str | None = None, word: str = "normal") -> dict[str, object]:
    return {"number": number, "part_id": part, "verdict": word, "detector": "dark", "score": 0.25}


@pytest.mark.parametrize("config", [FolderConfig(root="x"), WebhookConfig(url="http://127.0.0.1:1")])
def test_configurations_conform(config) -> None:
    report = check_plugin(config)
    assert not report.failed
    assert report.kind == "sink"


def test_a_file_appears_whole_under_number_part_and_verdict(tmp_path) -> None:
    sink = FolderConfig(root=tmp_path / "new" / "folder").build()
    sink.deliver([verdict(7, "A/../7", "anomalous"), verdict(8)])
    sink.deliver([verdict(8)])
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == ["000000000007-A-..-7-anomalous.json", "000000000008-normal.json"]
    assert json.loads((tmp_path / "new" / "folder" / names[0]).read_text()) == verdict(7, "A/../7", "anomalous")


@contextmanager
def receiver(status: int):
    """Run an HTTP server that answers everything alike and keeps what it heard."""
    heard: list[tuple[str, str, dict[str, object]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, self.headers.get("Authorization", ""), json.loads(body)))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_webhook_posts_all_verdicts_with_its_token(monkeypatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "s3cret")
    with receiver(204) as (url, heard):
        WebhookConfig(url=url, token_variable="HOOK_TOKEN").build().deliver([verdict(1), verdict(2)])
    assert heard == [("/hook", "Bearer s3cret", {"verdicts": [verdict(1), verdict(2)]})]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_any_answer_but_2xx_is_a_failure(status) -> None:
    with receiver(status) as (url, heard):
        with pytest.raises(OSError, match=str(status)) as raised:
            WebhookConfig(url=url).build().deliver([verdict(1)])
        raised.value.close()
    assert len(heard) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "nothing"])
def test_a_webhook_is_http_or_https(url) -> None:
    with pytest.raises(ValidationError):
        WebhookConfig(url=url)


def test_sinks_are_written_as_in_a_recipe_and_all_faults_told(tmp_path) -> None:
    (config,) = read_sinks([f"{{name: folder, root: {tmp_path}}}"], Catalog.discover())
    assert config == FolderConfig(root=tmp_path)
    with pytest.raises(RecipeError) as told:
        read_sinks(["{name: foldr}", "{name: folder, rot: x}", "folder", "{name: [}"], Catalog.discover())
    assert len(told.value.problems) == 4
    assert "did you mean 'folder'?" in told.value.problems[0]
    assert "root: Field required" in told.value.problems[1]


@contextmanager
def broker(port: int):
    """Run mosquitto on loopback."""
    command = ["mosquitto", "-p", str(port)]  # without a configuration it listens on loopback only
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.engine
def test_a_broker_hears_every_verdict_also_after_it_was_away() -> None:
    client_module = pytest.importorskip("paho.mqtt.client")
    if shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = MqttConfig(host="127.0.0.1", port=port, timeout=10).build()
    with pytest.raises(OSError, match=r".+"):
        sink.deliver([verdict(1)])
    heard: list[tuple[str, int]] = []
    for numbers in ((1, 2), (3,)):
        with broker(port):
            listener = client_module.Client(client_module.CallbackAPIVersion.VERSION2, protocol=client_module.MQTTv5)
            ready = threading.Event()
            listener.on_subscribe = lambda *_, told=ready: told.set()
            listener.on_message = lambda _client, _data, message: heard.append(
                (message.topic, json.loads(message.payload)["number"])
            )
            listener.connect("127.0.0.1", port)
            listener.subscribe("adfw/#", qos=1)
            listener.loop_start()
            assert ready.wait(30)
            sink.deliver([verdict(number, word="anomalous") for number in numbers])
            end = time.monotonic() + 30
            while len(heard) < numbers[-1] and time.monotonic() < end:
                time.sleep(0.01)
            listener.disconnect()
            listener.loop_stop()
    sink.close()
    assert heard == [("adfw/dark/anomalous", number) for number in (1, 2, 3)]
