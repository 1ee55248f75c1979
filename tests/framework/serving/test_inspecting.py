"""What a client gets for images, good and bad, and for requests that are none."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image


@pytest.mark.parametrize(("shade", "verdict"), [(0.05, "normal"), (0.185, "review"), (0.5, "anomalous")])
def test_an_image_gets_its_verdict_with_all_that_explains_it(served, picture, shade, verdict) -> None:
    image = picture(shade)
    answer = served.inspect(image).json()
    assert (answer["verdict"], answer["threshold"], answer["fault"]) == (verdict, 0.2, "")
    assert answer["score"] == pytest.approx(shade + 0.005, abs=0.004)
    assert answer["margin"] == answer["score"] - 0.2
    assert (answer["detector"], answer["version"]) == ("dark", 1)
    assert answer["digest"] == served.service.stations["dark"].worker.package.digest
    assert answer["sha256"] == hashlib.sha256(image).hexdigest()
    assert answer["timings"].keys() == {"decode_ms", "queue_ms", "score_ms", "record_ms", "total_ms"}


def test_map_overlay_and_regions_come_when_asked_for(served, picture) -> None:
    image = picture(0.5)
    assert served.inspect(image).json().keys().isdisjoint({"map", "overlay", "regions"})
    answer = served.inspect(image, include=["map", "overlay", "regions"]).json()
    anomaly_map = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["map"]))))
    assert (anomaly_map.dtype, anomaly_map.shape) == (np.float32, (16, 16))
    assert anomaly_map.mean() == pytest.approx(answer["score"], rel=1e-5)
    assert Image.open(io.BytesIO(base64.b64decode(answer["overlay"]))).size == (16, 16)
    (region,) = answer["regions"]
    assert (region["left"], region["top"], region["right"], region["bottom"]) == (0, 0, 16, 16)


def test_a_part_id_is_answered_once(served, picture) -> None:
    first = served.inspect(picture(0.06), "part-1").json()
    again = served.inspect(picture(0.06), "part-1").json()
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert {**again, "replayed": False, "request_id": ""} == {**first, "request_id": ""}
    assert [entry.get("part_id") for entry in served.log()].count("part-1") == 1
    other = served.inspect(picture(0.5), "part-1")
    assert other.status_code == 409
    assert "another image" in other.json()["error"]


def test_a_part_that_is_asked_for_twice_at_once_is_scored_once(served, picture) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: served.inspect(picture(0.07), "twice").json(), range(4)))
    assert len({answer["number"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]


def test_forms_hold_one_image_or_several(served, picture) -> None:
    one = served.client.post("/v1/inspect", files={"image": picture(0.05)}, data={"part_id": "f-1"}).json()
    assert (one["verdict"], one["part_id"]) == ("normal", "f-1")
    files = [("image", picture(shade)) for shade in (0.05, 0.5)] + [("image", b"no image")]
    many = served.client.post("/v1/inspect:batch", files=files).json()["results"]
    assert [answer["verdict"] for answer in many] == ["normal", "anomalous", "invalid"]


@pytest.mark.parametrize(
    "content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff\xe0" + bytes(99)]
)
def test_what_is_no_image_is_invalid_and_recorded(served, content) -> None:
    answer = served.inspect(content).json()
    assert (answer["verdict"], answer["score"], answer["margin"]) == ("invalid", None, None)
    assert answer["fault"].startswith("image: ")
    assert served.log()[-1]["verdict"] == "invalid"


def test_an_image_of_too_many_pixels_is_invalid(served) -> None:
    stream = io.BytesIO()
    Image.new("L", (200, 100)).save(stream, "PNG")
    assert "more than the limit" in served.inspect(stream.getvalue()).json()["fault"]


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (413, {"content": bytes(100_001)}),
        (413, {"content": (bytes(50_000) for _ in range(3))}),
        (415, {"content": b"{}", "headers": {"Content-Type": "application/json"}}),
        (400, {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}),
        (400, {"content": b"", "headers": {"Content-Type": "multipart/form-data"}}),
        (400, {"files": {"image": b"x"}, "data": {"path": "/etc/passwd"}}),
        (413, {"files": [("image", b"x"), ("image", b"y")]}),
        (400, {"content": b"x", "headers": {"X-Part-Id": "../../etc"}}),
        (404, {"content": b"x", "params": {"detector": "../dark"}}),
        (400, {"content": b"x", "params": {"include": "everything"}}),
    ],
)
def test_a_request_that_is_none_has_no_verdict_and_a_sentence(served, status, request_) -> None:
    before = len(served.log())
    answer = served.client.post("/v1/inspect", **request_)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "request_id"}
    assert len(served.log()) == before


def test_no_more_images_than_allowed_are_taken_at_once(served, picture) -> None:
    answer = served.client.post("/v1/inspect:batch", files=[("image", picture(0.05))] * 5)
    assert (answer.status_code, answer.json()["error"]) == (413, "more than 4 images; send fewer at once")


def test_a_client_that_sends_a_byte_a_second_is_cut_off_and_others_are_served(served, picture) -> None:
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /v1/inspect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
        start = time.monotonic()
        assert served.inspect(picture(0.05)).json()["verdict"] == "normal"
        answer = slow.recv(4096)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - start < 30


def test_pages_of_other_sites_and_other_names_have_no_access(served) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert served.client.get("/v1/models", headers=headers).status_code == 403
    own = served.client.get("/v1/models", headers={"Origin": served.address})
    assert own.status_code == 200
    assert "access-control-allow-origin" not in own.headers


def test_the_request_id_is_the_clients_if_it_is_one(served, picture) -> None:
    answer = served.client.post("/v1/inspect", content=picture(0.05), headers={"X-Request-Id": "mine-7"})
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("mine-7", "mine-7")
    other = served.client.get("/livez", headers={"X-Request-Id": "not one of ours!"})
    assert len(other.headers["x-request-id"]) == 32
