"""infer/score.py against one slow pass per option."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_model import BATCHING, SCORING, TASKS, plan, query, spread_experts, tiny_model, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.score import option_tokens, score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache, VisionRow
from tomoe_worker.spec import BatchVolume, Query

CHOICES = ("left lung", "right", "none at all in this scan", "Kidney <|end|>")


def trained() -> TomoeModel:
    """Weights large enough that options differ clearly."""
    model = spread_experts(tiny_model(per_task=True))
    with torch.no_grad():
        model.base.lm_head.weight.mul_(20.0)
        model.base.model.embed_tokens.weight.mul_(20.0)
    model.weights_version += 1
    return model


def queries() -> list[Query]:
    return [
        query("q0", 1, "Which side?", "closed-vqa", CHOICES),
        query("q1", 0, "What is the imaging plane of this stack of slices?", "closed-vqa", CHOICES[:2]),
        query("q2", 1, "Which side?", "open-vqa", CHOICES[::-1]),
        query("q3", 0, "Which side?", "closed-vqa", CHOICES),
    ]


def slow(model: TomoeModel, held: BatchVolume, asked: Query, choice: str) -> float:
    """The definition: transformers' own forward over the whole text, one option at a time."""
    prompt, answer = model.base.codec.encode(asked.prompt), model.base.codec.encode(choice)
    row = VisionRow(volume=0, group=TASKS.index(asked.task), prompt=prompt)
    frame = model.base.codec.frame
    with torch.no_grad():
        shared = model.walk.shared([held], 0, FeatureCache(0))
        image = model.base.projector.tokens(model.walk.rows(shared, [row], plan(model)).features_RDPC)[0]
        front, tail = frame.before, (*frame.after_image, *prompt, *frame.after_prompt, *answer)
        embedding = model.base.model.embed_tokens
        x = torch.cat([embedding(torch.tensor(front)), image, embedding(torch.tensor(tail))]).unsqueeze(0)
        hidden = model.base.model(inputs_embeds=x).last_hidden_state[0]
        log_probs = model.base.lm_head(hidden).double().log_softmax(-1)
        first = x.shape[1] - len(answer) - 1
        return sum(float(log_probs[first + step, token]) for step, token in enumerate((*answer, frame.end)))


def test_scores_equal_one_slow_pass_per_option() -> None:
    model = trained()
    volumes = [volume("a", seed=1), volume("b", seed=2)]
    found = dict(score(model, volumes, queries(), plan(model), SCORING))
    assert list(found) == ["q0", "q1", "q2", "q3"]
    spread = []
    for asked in queries():
        expected = [slow(model, volumes[asked.volume_index], asked, choice) for choice in asked.choices]
        assert found[asked.query_id] == pytest.approx(expected, rel=1e-4, abs=1e-3)
        spread.append(max(expected) - min(expected))
    assert min(spread) > 0.5


def test_the_order_of_options_and_the_company_of_queries_do_not_matter() -> None:
    model = trained()
    volumes = [volume("a", seed=1), volume("b", seed=2)]
    found = dict(score(model, volumes, queries(), plan(model), SCORING))
    turned = query("t", 1, "Which side?", "closed-vqa", CHOICES[::-1])
    (alone,) = [values for _, values in score(model, volumes, [turned], plan(model), SCORING)]
    assert alone[::-1] == pytest.approx(found["q0"], rel=1e-5, abs=1e-4)


def test_each_score_says_of_how_many_tokens_it_is_the_end_token_among_them() -> None:
    model = trained()
    asked = query("q", 0, "Which side?", "closed-vqa", CHOICES)
    counted = [len(model.base.codec.encode(choice)) + 1 for choice in CHOICES]
    assert list(option_tokens(model, asked)) == counted and len(set(counted)) > 1
    with pytest.raises(TomoeError, match="no choices to score") as caught:
        option_tokens(model, query("q", 0, "Which side?", "closed-vqa", ()))
    assert caught.value.code == "WIRE_INVALID"


def test_without_the_image_no_volume_is_read_and_the_text_alone_decides() -> None:
    model = trained()
    unseen = dataclasses.replace(SCORING, sees_image=False)
    asked = [
        query("a", 0, "Which side?", "closed-vqa", CHOICES),
        query("b", 1, "Which side?", "closed-vqa", CHOICES),
    ]
    volumes = [volume("a", seed=1), volume("b", seed=2)]
    blind = dict(score(model, volumes, asked, plan(model), unseen))
    assert blind["a"] == blind["b"] and model.inference_cache.asked == 0
    embedding, frame = model.base.model.embed_tokens, model.base.codec.frame
    prompt, answer = model.base.codec.encode("Which side?"), model.base.codec.encode(CHOICES[1])
    ids = (*frame.before, *frame.after_image, *prompt, *frame.after_prompt, *answer)
    with torch.no_grad():
        hidden = model.base.model(inputs_embeds=embedding(torch.tensor(ids))[None]).last_hidden_state[0]
        log_probs = model.base.lm_head(hidden).double().log_softmax(-1)
    first = len(ids) - len(answer) - 1
    slow_sum = sum(float(log_probs[first + step, token]) for step, token in enumerate((*answer, frame.end)))
    assert blind["a"][1] == pytest.approx(slow_sum, rel=1e-4, abs=1e-3)
    seen = dict(score(model, volumes, asked, plan(model), SCORING))
    assert seen["a"] != blind["a"] and seen["a"] != seen["b"]


def test_more_queries_than_fit_at_once_are_all_answered_in_order() -> None:
    model = trained()
    volumes = [volume("a", seed=1), volume("b", seed=2)]
    whole = list(score(model, volumes, queries(), plan(model), SCORING))
    one_a_pass = dataclasses.replace(SCORING, batching=dataclasses.replace(BATCHING, sequences=1))
    single = list(score(model, volumes, queries(), plan(model), one_a_pass))
    assert [name for name, _ in single] == [name for name, _ in whole]
    for (_, one), (_, other) in zip(single, whole, strict=True):
        assert one == pytest.approx(other, rel=1e-5, abs=1e-4)


def test_queries_without_usable_choices_are_refused() -> None:
    model = tiny_model()
    for choices, what in [
        ((), "query q has no choices to score"),
        (("a", " "), "item q has an empty choice"),
    ]:
        with pytest.raises(TomoeError, match=what) as caught:
            list(
                score(
                    model,
                    [volume("a")],
                    [query("q", 0, "Which side?", "closed-vqa", choices)],
                    plan(model),
                    SCORING,
                )
            )
        assert caught.value.code == "WIRE_INVALID"


def test_another_mode_is_refused() -> None:
    by_length = dataclasses.replace(SCORING, mode="loglik-token")
    with pytest.raises(TomoeError, match="mode 'loglik-token', this worker has loglik-sum") as caught:
        list(score(tiny_model(), [], [], plan(tiny_model()), by_length))
    assert caught.value.code == "CONFIG_INVALID"
