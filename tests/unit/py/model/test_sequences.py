"""model/sequences.py: the chat frame, the rows items need, and the leak test."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_model import TASKS, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.features import VisionRow
from tomoe_worker.model.sequences import (
    PACK_TOKENS,
    Asked,
    alike,
    answer_positions,
    chat_tokens,
    check_length,
    cut_to_fit,
    embed,
    embed_packs,
    packs_of,
    positions_needed,
    tokenise,
    vision_rows,
)


def asked(volume: int, task: str, prompt: tuple[int, ...], answer: tuple[int, ...] = ()) -> Asked:
    return Asked(volume=volume, task=task, prompt=prompt, answer=answer)


def test_a_sequence_is_phi3_vs_chat_frame_around_image_prompt_and_answer() -> None:
    model = tiny_model(lifted=False)
    image = torch.randn(2, 5, 16)
    items = [asked(0, "report", (70, 71), (80, 81, 82)), asked(0, "report", (72,), (83,))]
    prompted = embed(model, items, image, with_answer=True)
    ids = model.base.codec.id_of
    frame_ids = [ids("<|end|>"), 13, ids("<|assistant|>"), 13]
    embedding = model.base.model.embed_tokens
    first = [1, ids("<|user|>"), 13, None, None, None, None, None, 13, 70, 71, *frame_ids, 80, 81, 82]
    assert prompted.x_STL.shape == (2, len(first), 16)
    assert prompted.lengths_S.tolist() == [len(first), len(first) - 3]
    for place, token in enumerate(first):
        expected = image[0, place - 3] if token is None else embedding(torch.tensor(token))
        assert torch.equal(prompted.x_STL[0, place], expected)


def test_answers_are_predicted_one_position_ahead_and_end_with_the_end_token() -> None:
    model = tiny_model(lifted=False)
    end = model.base.codec.frame.end
    items = [asked(0, "report", (70, 71), (80, 81, 82)), asked(0, "report", (72,), (83,))]
    positions, targets = answer_positions(model, items, 5)
    # 3 + 5 image + newline + 2 prompt + 4 = 15 tokens in front of the first answer token.
    assert positions.tolist() == [[14, 15, 16, 17], [13, 14, 14, 14]]
    assert targets.tolist() == [[80, 81, 82, end], [83, end, -100, -100]]


def test_without_answer_the_sequence_stops_where_the_answer_begins() -> None:
    model = tiny_model(lifted=False)
    prompted = embed(
        model, [asked(0, "report", (70, 71), (80, 81))], torch.randn(1, 5, 16), with_answer=False
    )
    assert prompted.lengths_S.tolist() == [15]
    assert prompted.x_STL.shape[1] == 15


def test_the_answer_never_changes_the_rows_an_item_needs() -> None:
    model = tiny_model(per_task=True)
    one = vision_rows(model, [asked(0, "open-vqa", (5, 6), (9,)), asked(1, "report", (5,), (1, 2))], ())
    other = vision_rows(model, [asked(0, "open-vqa", (5, 6), (8, 8, 8)), asked(1, "report", (5,), ())], ())
    assert one == other


def test_equal_questions_on_one_volume_share_a_row_and_others_do_not() -> None:
    items = [
        asked(1, "closed-vqa", (5,)),
        asked(0, "closed-vqa", (5,)),
        asked(1, "open-vqa", (5,)),
        asked(1, "closed-vqa", (5,)),
        asked(1, "closed-vqa", (6,)),
    ]
    shared = vision_rows(tiny_model(), items, ())
    assert len(shared.rows) == 3 and shared.row_of[0] == shared.row_of[2] == shared.row_of[3]
    routed = vision_rows(tiny_model(per_task=True), items, ())
    assert len(routed.rows) == 4 and routed.row_of[0] != routed.row_of[2]
    assert list(routed.rows) == sorted(routed.rows, key=lambda row: (row.group, row.volume))
    flat = vision_rows(tiny_model(lifted=False), items, ())
    assert flat.rows == (VisionRow(volume=0, group=0, prompt=None), VisionRow(volume=1, group=0, prompt=None))
    unguided = vision_rows(tiny_model(per_task=True, moe={"text_guidance": "off"}), items, ())
    assert {(row.volume, row.group) for row in unguided.rows} == {(0, 1), (1, 1), (1, 2)}


SIX = [asked(0, task, (5 + index,)) for index, task in enumerate(TASKS * 2)]


@pytest.mark.parametrize(
    ("guidance", "per_task", "rows"),
    [
        ("off", False, 1),
        ("task", False, 3),
        ("question", False, 6),
        ("off", True, 3),
        ("task", True, 3),
        ("question", True, 6),
    ],
)
def test_two_questions_of_each_of_three_tasks_share_what_the_gates_read_alike(
    guidance: str, per_task: bool, rows: int
) -> None:
    model = tiny_model(per_task=per_task, moe={"text_guidance": guidance})
    assert len(vision_rows(model, SIX, ()).rows) == rows


def test_under_task_guidance_the_gates_read_the_name_of_the_task_whatever_is_asked() -> None:
    model = tiny_model(moe={"text_guidance": "task"})
    built = vision_rows(model, SIX, ())
    assert {row.prompt for row in built.rows} == {model.base.codec.encode(task) for task in TASKS}
    for item, place in zip(SIX, built.row_of, strict=True):
        assert built.rows[place].prompt == model.base.codec.encode(item.task)
    again = vision_rows(model, [asked(0, item.task, (9, 9, 9)) for item in SIX], ())
    assert again == built


def test_a_dense_model_has_one_row_a_volume_whatever_is_asked_of_which_task() -> None:
    for per_task in (False, True):
        model = tiny_model(per_task=per_task, moe={"token_experts": 0, "sites": ()})
        assert vision_rows(model, SIX, ()).rows == (VisionRow(volume=0, group=0, prompt=None),)


def test_volumes_without_items_get_a_row_without_prompt() -> None:
    rows = vision_rows(tiny_model(), [asked(1, "report", (5,))], [0, 2])
    assert [row.prompt for row in sorted(rows.rows, key=lambda row: row.volume)] == [None, (5,), None]


def test_an_item_longer_than_the_positions_is_refused_with_its_counts() -> None:
    model = tiny_model(language={"max_positions": 40})
    assert positions_needed(model, (5,) * 10, (), 8, reserve=13) == 40
    assert positions_needed(model, (5,) * 4, (5,) * 6, 8, reserve=13) == 40
    check_length(model, "q", asked(0, "report", (5,) * 10), 8, reserve=13)
    with pytest.raises(
        TomoeError, match=r"item q needs 41 positions \(8 image, 10 prompt, 15 answer, 8 chat\)"
    ) as caught:
        check_length(model, "q", asked(0, "report", (5,) * 10), 8, reserve=14)
    assert caught.value.code == "WIRE_TOO_LARGE"
    assert caught.value.details == {"needed": 41, "limit": 40}


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_empty_text_is_refused_by_item(text: str) -> None:
    with pytest.raises(TomoeError, match=r"\[WIRE_INVALID\] item i7 has an empty target") as caught:
        tokenise(tiny_model(lifted=False), "i7", text, "target")
    assert caught.value.code == "WIRE_INVALID"


def test_rows_are_sorted_by_group_then_volume_whatever_the_order_of_the_items() -> None:
    model = tiny_model(per_task=True)
    items = [
        asked(volume, task, (prompt,))
        for task in ("open-vqa", "report", "closed-vqa")
        for volume in (2, 0, 1)
        for prompt in (9, 5)
    ]
    forward, backward = vision_rows(model, items, ()), vision_rows(model, items[::-1], ())
    assert forward.rows == backward.rows
    assert forward.row_of == backward.row_of[::-1]
    assert len(set(forward.rows)) == len(forward.rows) == len(items)
    for item, place in zip(items, forward.row_of, strict=True):
        row = forward.rows[place]
        assert (row.volume, row.group, row.prompt) == (item.volume, model.group_of(item.task), item.prompt)


def test_an_unknown_task_is_refused_even_where_nothing_is_routed() -> None:
    for model in (tiny_model(lifted=False), tiny_model(), tiny_model(per_task=True)):
        with pytest.raises(TomoeError, match="task 'poem' is not one of") as caught:
            vision_rows(model, [asked(0, "poem", (5,))], ())
        assert caught.value.code == "ROUTER_UNKNOWN_TASK"


def test_nobody_asks_for_no_row() -> None:
    assert vision_rows(tiny_model(), [], ()).rows == ()


def test_the_chat_frame_is_counted_without_the_end_of_the_answer() -> None:
    model = tiny_model(lifted=False)
    prompted = embed(model, [asked(0, "report", (70, 71))], torch.randn(1, 5, 16), with_answer=False)
    assert chat_tokens(model) == int(prompted.lengths_S[0]) - 5 - 2


@pytest.mark.parametrize("image", [1, 5, 8])
def test_what_is_read_is_what_stands_in_front_of_each_answer_token(image: int) -> None:
    model = tiny_model(lifted=False)
    items = [asked(0, "report", (70, 71), (80, 81, 82)), asked(0, "report", (72, 73, 74, 75), (83,))]
    positions, targets = answer_positions(model, items, image)
    prompted = embed(model, items, torch.randn(2, image, 16), with_answer=True)
    embedding = model.base.model.embed_tokens
    for row, item in enumerate(items):
        for step, token in enumerate(item.answer):
            assert int(targets[row, step]) == token
            # The token that is predicted at a position is the next input.
            following = prompted.x_STL[row, int(positions[row, step]) + 1]
            assert torch.equal(following, embedding(torch.tensor(token)))
        assert int(positions[row, len(item.answer)]) == int(prompted.lengths_S[row]) - 1


def test_an_answer_is_cut_where_the_positions_end_and_has_no_end_token() -> None:
    model = tiny_model(lifted=False, language={"max_positions": 40})
    # 8 tokens of the frame, 8 of the image, 10 of the prompt: room for 14.
    long = asked(0, "report", (5,) * 10, tuple(range(30, 60)))
    cut = cut_to_fit(model, long, 8)
    assert (cut.answer, cut.ends, cut.predicted) == (tuple(range(30, 44)), False, 14)
    assert (cut.prompt, cut.volume, cut.task) == (long.prompt, 0, "report")
    check_length(model, "r", cut, 8, reserve=0)
    prompted = embed(model, [cut], torch.randn(1, 8, 16), with_answer=True)
    assert prompted.lengths_S.tolist() == [40]
    positions, targets = answer_positions(model, [cut], 8)
    assert targets.tolist() == [list(range(30, 44))]
    assert positions.tolist() == [list(range(25, 39))]


@pytest.mark.parametrize("answer", [0, 1, 13])
def test_an_answer_that_fits_with_its_end_stays_whole(answer: int) -> None:
    model = tiny_model(lifted=False, language={"max_positions": 40})
    whole = asked(0, "report", (5,) * 10, (7,) * answer)
    assert cut_to_fit(model, whole, 8) is whole


def test_neither_image_nor_prompt_is_cut() -> None:
    model = tiny_model(lifted=False, language={"max_positions": 40})
    crowded = asked(0, "report", (5,) * 25, (7,))
    assert cut_to_fit(model, crowded, 8) is crowded
    with pytest.raises(TomoeError, match="the model has 40"):
        check_length(model, "r", crowded, 8, reserve=0)


def test_cut_and_whole_answers_stand_beside_each_other() -> None:
    model = tiny_model(lifted=False)
    end = model.base.codec.frame.end
    cut = dataclasses.replace(asked(0, "report", (70,), (80, 81, 82)), ends=False)
    whole = asked(0, "report", (72,), (83, 84))
    positions, targets = answer_positions(model, [cut, whole], 5)
    assert targets.tolist() == [[80, 81, 82], [83, 84, end]]
    assert positions.tolist() == [[13, 14, 15], [13, 14, 15]]


def test_items_of_a_row_are_packed_in_their_order_until_their_texts_are_too_long_together() -> None:
    assert packs_of([0, 1, 0, 1, 2], [10, 20, 30, 40, 50]) == ((0, 2), (1, 3), (4,))
    half = PACK_TOKENS // 2
    assert packs_of([0, 0, 0], [half, half, 1]) == ((0, 1), (2,))
    assert packs_of([0, 0, 0], [half, half + 1, half - 1]) == ((0,), (1, 2))
    # One that is too long by itself is alone, and the next begins anew.
    assert packs_of([0, 0, 0], [1, PACK_TOKENS + 1, 1]) == ((0,), (1,), (2,))
    assert packs_of([], []) == ()


def test_rows_pass_with_those_that_are_nearly_as_long() -> None:
    assert alike([100, 40, 75, 90, 74, 30]) == ((0, 3, 2), (4,), (1, 5))
    assert alike([7]) == ((0,),) and alike([]) == ()
    assert sorted(place for one in alike([5, 1, 5, 2, 9]) for place in one) == [0, 1, 2, 3, 4]


def test_a_pack_is_one_image_and_then_each_text_where_it_would_stand_by_itself() -> None:
    model = tiny_model(lifted=False)
    image = torch.randn(2, 5, 16)
    pair = [asked(0, "report", (70, 71), (80, 81, 82)), asked(0, "closed-vqa", (72,), (83,))]
    lone = dataclasses.replace(asked(1, "report", (73,), (84, 85)), ends=False)
    packed = embed_packs(model, [pair, [lone]], image)
    alone = [embed(model, [one], image[at : at + 1], with_answer=True).x_STL[0] for at, one in
             [(0, pair[0]), (0, pair[1]), (1, lone)]]  # fmt: skip
    front = 3 + 5
    row = torch.cat([alone[0], alone[1][front:]])
    assert torch.equal(packed.x_UTL[0], row)
    assert torch.equal(packed.x_UTL[1, : len(alone[2])], alone[2])
    # Newline, two tokens of the prompt, four of the frame, three of the answer; then one less twice.
    first, second = 10, 7
    assert packed.apart.front == front
    assert packed.apart.of_RT[0].tolist() == [0] * front + [1] * first + [2] * second
    assert packed.apart.of_RT[1].tolist() == [0] * front + [1] * 8 + [-1] * 9
    places = [*range(front), *range(front, front + first), *range(front, front + second)]
    assert packed.apart.positions_RT[0].tolist() == places
    # What is read is what each reads by itself, and predicts the same.
    for at, (item, whole) in enumerate(zip([*pair, lone], alone, strict=True)):
        positions, targets = answer_positions(model, [item], 5)
        count = item.predicted
        read = packed.x_UTL.flatten(0, 1)[
            (packed.read_UQ + torch.tensor([[0], [len(row)]])).flatten()[packed.at_SQ[at, :count]]
        ]
        assert torch.equal(read, whole[positions[0]])
        assert packed.targets_SQ[at].tolist() == targets[0].tolist() + [-100] * (4 - count)
