"""model/assembly.py: Phi-3-V's keys, lifting that keeps everything, and what lifting changes."""

from __future__ import annotations

import pytest
import torch
from tiny_model import TASKS, batch, plan, sites, spread_experts, tiny_model, tiny_spec, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache
from tomoe_worker.model.sequences import Asked, embed, vision_rows
from tomoe_worker.spec import BatchVolume, ModelSpec

CLIP = "model.vision_embed_tokens.img_processor.vision_model."
PHI3_V_KEYS = {
    "model.embed_tokens.weight",
    "lm_head.weight",
    "model.norm.weight",
    "model.layers.1.input_layernorm.weight",
    "model.layers.1.post_attention_layernorm.weight",
    "model.layers.1.self_attn.qkv_proj.weight",
    "model.layers.1.self_attn.o_proj.weight",
    "model.layers.1.mlp.gate_up_proj.weight",
    "model.layers.1.mlp.down_proj.weight",
    "model.vision_embed_tokens.glb_GN",
    "model.vision_embed_tokens.sub_GN",
    "model.vision_embed_tokens.img_projection.0.weight",
    "model.vision_embed_tokens.img_projection.2.bias",
    CLIP + "embeddings.class_embedding",
    CLIP + "embeddings.patch_embedding.weight",
    CLIP + "embeddings.position_embedding.weight",
    CLIP + "pre_layrnorm.weight",
    CLIP + "encoder.layers.3.self_attn.k_proj.bias",
    CLIP + "encoder.layers.3.layer_norm2.weight",
    CLIP + "encoder.layers.3.mlp.fc2.bias",
    CLIP + "post_layernorm.bias",
}


BIAS = (0.05, 0.17, -0.18, 0.16)  # what 300 steps of balancing left, in router-probability units


def hidden(
    model: TomoeModel,
    volumes: tuple[BatchVolume, ...],
    prompts: tuple[tuple[int, ...], ...],
    bias: tuple[float, ...] = (),
) -> torch.Tensor:
    """Final hidden state in front of the answer, one row per (volume, prompt)."""
    asked = [
        Asked(volume=index, task="closed-vqa", prompt=prompt, answer=())
        for index in range(len(volumes))
        for prompt in prompts
    ]
    with torch.no_grad():
        rows = vision_rows(model, asked, ())
        shared = model.walk.shared(volumes, 0, FeatureCache(0))
        features = model.walk.rows(shared, rows.rows, plan(model, bias=bias)).features_RDPC
        image = model.base.projector.tokens(features)[torch.tensor(rows.row_of)]
        prompted = embed(model, asked, image, with_answer=False)
        last, _ = model.base.decoder.prefill(prompted.x_STL, prompted.lengths_S)
    return last


def test_two_dimensional_keys_are_those_of_phi3_v_and_nothing_else_is_there_but_heads() -> None:
    model = tiny_model(lifted=False, projector={"separators": True})
    keys = set(model.base.state_dict())
    assert keys >= PHI3_V_KEYS
    assert all(key.startswith(("model.", "lm_head.")) for key in keys)
    foreign = {
        key for key in model.state_dict() if not key.startswith(("base.", "patch_head.", "fact_heads."))
    }
    assert foreign == set()


def test_lifting_keeps_every_tensor_bit_equal_and_counts_it() -> None:
    model = tiny_model(lifted=False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    report = model.lift(9)
    after = model.state_dict()
    mlp = "base." + CLIP + "encoder.layers.2.mlp."
    for name, tensor in before.items():
        homes = (
            [name]
            if name in after
            else [f"{mlp}groups.shared.experts.{expert}.{name.removeprefix(mlp)}" for expert in range(4)]
        )
        for home in homes:
            assert torch.equal(after[home], tensor)
    # New: 3 further copies of 4 tensors, a router, the prompt guide (norm, projection), and the heads.
    heads = sum(name.startswith(("patch_head.", "fact_heads.")) for name in before)
    assert len(report.tensors) == len(before) - heads
    assert sum(added.tensors for added in report.new) - heads == 3 * 4 + 1 + 4 == len(after) - len(before)


def test_one_slice_through_the_lifted_model_equals_the_2d_model() -> None:
    # model/README.md, exact 1 and 3 together, through projector and decoder.
    flat, lifted = tiny_model(lifted=False), tiny_model()
    slices = batch(0, volumes=3, depth=1).volumes
    prompts = ((60, 61), (62,))
    torch.testing.assert_close(
        hidden(lifted, slices, prompts), hidden(flat, slices, prompts), rtol=1e-5, atol=1e-5
    )


def test_shuffled_slices_change_the_lifted_model_and_not_a_slice_wise_one() -> None:
    order = torch.tensor([2, 0, 3, 1])
    straight = batch(0, volumes=1).volumes
    shuffled = tuple(
        BatchVolume(
            volume_id="s",
            slot=0,
            voxels_DHW=one.voxels_DHW[order],
            facts=one.facts,
            patch_labels_DHW=None,
            words=None,
            change=one.change,
        )
        for one in straight
    )
    pooled = {"depth": 4}
    lifted = tiny_model(pool=pooled)
    slice_wise = tiny_model(pool=pooled, lift={"upper_blocks": 0})
    assert float((hidden(lifted, straight, ((60,),)) - hidden(lifted, shuffled, ((60,),))).abs().max()) > 1e-5
    torch.testing.assert_close(
        hidden(slice_wise, straight, ((60,),)), hidden(slice_wise, shuffled, ((60,),)), rtol=1e-5, atol=1e-6
    )


def test_cloning_groups_leaves_every_output_as_it_was_under_the_biases_in_force() -> None:
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2)}))
    volumes, prompts = batch(0).volumes, ((60, 61), (62,))
    before = hidden(model, volumes, prompts, BIAS)
    model.clone_groups(TASKS)
    assert model.groups == TASKS
    assert torch.equal(hidden(model, volumes, prompts, BIAS), before)
    # The biases are part of it: without them the clones are another model.
    assert float((hidden(model, volumes, prompts) - before).norm() / before.norm()) > 1e-3


def test_the_prompt_reaches_the_image_features_only_after_lifting() -> None:
    for lifted in (False, True):
        model = tiny_model(lifted=lifted)
        if lifted:
            spread_experts(model)
        rows = vision_rows(
            model, [Asked(volume=0, task="report", prompt=prompt, answer=()) for prompt in ((60,), (61,))], ()
        )
        assert len(rows.rows) == (2 if lifted else 1)
        if lifted:
            with torch.no_grad():
                shared = model.walk.shared(batch(0, volumes=1).volumes, 0, FeatureCache(0))
                features = model.walk.rows(shared, rows.rows, plan(model)).features_RDPC
            assert float((features[0] - features[1]).abs().max()) > 1e-4


def test_the_seed_alone_decides_the_weights_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    one, same, other = (tiny_model(seed=seed).state_dict() for seed in (4, 4, 5))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


def test_states_that_do_not_allow_a_change_are_refused() -> None:
    model = tiny_model()
    with pytest.raises(TomoeError, match=r"\[WORKER_STATE\] the model is lifted already"):
        model.lift(1)
    with pytest.raises(TomoeError, match=r"\[ROUTER_UNKNOWN_TASK\] groups for \['a'\] were asked") as caught:
        model.clone_groups(["a"])
    assert caught.value.code == "ROUTER_UNKNOWN_TASK"
    model.clone_groups(TASKS)
    with pytest.raises(TomoeError, match=r"\[WORKER_STATE\].*has per-task groups already"):
        model.clone_groups(TASKS)
    with pytest.raises(TomoeError, match=r"\[WORKER_STATE\].*is not lifted"):
        tiny_model(lifted=False).clone_groups(TASKS)


def test_a_task_the_model_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(TomoeError, match=r"\[ROUTER_UNKNOWN_TASK\] task 'poem' is not one of") as caught:
        tiny_model().group_of("poem")
    assert caught.value.code == "ROUTER_UNKNOWN_TASK"


def test_a_tokenizer_larger_than_the_vocabulary_is_refused() -> None:
    with pytest.raises(
        TomoeError, match=r"\[CONFIG_INVALID\] the tokenizer has \d+ entries, the language model 270"
    ):
        TomoeModel(tiny_spec(language={"vocab": 270}), tiny_tokenizer(), 1, "cpu")


def full_size() -> ModelSpec:
    return tiny_spec(
        vision={
            "image_size": 336,
            "patch_size": 14,
            "hidden": 1024,
            "layers": 24,
            "heads": 16,
            "mlp": 4096,
            "blocks_read": 23,
        },
        projector={"merge_size": 2, "separators": True},
        pool={"depth": 4},
        language={
            "vocab": 32064,
            "hidden": 3072,
            "layers": 32,
            "heads": 32,
            "key_value_heads": 32,
            "mlp": 8192,
            "max_positions": 131072,
        },
        lift={"upper_blocks": 8, "depth": 32},
        moe={"token_experts": 4, "sites": sites(16, 18, 20, 22), "text_width": 256},
    )


def test_full_phi35_v_builds_without_memory_and_has_its_parameters() -> None:
    model = TomoeModel(full_size(), tiny_tokenizer(), 1, "meta")

    def millions(prefix: str) -> float:
        return sum(p.numel() for name, p in model.base.named_parameters() if name.startswith(prefix)) / 1e6

    clip = millions(CLIP)
    assert round(clip, 2) == 303.51
    assert round(millions("model.vision_embed_tokens.") - clip, 2) == 22.03
    assert (
        round(millions("model.") - millions("model.vision_embed_tokens.") + millions("lm_head."), 2)
        == 3821.08
    )
    report = model.lift(1)
    assert report.count("inactive") == 16 + 2
    experts = sum(p.numel() for name, p in model.components()["tokenExperts"])
    assert round(experts / 16 / 1e6, 3) == 8.394
    model.clone_groups(TASKS)
    assert len(model.components()["taskExperts"]) == 4 * 3 * 4 * 4
