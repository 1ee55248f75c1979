from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import TrainingError
from adfw.training.parts import Parts, epoch_seed, hold_out

ids_of = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=40, unique=True)


@given(ids_of, st.floats(0.01, 0.6))
def test_the_parts_are_disjoint_and_complete(ids: list[str], share: float) -> None:
    if max(1, round(share * len(ids))) >= len(ids):
        return
    train, validation = hold_out(ids, share)
    assert sorted(train + validation) == list(range(len(ids)))
    assert len(validation) == max(1, round(share * len(ids)))


@given(ids_of, st.randoms(use_true_random=False))
def test_who_is_held_out_depends_on_ids_not_on_their_order(ids: list[str], random: object) -> None:
    shuffled = list(ids)
    random.shuffle(shuffled)
    held = {ids[i] for i in hold_out(ids, 0.3).validation}
    assert held == {shuffled[i] for i in hold_out(shuffled, 0.3).validation}


def test_the_choice_is_the_same_on_every_machine() -> None:
    assert hold_out([f"{i:03}.png" for i in range(20)], 0.2).validation == [2, 3, 4, 5]


def test_nothing_is_held_out_of_a_share_of_zero() -> None:
    assert hold_out(["a"], 0) == Parts([0], [])


@pytest.mark.parametrize(("count", "message"), [(0, "holds no image"), (1, "validation_share to 0")])
def test_too_few_images_are_named_with_a_remedy(count: int, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        hold_out([str(i) for i in range(count)], 0.1)


def test_an_epoch_has_one_order_and_the_next_another() -> None:
    parts = Parts(list(range(5, 25)), [0])
    assert parts.order(1, 3) == parts.order(1, 3)
    assert sorted(parts.order(1, 3)) == parts.train
    assert len({tuple(parts.order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_seeds_of_epochs_differ_and_fit_torch() -> None:
    seeds = {epoch_seed(seed, epoch) for seed in range(12) for epoch in range(12)}
    assert len(seeds) == 144
    assert all(0 <= seed < 2**63 for seed in seeds)
