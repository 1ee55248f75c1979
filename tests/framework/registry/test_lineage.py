from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw.registry.lineage import git_state, lineage, portable, portable_text

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.line import Run

parts = st.text("abc01._-", min_size=1, max_size=5).filter(lambda part: part.strip("."))


@given(st.lists(parts, min_size=1, max_size=4), st.sampled_from(["/", "~/", "C:\\", "c:/", "\\\\host\\share\\"]))
def test_an_absolute_path_is_cut_to_its_last_part(names: list[str], root: str) -> None:
    mark = "\\" if "\\" in root else "/"
    path = root + mark.join(names)
    assert portable({"dataset": [{"root": path}, 1, None]}) == {"dataset": [{"root": names[-1]}, 1, None]}
    assert portable(path + mark) == names[-1]


@given(st.lists(parts, min_size=1, max_size=4))
def test_a_relative_path_stays(names: list[str]) -> None:
    assert portable("/".join(names)) == "/".join(names)
    assert portable("../" + "/".join(names)) == "../" + "/".join(names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There are no images in /home/me/data/capsule, so", "There are no images in capsule, so"),
        ("no GPU and/or 16 images/s; see https://example.org/a/b", None),
        ("in ~/data (C:\\Users\\me\\x)", "in data (x)"),
        ("a share of 1/4", None),
    ],
)
def test_sentences_lose_their_paths_and_nothing_else(text: str, expected: str | None) -> None:
    assert portable_text(text) == (text if expected is None else expected)


def test_the_lineage_names_data_versions_and_seed(finished: Run) -> None:
    found = lineage(finished.document, ["sha256:" + "0" * 64])
    assert found["seed"] == 0
    assert found["dataset"]["name"] == "plates"
    assert found["dataset_fingerprint"] == finished.document.dataset_fingerprint
    assert found["versions"]["adfw-toys"] == "1.2.3"
    assert found["parents"] == ["sha256:" + "0" * 64]


def test_git_tells_commit_and_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "x")
    assert git_state(tmp_path) is None
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    state = git_state(tmp_path)
    assert len(state["commit"]) == 40
    assert not state["dirty"]
    (tmp_path / "a").write_text("")
    subprocess.run(["git", "-C", str(tmp_path), "add", "a"], check=True)
    assert git_state(tmp_path)["dirty"]


def test_without_git_there_is_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) is None
