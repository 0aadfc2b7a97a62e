"""Says what a folder of published files is, without computing anything but digests.

``python -m tomoe_worker.server.base`` reads one JSON document from stdin - ``folder``; ``imageSize``,
``maxPositions`` and ``layout`` (null: what the base offers); ``checkValues`` (read every number, too);
``readText`` (whether its tokenizer is asked for) - and prints one: ``{"ok": true, "facts": {...},
"beside": [...]}`` with the facts of ts/schema/base-facts.ts and the safetensors that no index lists, or a
failure as ``machine/answer.py`` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from tomoe_worker.machine.answer import answered
from tomoe_worker.model.io.base_facts import OpenedBase, Wish, codec_of, open_base, text_facts
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_folder import way_to

BYTES: Final = 4  # of a number in the cache of keys and values


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request.

    Raises:
        TomoeError: as ``open_base`` and ``codec_of``.
    """
    wish = Wish(
        image_size=request["imageSize"], max_positions=request["maxPositions"], layout=request["layout"]
    )
    opened = open_base(Path(request["folder"]), wish, values=request["checkValues"])
    codec = codec_of(opened) if request["readText"] else None
    text = None if codec is None else text_facts(codec)
    return {"facts": _facts(opened, text), "beside": list(opened.folder.beside)}


def _facts(opened: OpenedBase, text: dict[str, Any] | None) -> dict[str, Any]:
    use, facts, of = opened.use, opened.facts, opened.folder
    targets = opened.family.adapter_targets(use)
    side = use.image_size // facts.size_multiple
    return {
        "family": of.family,
        "parameters": opened.parameters,
        "weightsDigest": BaseFiles(of.folder, way_to(of)).digest,
        "config": of.config,
        "sources": [dict(source) for source in of.sources],
        "tensors": _tensors(opened),
        "vision": _vision(opened),
        "use": {
            "imageSize": use.image_size,
            "maxPositions": use.max_positions,
            "layout": use.layout,
        },
        "layouts": list(facts.layouts),
        "tokens": {"perSlice": side**2, "mergeSize": facts.merge_size},
        "language": _language(opened),
        "loraTargets": list(targets.language),
        "loraVisionTargets": list(targets.vision),
        "pixels": {"mean": list(facts.mean), "std": list(facts.std)},
        "text": text,
        "sites": [f"vision.blocks.{block}.mlp" for block in range(opened.blocks_read)],
        "components": {
            name: {"parameters": size, "dtypes": list(types)}
            for name, (size, types) in opened.components().items()
        },
    }


def _tensors(opened: OpenedBase) -> dict[str, Any]:
    matched = opened.matched
    return {
        "total": len(opened.folder.stored),
        "reused": len(matched.read),
        "inactive": list(opened.inactive),
        "ignored": [{"key": key, "why": why} for key, why in matched.ignored.items()],
        "new": list(opened.folder.new),
        # Either is refused by name before an answer is made.
        "missing": [],
        "unexpected": [],
    }


def _vision(opened: OpenedBase) -> dict[str, Any]:
    tower, facts = opened.model.tower, opened.facts
    return {
        "width": tower.width,
        "heads": tower.heads,
        "mlp": tower.mlp_width,
        "blocks": len(tower.blocks),
        "blocksRead": opened.blocks_read,
        "taps": [{"block": tap.block, "finalNorm": tap.final_norm} for tap in tower.taps],
        "patchSize": tower.patch_size,
        "imageSize": facts.image_size,
        "sizeMultiple": facts.size_multiple,
        "extraTokens": tower.extra_tokens,
        "slicesPerUnit": tower.slices_per_unit,
    }


def _language(opened: OpenedBase) -> dict[str, Any]:
    decoder, facts = opened.model.decoder, opened.facts
    return {
        "width": decoder.width,
        "layers": decoder.layers,
        "vocab": decoder.vocab,
        "maxPositions": facts.max_positions,
        "kvBytesPerToken": BYTES * decoder.kv_numbers,
        "ropeSets": [{"name": one.name, "upTo": one.up_to} for one in facts.rope_sets],
    }


def main() -> int:
    """Answer the request on stdin; returns the exit code."""
    return answered(answer)


if __name__ == "__main__":
    sys.exit(main())
