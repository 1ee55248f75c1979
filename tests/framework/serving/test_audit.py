"""The log goes on behind what is there, tells of every change, and survives a full disk."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess

import pytest

from adfw import verify_audit
from adfw.serving import audit as module
from adfw.serving.audit import AuditLog


def entry(name: str) -> dict[str, str]:
    return {"kind": "verdict", "name": name}


def test_a_log_goes_on_behind_what_is_there(tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    for names in (["a", "b"], ["c"]):
        log = AuditLog(path)
        log.write([entry(name) for name in names])
        log.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["number"], line["name"]) for line in lines] == [(1, "a"), (2, "b"), (3, "c")]
    assert verify_audit(path) == []


@pytest.mark.parametrize("change", ["altered", "removed"])
def test_a_changed_or_removed_line_is_found(tmp_path, change) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.write([entry(name) for name in "abcd"])
    log.close()
    lines = path.read_text().splitlines(keepends=True)
    lines[1:2] = [lines[1].replace('"b"', '"x"')] if change == "altered" else []
    path.write_text("".join(lines))
    (fault,) = verify_audit(path)
    assert f"audit.jsonl:{3 if change == 'altered' else 2}: does not follow the entry before" in fault


def test_a_line_that_a_crash_cut_short_is_left_and_the_next_one_whole(tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.write([entry("a"), entry("b")])
    log.close()
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 7)
    log = AuditLog(path)
    assert [found["name"] for found in log.tail()] == ["a"]
    assert log.write([entry("c")]) == [2]
    log.close()
    (fault,) = verify_audit(path)
    assert "2: is no whole entry" in fault


def test_a_log_that_is_renamed_is_followed_by_a_new_one(tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.write([entry("a")])
    path.rename(tmp_path / "audit.1")
    log.write([entry("b")])
    log.close()
    assert json.loads(path.read_text())["number"] == 2


def test_time_that_goes_back_changes_no_order(tmp_path, monkeypatch) -> None:
    times = iter(["2030-01-01T00:00:00+00:00", "1999-01-01T00:00:00+00:00"])
    monkeypatch.setattr(module, "_now", lambda: next(times))
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.write([entry("a"), entry("b")]) == [1, 2]
    log.close()
    assert verify_audit(tmp_path / "audit.jsonl") == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("mounting a small file system takes root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(512))


def test_a_full_disk_leaves_no_half_line(small_disk) -> None:
    path = small_disk / "audit.jsonl"
    log = AuditLog(path)
    log.write([entry("a")])
    filler = small_disk / "filler"
    fill(filler)
    with pytest.raises(OSError, match="No space"):
        log.write([entry("b" * 1000)] * 100)
    written = path.read_bytes()
    assert written.endswith(b"\n")
    assert [json.loads(line)["number"] for line in written.splitlines()] == list(range(1, log.number + 1))
    filler.unlink()
    assert log.write([entry("c")]) == [log.number]
    log.close()
    assert verify_audit(path) == []


def test_a_service_refuses_verdicts_on_a_full_disk_and_goes_on_when_there_is_room(serving, small_disk, picture) -> None:
    with serving(audit=small_disk / "audit.jsonl") as served:
        assert served.inspect(picture(0.05)).status_code == 200
        filler = small_disk / "filler"
        fill(filler)
        answers = [served.inspect(picture(0.05)) for _ in range(30)]
        assert answers[-1].status_code == 503
        assert "verdict" not in answers[-1].json()
        assert "No space" in answers[-1].json()["error"]
        assert answers[-1].headers["retry-after"] == "5"
        assert served.client.get("/readyz").status_code == 503
        filler.unlink()
        assert served.inspect(picture(0.05)).json()["verdict"] == "normal"
        assert served.client.get("/readyz").status_code == 200
        given = [answer.json()["number"] for answer in answers if answer.status_code == 200]
        assert set(given) <= {line["number"] for line in served.log()}
    assert verify_audit(small_disk / "audit.jsonl") == []
