from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adfw.images.formats import ImageLimits
from adfw.serving.scoring import Scoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adfw import Detector

WAIT = 30.0
ANSWERED = ("score", "fault", "regions")


@contextmanager
def scoring(detector: Detector) -> Iterator[tuple[Scoring, queue.SimpleQueue[dict[str, Any]]]]:
    answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    made = Scoring(detector, ImageLimits(), 4, lambda header, blobs: answers.put({**header, **blobs}))
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made, answers
    made.stop()
    thread.join(WAIT)
    assert not thread.is_alive()


def accepted(made: Scoring, image: bytes, number: int) -> None:
    made.accept({"id": number, "wants": ["regions"]}, image)


@pytest.mark.parametrize("bit_depth", [None, 12], ids=["scored", "refused"])
def test_an_image_is_answered_alike_alone_and_behind_others(
    bit_depth: int | None, detector: Detector, picture: Callable[..., bytes]
) -> None:
    detector = replace(detector, preprocessing=detector.preprocessing.model_copy(update={"bit_depth": bit_depth}))
    with scoring(detector) as (made, answers):
        accepted(made, picture(0.3), 0)
        alone = answers.get(timeout=WAIT)
        busy, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            busy.set()
            go_on.wait(WAIT)

        made.between(hold)
        assert busy.wait(WAIT)
        for number in (1, 2):
            accepted(made, picture(0.3), number)
        go_on.set()
        behind = [answers.get(timeout=WAIT) for _ in range(2)]
    answered = [repr([one.get(key) for key in ANSWERED]) for one in (alone, *behind)]  # a score may be NaN
    assert len(set(answered)) == 1
    assert ("preprocessing.bit_depth is 12" in alone["fault"]) == (bit_depth is not None)


def test_what_was_accepted_is_answered_before_it_stops(detector: Detector, picture: Callable[..., bytes]) -> None:
    with scoring(detector) as (made, answers):
        for number in range(9):
            accepted(made, picture(0.3, number), number)
    assert sorted(answers.get(timeout=WAIT)["id"] for _ in range(9)) == list(range(9))
