"""Whatever breaks: no image that was not scored is normal, and the service goes on."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from adfw.serving import protocol


def wait_for(condition, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def hardy(serving):
    """A service that tests may hurt."""
    with serving(check_seconds=0.5, poll_seconds=0.5) as running:
        yield running


def test_a_killed_worker_costs_no_verdict_and_is_replaced(hardy, picture) -> None:
    station = hardy.service.stations["dark"]
    stop, answers = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            answers.append(hardy.inspect(picture(0.5)))

    with ThreadPoolExecutor(2) as pool:
        work = [pool.submit(ask) for _ in range(2)]
        wait_for(lambda: len(answers) > 10)
        before = station.restarts
        os.kill(station.worker.pid, signal.SIGKILL)
        wait_for(lambda: station.restarts > before)
        settled = len(answers)
        wait_for(lambda: len(answers) > settled + 10)
        stop.set()
        for one in work:
            one.result()
    verdicts = [answer.json()["verdict"] for answer in answers if answer.status_code == 200]
    assert set(verdicts) == {"anomalous"}  # sent twice at once, it was there at one death and not at two
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} <= {503}
    assert all("retry-after" in answer.headers for answer in refused)
    assert hardy.inspect(picture(0.05, 9)).json()["verdict"] == "normal"


def test_an_image_that_was_there_when_workers_died_is_not_tried_for_ever(hardy, picture) -> None:
    station, image = hardy.service.stations["dark"], picture(0.05, 77)
    for _ in range(2):
        os.kill(station.worker.pid, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(hardy.inspect, image)
            wait_for(lambda: station.worker.outstanding > 0)
            time.sleep(0.2)
            before = station.restarts
            os.kill(station.worker.pid, signal.SIGKILL)
            assert asked.result().status_code == 503
        wait_for(lambda before=before: station.restarts > before and not station.fault)
    answer = hardy.inspect(image).json()
    assert (answer["verdict"], "the worker died 2 times" in answer["fault"]) == ("invalid", True)
    assert hardy.inspect(picture(0.05, 78)).json()["verdict"] == "normal"


def test_a_model_file_that_is_corrupted_later_is_told_and_changes_no_verdict(hardy, registry, picture) -> None:
    place = registry.folder(registry.resolve("dark:1")) / "model.safetensors"
    whole = place.read_bytes()
    place.chmod(0o644)
    place.write_bytes(bytes(len(whole)))
    try:
        wait_for(lambda: hardy.client.get("/readyz").status_code == 503)
        assert "model.safetensors is damaged" in hardy.client.get("/readyz").json()["faults"][0]
        assert hardy.inspect(picture(0.5)).json()["verdict"] == "anomalous"
        assert hardy.inspect(picture(0.05)).json()["verdict"] == "normal"
    finally:
        place.write_bytes(whole)
    wait_for(lambda: hardy.client.get("/readyz").status_code == 200)


def test_fuzzed_images_are_never_normal_unless_they_are_what_a_decoder_makes_of_them(hardy, picture) -> None:
    generator, whole = random.Random(7), picture(0.6)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(generator.randint(1, 8)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        answer = hardy.inspect(bytes(content[: generator.choice([len(content), generator.randrange(len(content))])]))
        assert answer.status_code == 200
        assert answer.json()["verdict"] in {"invalid", "anomalous"}
    assert hardy.inspect(whole).json()["verdict"] == "anomalous"


def test_headers_that_do_not_come_end_the_connection(hardy, monkeypatch) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.3)
    host, port = hardy.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as slow:
        slow.sendall(b"GET /livez HTTP/1.1\r\nHost: loc")
        assert slow.recv(100) == b""
    with socket.create_connection((host, int(port)), 30) as second:
        second.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /li")
        received = b""
        while chunk := second.recv(4096):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 ")


def test_headers_that_do_not_end_are_answered_with_400(hardy) -> None:
    host, port = hardy.address.removeprefix("http://").split(":")
    for start in (b"GET /livez?", b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: "):
        with socket.create_connection((host, int(port)), 30) as endless:
            endless.sendall(start + b"a" * 100_000 + b" HTTP/1.1\r\nX-Other: b\r\n")
            assert endless.recv(100).startswith(b"HTTP/1.1 400 ")
    assert hardy.client.get("/livez").status_code == 200


def test_more_than_the_queue_holds_is_refused_with_the_time_to_wait(serving, picture) -> None:
    with serving(queue=2) as served:
        station = served.service.stations["dark"]
        os.kill(station.worker.pid, signal.SIGSTOP)
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(served.inspect, picture(0.05, seed)) for seed in range(2)]
            wait_for(lambda: station.worker.outstanding == 2)
            refused = served.inspect(picture(0.05, 3))
            os.kill(station.worker.pid, signal.SIGCONT)
            verdicts = [one.result().json()["verdict"] for one in waiting]
        assert (refused.status_code, int(refused.headers["retry-after"]) >= 1) == (503, True)
        assert verdicts == ["normal", "normal"]


def scored_or_not_normal(answer) -> bool:
    return answer.get("verdict") != "normal" or answer["score"] < answer["threshold"]


@pytest.mark.engine
def test_what_the_openapi_document_allows_is_answered_and_normal_only_if_scored(hardy) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    schema = schemathesis.openapi.from_url(f"{hardy.address}/openapi.json")
    checked = []
    budget = settings(
        max_examples=30,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in schema.get_all_operations():
        case_of = operation.ok().as_strategy()

        @budget
        @given(case=case_of)
        def try_one(case) -> None:
            answer = case.call(base_url=hardy.address)
            assert answer.status_code < 500 or answer.status_code == 503, answer.text
            case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])
            if answer.status_code == 200 and case.operation.path.startswith("/v1/inspect"):
                told = answer.json()
                assert all(scored_or_not_normal(one) for one in told.get("results", [told]))
            checked.append(case.operation.path)

        try_one()
    assert len(set(checked)) >= 8
    assert hardy.client.get("/readyz").json()["ready"]


def test_the_verb_answers_and_ends_in_order_on_sigterm(registry, picture, tmp_path) -> None:
    words = ["serve", "dark@champion", "--port", "0", "--audit", str(tmp_path / "audit.jsonl"), "--threads", "1"]
    surroundings = {**os.environ, "ADFW_HOME": str(registry.root.parent), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "adfw", *words],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = ""
        for line in process.stdout:
            if line.startswith("listening at "):
                address = line.split()[2]
                break
        answer = httpx.post(f"{address}/v1/inspect", content=picture(0.5), timeout=60)
        assert answer.json()["verdict"] == "anomalous"
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert said == ""
    assert process.returncode in {0, -signal.SIGTERM}
    assert (tmp_path / "audit.jsonl").read_text().count('"kind": "verdict"') == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing@champion"], "nothing"),
        (["dark@champion", "--host", "0.0.0.0"], "others can reach it; set a token"),
        (["dark@champion", "--sink", "{name: none}"], "there is no usable sink 'none'"),
        (["dark@champion", "dark:2"], "served twice"),
    ],
)
def test_what_cannot_be_served_is_said_and_ends_with_2(words, sentence, registry, monkeypatch, capsys) -> None:
    from adfw.cli import main

    monkeypatch.setenv("ADFW_HOME", str(registry.root.parent))
    assert main(["serve", *words, "--port", "0"]) == 2
    assert sentence in capsys.readouterr().err
