"""What operators and monitors ask."""

from __future__ import annotations


def test_it_is_alive_and_ready(served) -> None:
    assert served.client.get("/livez").json() == {"status": "alive"}
    assert served.client.get("/readyz").json() == {"ready": True, "faults": []}


def test_models_say_which_version_answers(served, registry) -> None:
    (model,) = served.client.get("/v1/models").json()["models"]
    version = registry.resolve("dark@champion")
    assert (model["name"], model["alias"], model["version"]) == ("dark", "champion", 1)
    assert (model["digest"], model["threshold"], model["golden"]) == (version.digest, 0.2, 2)
    assert "paths" not in str(model)
    assert str(registry.root) not in str(served.client.get("/v1/models").text)


def test_metrics_count_verdicts_by_version(served, picture) -> None:
    served.inspect(picture(0.9))
    text = served.client.get("/metrics").text
    assert 'adfw_verdicts_total{detector="dark",verdict="anomalous",version="1"}' in text
    for name in ("adfw_stage_seconds_bucket", "adfw_batch_size_sum", "adfw_score_ratio_bucket", "adfw_queue_depth"):
        assert name in text
    assert 'adfw_reject_rate{detector="dark"}' in text


def test_the_last_parts_and_the_hours(served, picture) -> None:
    number = served.inspect(picture(0.05), "last").json()["number"]
    parts = served.client.get("/v1/parts", params={"after": number - 1}).json()["parts"]
    assert [part["part_id"] for part in parts] == ["last"]
    (hour, *_) = served.client.get("/v1/hours").json()["hours"]
    assert hour["hour"] % 3600 == 0
    assert hour["counts"]["normal"] >= 1


def test_the_openapi_document_is_in_order(served) -> None:
    document = served.client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        *("/v1/inspect", "/v1/inspect:batch", "/v1/models", "/v1/models/{name}/card", "/v1/models/{name}:rollback"),
        *("/v1/parts", "/v1/hours", "/v1/drift", "/livez", "/readyz", "/metrics"),
    }
    inspect = document["paths"]["/v1/inspect"]["post"]
    assert set(inspect["responses"]) >= {"200", "400", "401", "403", "404", "408", "409", "413", "415", "503"}
    assert set(inspect["requestBody"]["content"]) == {"application/octet-stream", "multipart/form-data"}


def test_a_token_keeps_everything_but_health_and_the_page(serving, picture) -> None:
    with serving(token="secret") as guarded:
        for path in ("/v1/models", "/metrics", "/v1/parts", "/openapi.json"):
            assert guarded.client.get(path).status_code == 401
        assert guarded.inspect(picture(0.05)).status_code == 401
        wrong = guarded.client.get("/v1/models", headers={"Authorization": "Bearer secreT"})
        assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
        assert guarded.client.get("/readyz").status_code == 200
        right = {"Authorization": "Bearer secret"}
        assert guarded.client.get("/v1/models", headers=right).status_code == 200
