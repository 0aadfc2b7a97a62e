"""What a launcher must say through the environment."""

from __future__ import annotations

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.settings import read_settings

WHOLE = {
    "TOMOE_READY": "fd:3",
    "TOMOE_LISTEN": "unix:/run/x",
    "TOMOE_TOKEN": "t" * 32,
    "TOMOE_DEVICE": "cpu",
    "TOMOE_WORLD_SIZE": "1",
}
RANKED = {**WHOLE, "TOMOE_WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2"}


def test_one_rank_needs_nothing_of_torchrun() -> None:
    settings = read_settings(WHOLE)
    assert (settings.rank, settings.local_rank, settings.world_size, settings.parent_pid) == (0, 0, 1, None)


def test_all_of_the_memory_is_a_ranks_own_where_nobody_says_otherwise() -> None:
    assert read_settings(WHOLE).memory_share == 1.0
    assert read_settings({**WHOLE, "TOMOE_MEMORY_SHARE": "0.25"}).memory_share == 0.25


def test_several_ranks_are_told_apart_by_torchruns_variables() -> None:
    settings = read_settings({**RANKED, "TOMOE_PARENT_PID": "77", "TOMOE_PARENT_SPACE": "boot/pid:[1]"})
    assert settings.parent_space == "boot/pid:[1]"
    assert (settings.rank, settings.local_rank, settings.world_size, settings.parent_pid) == (1, 1, 2, 77)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_variable_that_is_not_set_is_named_and_never_guessed(name: str) -> None:
    with pytest.raises(TomoeError) as caught:
        read_settings({key: value for key, value in WHOLE.items() if key != name})
    assert (caught.value.code, caught.value.what) == ("USAGE_INVALID", f"{name} is not set")


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("TOMOE_READY", "stdout", "TOMOE_READY is 'stdout'"),
        ("TOMOE_LISTEN", "http://x", "TOMOE_LISTEN is 'http://x'"),
        ("TOMOE_DEVICE", "tpu", "TOMOE_DEVICE is 'tpu'"),
        ("TOMOE_WORLD_SIZE", "two", "TOMOE_WORLD_SIZE is 'two', not a whole number"),
        ("TOMOE_MEMORY_SHARE", "half", "TOMOE_MEMORY_SHARE is 'half', not a share"),
        ("TOMOE_MEMORY_SHARE", "0", "TOMOE_MEMORY_SHARE is '0', not a share"),
        ("TOMOE_MEMORY_SHARE", "1.5", "TOMOE_MEMORY_SHARE is '1.5', not a share"),
        ("TOMOE_MEMORY_SHARE", "nan", "TOMOE_MEMORY_SHARE is 'nan', not a share"),
        ("TOMOE_TOKEN", "short", "TOMOE_TOKEN is shorter than 32 characters"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str, what: str) -> None:
    with pytest.raises(TomoeError) as caught:
        read_settings({**WHOLE, name: value})
    assert (caught.value.code, caught.value.what) == ("USAGE_INVALID", what)


def test_a_world_of_another_size_than_planned_is_refused() -> None:
    with pytest.raises(TomoeError) as caught:
        read_settings({**RANKED, "WORLD_SIZE": "1"})
    assert (caught.value.code, caught.value.what) == ("WORKER_START", "WORLD_SIZE is 1, 2 ranks were planned")
