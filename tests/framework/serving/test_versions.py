"""A service follows its alias, keeps the old version where the new one is unfit, and goes back."""

from __future__ import annotations

import shutil
import time

import pytest

from adfw import DetectorError


def wait_for(condition, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def version_of(served) -> int:
    return served.client.get("/v1/models").json()["models"][0]["version"]


def test_a_moved_alias_is_followed_and_rolled_back_while_parts_are_answered(serving, registry, picture) -> None:
    with serving(poll_seconds=0.1) as served:
        assert served.inspect(picture(0.15), "one").json()["verdict"] == "normal"
        registry.set_alias(registry.resolve("dark:2"), "champion")
        answers = []
        wait_for(lambda: answers.append(served.inspect(picture(0.15)).json()) or version_of(served) == 2)
        answers.append(served.inspect(picture(0.15)).json())
        seen = [(answer["version"], answer["verdict"]) for answer in answers]
        assert set(seen) <= {(1, "normal"), (2, "anomalous")}
        assert seen[-1] == (2, "anomalous")
        assert seen == sorted(seen)
        assert served.inspect(picture(0.15), "one").json()["version"] == 1  # what was answered stays answered
        back = served.client.post("/v1/models/dark:rollback")
        assert (back.status_code, back.json()["version"]) == (200, 1)
        assert served.inspect(picture(0.15)).json()["verdict"] == "normal"
        assert registry.resolve("dark@champion").number == 1
        assert served.client.post("/v1/models/dark:rollback").status_code == 409


def test_a_version_that_is_unfit_is_refused_and_the_old_one_answers(serving, registry, picture) -> None:
    with serving("dark@other", poll_seconds=0.1) as served:
        place = registry.folder(registry.resolve("dark:1")) / "model.safetensors"
        whole = place.read_bytes()
        place.chmod(0o644)
        place.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        try:
            registry.set_alias(registry.resolve("dark:1"), "other")
            wait_for(lambda: served.client.get("/v1/models").json()["models"][0]["refused"])
            (model,) = served.client.get("/v1/models").json()["models"]
            assert (model["version"], model["ready"]) == (2, True)
            assert "model.safetensors is damaged" in model["refused"]
            assert served.inspect(picture(0.15)).json()["version"] == 2
        finally:
            place.write_bytes(whole)
            registry.set_alias(registry.resolve("dark:2"), "other")
        wait_for(lambda: not served.client.get("/v1/models").json()["models"][0]["refused"])


def test_the_scores_of_a_shadow_are_logged_and_decide_nothing(serving, picture) -> None:
    with serving(shadow="dark@other") as served:
        answer = served.inspect(picture(0.15)).json()
        assert (answer["verdict"], answer["version"]) == ("normal", 1)
        wait_for(lambda: served.log()[-1]["kind"] == "shadow")
        shadow = served.log()[-1]
        assert (shadow["of"], shadow["version"], shadow["verdict"]) == (answer["number"], 2, "anomalous")
        assert shadow["sha256"] == answer["sha256"]
        assert len(served.client.get("/v1/parts").json()["parts"]) == 1


def test_a_service_does_not_start_with_a_detector_that_is_damaged_or_decides_otherwise(
    serving, registry, tmp_path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(registry.folder(registry.resolve("dark:1")), folder)
    golden = folder / "golden" / "golden.json"
    golden.chmod(0o644)
    golden.write_text(golden.read_text().replace('"normal"', '"anomalous"'))
    with pytest.raises(DetectorError, match=r"golden\.json is damaged"), serving(str(folder)):
        pass
    from adfw.manifest import write_manifest

    write_manifest(folder)  # a consistent package, whose golden images tell all the same
    with pytest.raises(DetectorError, match="does not decide as it did; golden image"), serving(str(folder)):
        pass


def test_two_services_do_not_write_into_one_log(serving, tmp_path) -> None:
    from adfw import RunError

    log = tmp_path / "audit.jsonl"
    with serving(audit=log), pytest.raises(RunError, match="another service writes into it"), serving(audit=log):
        pass
