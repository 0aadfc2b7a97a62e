"""model/features.py: what is shared and cached equals what is computed afresh."""

from __future__ import annotations

import pytest
import torch
from tiny_model import TASKS, plan, sites, spread_experts, tiny_model, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.features import FeatureCache, RecentFeatures, VisionRow

LIMIT = 1 << 24


def rows_of(volumes: int) -> list[VisionRow]:
    return [VisionRow(volume=index, group=0, prompt=(5, 6, 7 + index)) for index in range(volumes)]


@pytest.mark.parametrize("frozen", [1, 3, 5, 6])
def test_a_cached_prefix_gives_the_bits_of_a_fresh_one_in_any_company(frozen: int) -> None:
    model = spread_experts(tiny_model())
    assert model.walk.shared_steps == 6
    volumes = [volume(f"v{index}", seed=index) for index in range(3)]
    cache = FeatureCache(LIMIT)
    with torch.no_grad():
        first = model.walk.shared(volumes, frozen, cache)
        later = model.walk.shared(volumes[1:], frozen, cache)
        alone = model.walk.shared(volumes[2:], frozen, FeatureCache(LIMIT))
        afresh = model.walk.shared(volumes, 0, FeatureCache(LIMIT))
    assert cache.get("v0") is not None
    if frozen == 6:
        assert torch.equal(first[1:], later) and torch.equal(later[1:], alone)
    torch.testing.assert_close(later, first[1:], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(first, afresh, rtol=1e-5, atol=1e-6)


def test_a_frozen_prefix_carries_no_graph_and_the_rest_does() -> None:
    model = tiny_model()
    shared = model.walk.shared([volume("a")], 3, FeatureCache(LIMIT))
    shared.square().sum().backward()
    lower = model.tower.parameters_of(0) + model.tower.parameters_of(1) + model.tower.parameters_of(2)
    assert all(parameter.grad is None for parameter in lower)
    assert all(parameter.grad is not None for parameter in model.tower.parameters_of(3))


def test_frozen_steps_end_at_the_first_parameter_that_trains() -> None:
    model = tiny_model()
    model.requires_grad_(False)
    assert model.walk.frozen_steps() == model.walk.shared_steps == 6
    for step in (5, 3, 0):
        model.tower.parameters_of(step)[0].requires_grad_(True)
        assert model.walk.frozen_steps() == step


def test_without_experts_the_whole_tower_is_text_free() -> None:
    assert tiny_model(lifted=False).walk.shared_steps == 7
    assert tiny_model(moe={"sites": sites()}).walk.shared_steps == 7


def test_rows_do_not_depend_on_the_batch_they_are_in() -> None:
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2)}))
    volumes = [volume(f"v{index}", seed=index) for index in range(3)]
    steering = plan(model)
    with torch.no_grad():
        shared = model.walk.shared(volumes, 0, FeatureCache(0))
        together = model.walk.rows(shared, rows_of(3), steering)
        alone = model.walk.rows(shared[1:2], [VisionRow(volume=0, group=0, prompt=(5, 6, 8))], steering)
    torch.testing.assert_close(together.features_RDPC[1:2], alone.features_RDPC, rtol=1e-5, atol=1e-6)


def test_many_prompts_on_one_volume_equal_one_pass_each() -> None:
    model = spread_experts(tiny_model(per_task=True, moe={"sites": sites(1, 2)}))
    rows = [VisionRow(volume=index % 2, group=index // 4, prompt=(20 + index, 3)) for index in range(12)]
    rows.sort(key=lambda row: (row.group, row.volume))
    with torch.no_grad():
        shared = model.walk.shared([volume("a"), volume("b", seed=1)], 0, FeatureCache(0))
        together = model.walk.rows(shared, rows, plan(model))
        for place, row in enumerate(rows):
            single = VisionRow(volume=0, group=row.group, prompt=row.prompt)
            alone = model.walk.rows(shared[row.volume : row.volume + 1], [single], plan(model))
            torch.testing.assert_close(
                together.features_RDPC[place], alone.features_RDPC[0], rtol=1e-4, atol=1e-5
            )
    loads = {(one.site, one.group): int(one.load_E.sum()) for one in together.routings}
    assert loads == {(site, group): 4 * 4 * 17 * 2 for site in sites(1, 2) for group in range(len(TASKS))}


def test_a_full_cache_keeps_what_it_has_and_another_key_empties_it() -> None:
    cache = FeatureCache(100)
    cache.begin("weights 1")
    cache.put("a", torch.zeros(20))
    cache.put("b", torch.zeros(20))
    assert cache.get("a") is not None and cache.get("b") is None
    cache.put("a", torch.zeros(20))
    cache.put("c", torch.zeros(5))
    assert cache.get("c") is not None  # putting "a" twice counted it once
    cache.begin("weights 1")
    assert cache.get("a") is not None
    cache.begin("weights 2")
    assert cache.get("a") is None
    cache.put("b", torch.zeros(20))
    assert cache.get("b") is not None


def test_a_cache_for_answers_gives_up_what_was_asked_for_longest_ago_and_counts_what_it_found() -> None:
    cache = RecentFeatures(200)
    cache.begin("weights 1")
    for name in "ab":
        assert cache.get(name) is None
        cache.put(name, torch.zeros(20))
    assert cache.get("a") is not None
    cache.put("c", torch.zeros(20))  # 240 bytes: b was asked for longest ago
    assert [cache.get(name) is not None for name in "abc"] == [True, False, True]
    cache.put("d", torch.zeros(50))  # 200 bytes: all others go
    assert [cache.get(name) is not None for name in "acd"] == [False, False, True]
    cache.put("e", torch.zeros(51))  # more than there is room for at all
    assert cache.get("d") is not None and cache.get("e") is None
    assert (cache.asked, cache.found) == (11, 5)
    cache.begin("weights 2")
    assert cache.get("d") is None
    cache.put("d", torch.zeros(50))
    assert cache.get("d") is not None


def test_a_volume_of_another_depth_is_refused_with_its_shape() -> None:
    model = tiny_model()
    with pytest.raises(
        TomoeError, match=r"\[TENSOR_INVALID\] volume x has shape \[3, 16, 16\].*D = 1 or 4"
    ) as caught:
        model.walk.shared([volume("x", depth=3)], 0, FeatureCache(0))
    assert caught.value.code == "TENSOR_INVALID"
    with pytest.raises(
        TomoeError, match=r"volume y has shape \[1, 16, 16\], others of its batch \[4, 16, 16\]"
    ):
        model.walk.shared([volume("x"), volume("y", depth=1)], 0, FeatureCache(0))


def test_walking_in_parts_between_experts_equals_walking_at_once_where_they_are_copies() -> None:
    flat, lifted = tiny_model(lifted=False), tiny_model(moe={"sites": sites(0, 2)}, lift={"upper_blocks": 3})
    held = [volume("a", depth=1, seed=1), volume("b", depth=1, seed=2)]
    with torch.no_grad():
        dense = flat.walk.shared(held, 0, FeatureCache(0))
        shared = lifted.walk.shared(held, 0, FeatureCache(0))
        features = lifted.walk.rows(shared, rows_of(2), plan(lifted)).features_RDPC
    assert lifted.walk.shared_steps == 2
    # Fresh experts are copies of the MLP, and one slice has nothing to attend to but itself.
    torch.testing.assert_close(features, dense[:, :, 1:], rtol=1e-4, atol=1e-5)


def test_rows_may_repeat_and_leave_out_volumes() -> None:
    for model in (tiny_model(lifted=False), spread_experts(tiny_model())):
        volumes = [volume(f"v{index}", seed=index) for index in range(3)]
        rows = [VisionRow(volume=index, group=0, prompt=(5,)) for index in (0, 0, 2)]
        with torch.no_grad():
            shared = model.walk.shared(volumes, 0, FeatureCache(0))
            features = model.walk.rows(shared, rows, plan(model)).features_RDPC
            alone = model.walk.rows(shared[2:], [VisionRow(volume=0, group=0, prompt=(5,))], plan(model))
        torch.testing.assert_close(features[0], features[1], rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(features[2:], alone.features_RDPC, rtol=1e-5, atol=1e-6)


def test_a_cache_of_no_bytes_keeps_nothing_and_changes_nothing() -> None:
    model, held = tiny_model(), [volume("a", seed=1)]
    none, some = FeatureCache(0), FeatureCache(LIMIT)
    with torch.no_grad():
        first, second = model.walk.shared(held, 3, none), model.walk.shared(held, 3, some)
        again = model.walk.shared(held, 3, some)
    assert none.get("a") is None and some.get("a") is not None
    assert torch.equal(first, second) and torch.equal(second, again)
