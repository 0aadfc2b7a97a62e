"""One base folder in InternVL's published layout from a DINOv2 tower (ONNX) and a Llama decoder (GGUF)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safetensors.torch import save_file

from tomoe_worker.weights.dinov2 import vision_tower
from tomoe_worker.weights.gguf_file import GgufFile
from tomoe_worker.weights.llama import config as text_config
from tomoe_worker.weights.llama import decoder, tokenizer
from tomoe_worker.weights.onnx_file import OnnxFile
from tomoe_worker.weights.source import invalid

# An id that plainly encoded text never yields, so that it may stand for an image token.
IMAGE_TOKEN: Final = "<empty_output>"
_PROJECTOR: Final = "multi_modal_projector."
_IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
_IMAGENET_STD: Final = (0.229, 0.224, 0.225)


@dataclass(frozen=True, kw_only=True)
class BuiltBase:
    """What was written."""

    tensors: int
    parameters: int


def build_base(vision: Path, language: Path, out: Path, sources: list[dict[str, str]]) -> BuiltBase:
    """Write ``config.json``, ``model.safetensors``, tokenizer and preprocessor files and ``tomoe.json``.

    The projector between the two is new and not written: ``tomoe.json`` names its tensors as such.

    Args:
        vision: a DINOv2 tower as ONNX.
        language: a Llama decoder as GGUF.
        out: an empty folder.
        sources: package, version, digest and licence of what the files came from, for ``tomoe.json``.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if a file is damaged or holds another kind of model.
    """
    onnx, gguf = OnnxFile(vision), GgufFile(language)
    tensors = {**vision_tower(onnx), **decoder(gguf, "language_model.model.")}
    text = text_config(gguf)
    words = tokenizer(gguf)
    image_token = words.token_to_id(IMAGE_TOKEN)
    if image_token is None:
        raise invalid(language, f"its vocabulary has no {IMAGE_TOKEN}")
    save_file(tensors, str(out / "model.safetensors"), metadata={"format": "pt"})
    words.save(str(out / "tokenizer.json"))
    _write(out / "config.json", _config(_vision_config(tensors, onnx.path), text, image_token))
    _write(out / "preprocessor_config.json", _preprocessor(onnx.path, tensors))
    _write(out / "generation_config.json", {"eos_token_id": [2, 0], "pad_token_id": text["pad_token_id"]})
    _write(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": words.id_to_token(text["bos_token_id"]),
            "eos_token": words.id_to_token(text["eos_token_id"]),
            "pad_token": words.id_to_token(text["pad_token_id"]),
            "unk_token": words.id_to_token(int(gguf.value("tokenizer.ggml.unknown_token_id"))),
            "chat_template": gguf.value("tokenizer.chat_template"),
        },
    )
    new = [_PROJECTOR + name for name in ("layer_norm", "linear_1", "linear_2") for name in _pair(name)]
    _write(out / "tomoe.json", {"format": "tomoe.base/1", "new": new, "sources": sources})
    return BuiltBase(tensors=len(tensors), parameters=sum(tensor.numel() for tensor in tensors.values()))


def _pair(name: str) -> tuple[str, str]:
    return f"{name}.weight", f"{name}.bias"


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _vision_config(tensors: dict[str, Any], path: Path) -> dict[str, Any]:
    prefix = "vision_tower."
    width, _, patch, _ = tensors[prefix + "embeddings.patch_embeddings.projection.weight"].shape
    positions = tensors[prefix + "embeddings.position_embeddings"].shape[1] - 1
    side = round(positions**0.5)
    layers = sum(name.endswith(".lambda_1") for name in tensors)
    if side * side != positions or width % 64:
        raise invalid(path, f"{positions} positions of width {width} are no square grid of heads of 64")
    return {
        "model_type": "internvl_vision",
        "hidden_size": width,
        "num_hidden_layers": layers,
        # DINOv2's heads are 64 wide in every published size.
        "num_attention_heads": width // 64,
        "intermediate_size": tensors[prefix + "encoder.layer.0.mlp.fc1.weight"].shape[0],
        "image_size": [side * patch, side * patch],
        "patch_size": [patch, patch],
        "num_channels": 3,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-6,
        "attention_bias": True,
        "use_qk_norm": False,
        "use_absolute_position_embeddings": True,
        "use_mask_token": False,
        "use_mean_pooling": False,
        "layer_scale_init_value": 1.0,
        "norm_type": "layer_norm",
    }


def _config(vision: dict[str, Any], text: dict[str, Any], image_token: int) -> dict[str, Any]:
    return {
        "architectures": ["InternVLForConditionalGeneration"],
        "model_type": "internvl",
        "dtype": "float32",
        "vision_config": vision,
        "text_config": text,
        "image_token_id": image_token,
        "downsample_ratio": 0.5,
        "projector_hidden_act": "gelu",
        "vision_feature_layer": -1,
        "vision_feature_select_strategy": "default",
        "tie_word_embeddings": True,
    }


def _preprocessor(path: Path, tensors: dict[str, Any]) -> dict[str, Any]:
    side = _vision_config(tensors, path)["image_size"][0]
    return {
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": list(_IMAGENET_MEAN),
        "image_std": list(_IMAGENET_STD),
        "size": {"height": side, "width": side},
    }
