"""infer/generate.py against an argmax loop without any cache."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_model import TASKS, batch, greedy, items_on, plan, query, spread_experts, stage, tiny_model, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.generate import generate
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache, VisionRow
from tomoe_worker.spec import BatchVolume, Query
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

PROMPTS = {
    "report": "Describe the scan.",
    "closed-vqa": "Which phase was used?",
    "open-vqa": "What is the imaging plane?",
}


@pytest.fixture(scope="module")
def model() -> TomoeModel:
    """Trained a little, so that texts end at different lengths."""
    model = spread_experts(tiny_model())
    running = StageTrainer(model, stage(steps=60, rate=2e-2), Ranks.alone())
    # Without the open items: they give another answer to a closed question, and one group cannot tell the two
    # apart.
    held = batch(0, volumes=2, items=tuple(one for one in items_on(2) if one.task != "open-vqa"))
    for step in range(60):
        running.step(type(held)(**{**held.__dict__, "step": step}), plan(model))
    model.clone_groups(TASKS)
    return model


def queries() -> list[Query]:
    return [
        query(f"{task}{index}", index, prompt, task) for task, prompt in PROMPTS.items() for index in range(2)
    ] + [query("odd", 1, "Name the phase and the plane of this scan, please.", "open-vqa")]


def slow(model: TomoeModel, held: BatchVolume, asked: Query, most: int) -> tuple[str, bool]:
    prompt = model.base.codec.encode(asked.prompt)
    row = VisionRow(volume=0, group=TASKS.index(asked.task), prompt=prompt)
    frame, embedding = model.base.codec.frame, model.base.model.embed_tokens
    written: list[int] = []
    with torch.no_grad():
        shared = model.walk.shared([held], 0, FeatureCache(0))
        image = model.base.projector.tokens(model.walk.rows(shared, [row], plan(model)).features_RDPC)[0]
        for _ in range(most):
            tail = torch.tensor((*frame.after_image, *prompt, *frame.after_prompt, *written))
            x = torch.cat([embedding(torch.tensor(frame.before)), image, embedding(tail)]).unsqueeze(0)
            token = int(
                model.base.lm_head(model.base.model(inputs_embeds=x).last_hidden_state[0, -1]).argmax()
            )
            if token in frame.stops:
                return model.base.codec.decode(written), True
            written.append(token)
    return model.base.codec.decode(written), False


@pytest.mark.parametrize("most", [3, 30])
def test_texts_equal_an_argmax_loop_without_cache(model: TomoeModel, most: int) -> None:
    volumes = batch(0, volumes=2).volumes
    found = {one.query_id: one for one in generate(model, volumes, queries(), plan(model), greedy(most))}
    assert set(found) == {one.query_id for one in queries()}
    for asked in queries():
        text, ended = slow(model, volumes[asked.volume_index], asked, most)
        one = found[asked.query_id]
        assert (one.text, one.ended) == (text, ended)
        assert one.encode_seconds >= 0 and one.generate_seconds > 0
    if most == 30:
        assert found["closed-vqa0"].text == "arterial" and found["report1"].text == "A cyst in the liver."


def test_short_texts_come_out_before_long_ones(model: TomoeModel) -> None:
    order = [
        one.tokens for one in generate(model, batch(0, volumes=2).volumes, queries(), plan(model), greedy(30))
    ]
    assert order == sorted(order) and order[0] < order[-1]


def test_a_cut_text_says_so(model: TomoeModel) -> None:
    found = list(generate(model, batch(0, volumes=2).volumes, queries()[:1], plan(model), greedy(2)))
    assert found[0].ended is False and found[0].tokens == 2


def test_every_stop_of_the_frame_ends_a_text_and_no_other_token_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny_model()
    logits = model.base.decoder.logits
    stops = model.base.codec.frame.stops
    assert len(stops) > 1
    word = model.base.codec.encode("axial")[0]
    for token in (*stops, word):
        # The scores are pushed toward one token, whatever was read.
        push = torch.nn.functional.one_hot(torch.tensor(token), model.base.decoder.vocab) * 1e6
        monkeypatch.setattr(model.base.decoder, "logits", lambda hidden, push=push: logits(hidden) + push)
        (found,) = generate(model, [volume("a")], [query("q", 0, "Which?", "report")], plan(model), greedy(3))
        assert (found.tokens, found.ended) == ((3, False) if token == word else (0, True))


def test_the_callers_own_computation_is_left_in_its_mode_between_texts(model: TomoeModel) -> None:
    for _ in generate(model, batch(0, volumes=2).volumes, queries(), plan(model), greedy(5)):
        assert not torch.is_inference_mode_enabled()
        assert torch.ones(1, requires_grad=True).mul(2).requires_grad


def test_generation_sees_weights_that_changed_since_the_last_call() -> None:
    model = tiny_model()
    held = [volume("a")]
    asked = [query("q", 0, "Which side?", "report")]
    before = next(iter(generate(model, held, asked, plan(model), greedy(4)))).text
    with torch.no_grad():
        for parameter in model.tower.parameters_of(0):
            parameter.mul_(-3.0).add_(0.5)
        model.base.lm_head.weight.mul_(50.0)
    model.weights_version += 1
    after = next(iter(generate(model, held, asked, plan(model), greedy(4)))).text
    text, _ = _shared_slow(model, held[0])
    assert after == text and isinstance(before, str)


def _shared_slow(model: TomoeModel, held: BatchVolume) -> tuple[str, bool]:
    model.inference_cache.begin("nothing kept")
    found = next(
        iter(generate(model, [held], [query("q", 0, "Which side?", "report")], plan(model), greedy(4)))
    )
    return found.text, found.ended


def test_no_queries_give_no_texts(model: TomoeModel) -> None:
    assert list(generate(model, [], [], plan(model), greedy(5))) == []


def test_a_length_below_one_is_refused(model: TomoeModel) -> None:
    with pytest.raises(TomoeError, match=r"\[CONFIG_INVALID\] maxNewTokens is 0") as caught:
        list(generate(model, [], [], plan(model), greedy(0)))
    assert caught.value.code == "CONFIG_INVALID"


def test_another_mode_is_refused() -> None:
    model = tiny_model()
    with pytest.raises(TomoeError, match="mode 'beam', this worker has greedy") as caught:
        list(generate(model, [], [], plan(model), dataclasses.replace(greedy(5), mode="beam")))
    assert caught.value.code == "CONFIG_INVALID"
