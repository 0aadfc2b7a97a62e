"""Tiny bases in the published layouts, written by transformers' own classes; shared by the tests of bases."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from published_text import chatml_tokenizer, llama_tokenizer
from safetensors.torch import save_file
from tiny_model import tiny_spec
from tokenizers import Tokenizer
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_folder import load_weights, open_folder
from tomoe_worker.spec import PublishedBase
from torch import nn
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModel,
    InternVLConfig,
    InternVLForConditionalGeneration,
    Phi3Config,
    Phi3ForCausalLM,
)

VISION: dict[str, Any] = {
    "attention_bias": True,
    "hidden_act": "gelu",
    "hidden_size": 32,
    "image_size": [28, 28],
    "intermediate_size": 48,
    "layer_norm_eps": 1e-6,
    "layer_scale_init_value": 0.1,
    "model_type": "internvl_vision",
    "norm_type": "layer_norm",
    "num_attention_heads": 2,
    "num_channels": 3,
    "num_hidden_layers": 3,
    "patch_size": [7, 7],
    "use_absolute_position_embeddings": True,
    "use_mask_token": False,
    "use_mean_pooling": False,
    "use_qk_norm": False,
}
TEXT: dict[str, Any] = {
    "hidden_act": "silu",
    "hidden_size": 32,
    "intermediate_size": 64,
    "max_position_embeddings": 512,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "vocab_size": 400,
}


def internvl_config(text: str = "llama", *, tied: bool = True, **vision: Any) -> dict[str, Any]:
    """A config.json as published."""
    extra = {"llama": {"attention_bias": False, "mlp_bias": False}, "qwen2": {"use_sliding_window": False}}
    own = {**TEXT, **extra.get(text, {}), "model_type": text, "tie_word_embeddings": tied}
    return {
        "architectures": ["InternVLForConditionalGeneration"],
        "downsample_ratio": 0.5,
        "image_token_id": Tokenizer.from_str(chatml_tokenizer()).token_to_id("<IMG_CONTEXT>"),
        "model_type": "internvl",
        "projector_hidden_act": "gelu",
        "text_config": {**own, "head_dim": 8} if text == "qwen3" else own,
        "tie_word_embeddings": tied,
        "torch_dtype": "float32",
        "vision_config": {**VISION, **vision},
        "vision_feature_layer": -1,
        "vision_feature_select_strategy": "default",
    }


def shaken(model: nn.Module, seed: int = 0) -> nn.Module:
    """Every tensor away from its first value: norms and scales from 1, biases from 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise * (0.3 if parameter.dim() < 2 else 0.15))
    return model.eval()


def write_internvl(folder: Path, config: dict[str, Any], shards: int = 1) -> InternVLForConditionalGeneration:
    """The folder of a random InternVL, and the model that transformers makes of the config."""
    torch.manual_seed(1)
    model = InternVLForConditionalGeneration._from_config(
        InternVLConfig.from_dict(json.loads(json.dumps(config))), attn_implementation="sdpa"
    )
    shaken(model)
    folder.mkdir(parents=True, exist_ok=True)
    size = "10GB" if shards == 1 else f"{sum(p.numel() * 4 for p in model.parameters()) // shards // 1000}KB"
    model.save_pretrained(folder, max_shard_size=size)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(chatml_tokenizer())
    for name in ("generation_config.json",):
        (folder / name).unlink(missing_ok=True)
    return model


def rewrite(folder: Path, change: Any) -> None:
    """Write ``model.safetensors`` of a folder anew after a change of its tensors, a function of the dict."""
    from safetensors.torch import load_file

    tensors = load_file(folder / "model.safetensors")
    tensors = {key: tensor.clone() for key, tensor in tensors.items()}
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


CLIP: dict[str, Any] = {
    "hidden_size": 32,
    "image_size": 28,
    "intermediate_size": 48,
    "num_attention_heads": 2,
    "num_hidden_layers": 4,
    "patch_size": 7,
}


def phi3v_config(**fields: Any) -> dict[str, Any]:
    """A config.json as published; the tower's sizes, which the published code knows by name, said as well."""
    return {
        "architectures": ["Phi3VForCausalLM"],
        "auto_map": {"AutoModelForCausalLM": "modeling_phi3_v.Phi3VForCausalLM"},
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "embd_layer": {
            "embedding_cls": "image",
            "hd_transform_order": "sub_glb",
            "projection_cls": "mlp",
            "use_hd_transform": True,
            "with_learnable_separator": True,
        },
        "embd_pdrop": 0.0,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "hidden_size": 32,
        "img_processor": {
            "image_dim_out": 32,
            "name": "clip_vision_model",
            "num_img_tokens": 4,
            "vision_config": CLIP,
        },
        "initializer_range": 0.02,
        "intermediate_size": 64,
        "max_position_embeddings": 512,
        "model_type": "phi3_v",
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "num_key_value_heads": 4,
        "original_max_position_embeddings": 32,
        "resid_pdrop": 0.0,
        "rms_norm_eps": 1e-5,
        "rope_scaling": {
            "long_factor": [1.5, 2.0, 4.0, 8.0],
            "short_factor": [1.0, 1.1, 1.2, 1.3],
            "type": "su",
        },
        "rope_theta": 10000.0,
        "sliding_window": 262144,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "transformers_version": "4.38.1",
        "use_cache": True,
        "vocab_size": 400,
        **fields,
    }


# Phi-3.5-vision-instruct at its full size.
PHI35_VISION = phi3v_config(
    hidden_size=3072,
    img_processor={
        "image_dim_out": 1024,
        "model_name": "openai/clip-vit-large-patch14-336",
        "name": "clip_vision_model",
        "num_img_tokens": 144,
    },
    intermediate_size=8192,
    max_position_embeddings=131072,
    num_attention_heads=32,
    num_hidden_layers=32,
    num_key_value_heads=32,
    original_max_position_embeddings=4096,
    rope_scaling={"type": "su", "short_factor": [1.0] * 48, "long_factor": [1.08] * 48},
    vocab_size=32064,
)


class Phi3vParts(nn.Module):
    """Phi-3-V put together of transformers' own CLIP and Phi-3, and of the published projector."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        torch.manual_seed(1)
        tower = config["img_processor"]["vision_config"]
        clip = CLIPVisionConfig(**tower, hidden_act="quick_gelu", layer_norm_eps=1e-5)
        scaling = config["rope_scaling"]
        names = (
            "vocab_size",
            "hidden_size",
            "intermediate_size",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "max_position_embeddings",
            "original_max_position_embeddings",
            "rms_norm_eps",
        )
        phi3 = Phi3Config(
            **{name: config[name] for name in names},
            rope_parameters={
                **scaling,
                "rope_type": "longrope",
                "type": "longrope",
                "rope_theta": config["rope_theta"],
                "original_max_position_embeddings": config["original_max_position_embeddings"],
            },
            pad_token_id=None,
        )
        self.clip = CLIPVisionModel._from_config(clip, attn_implementation="sdpa")
        self.phi3 = Phi3ForCausalLM._from_config(phi3, attn_implementation="sdpa")
        merged, width = 4 * tower["hidden_size"], config["hidden_size"]
        self.img_projection = nn.Sequential(nn.Linear(merged, width), nn.GELU(), nn.Linear(width, width))
        self.glb_GN = nn.Parameter(torch.zeros(1, 1, merged))
        self.sub_GN = nn.Parameter(torch.zeros(1, 1, 1, merged))
        shaken(self)

    def published(self) -> dict[str, torch.Tensor]:
        """The tensors under their published names."""
        prefix = "model.vision_embed_tokens."
        tensors = {key: tensor for key, tensor in self.phi3.state_dict().items()}
        for key, tensor in self.clip.state_dict().items():
            tensors[f"{prefix}img_processor.vision_model.{key.removeprefix('vision_model.')}"] = tensor
        for key, tensor in self.img_projection.state_dict().items():
            tensors[f"{prefix}img_projection.{key}"] = tensor
        return {**tensors, prefix + "glb_GN": self.glb_GN.data, prefix + "sub_GN": self.sub_GN.data}

    @torch.no_grad()
    def image_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """As the published code: the crop's lines, the mark, the whole's lines; the crop is the whole."""
        seen = self.clip(pixel_values=pixels, output_hidden_states=True, interpolate_pos_encoding=True)
        features = seen.hidden_states[-2][:, 1:]
        images, patches, width = features.shape
        side = int(patches**0.5)
        tokens = []
        for image in features.view(images, side, side, width):
            lines = []
            for row in range(0, side, 2):
                for column in range(0, side, 2):
                    square = image[row : row + 2, column : column + 2].reshape(-1)
                    lines.append(square)
                lines.append(self.sub_GN.view(-1))
            tokens.append(torch.stack([*lines, self.glb_GN.view(-1), *lines]))
        return self.img_projection(torch.stack(tokens))


def write_phi3v(folder: Path, config: dict[str, Any]) -> Phi3vParts:
    """The folder of a random Phi-3-V, and its parts."""
    parts = Phi3vParts(config)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {key: tensor.detach().contiguous().clone() for key, tensor in parts.published().items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(llama_tokenizer())
    return parts


class Reference:
    """The 2D model as transformers computes it, for the tests that every base passes."""

    def __init__(self, model: Any) -> None:
        self.model = model

    @torch.no_grad()
    def image_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Image tokens of slices in the base's own layout, SJL."""
        if isinstance(self.model, Phi3vParts):
            return self.model.image_tokens(pixels)
        seen = self.model.model.get_image_features(
            pixel_values=pixels,
            vision_feature_layer=-1,
            vision_feature_select_strategy="default",
            return_dict=True,
        )
        return seen.pooler_output

    @torch.no_grad()
    def states(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        """The residual stream behind the embedding and behind every block, SNC each."""
        if isinstance(self.model, Phi3vParts):
            seen = self.model.clip(
                pixel_values=pixels, output_hidden_states=True, interpolate_pos_encoding=True
            )
        else:
            seen = self.model.model.vision_tower(pixel_values=pixels, output_hidden_states=True)
        return list(seen.hidden_states)

    @torch.no_grad()
    def whole(self, ids: Sequence[int], pixels: torch.Tensor) -> torch.Tensor:
        """Logits of the whole 2D model at every position of one text beside each image, STV.

        Args:
            ids: of the text, negative where the image stands.
        """
        rows = torch.tensor(ids).expand(len(pixels), -1)
        if not isinstance(self.model, Phi3vParts):
            rows = torch.where(rows < 0, self.model.config.image_token_id, rows)
            return self.model(input_ids=rows, pixel_values=pixels).logits
        # As the published code: ids below 0 are clamped, and what they embed is put over.
        embeddings = self.model.phi3.get_input_embeddings()(rows.clamp(0))
        embeddings[rows < 0] = self.model.image_tokens(pixels).flatten(0, 1)
        return self.model.phi3(inputs_embeds=embeddings).logits

    @torch.no_grad()
    def logits(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Logits of sequences of embeddings."""
        if isinstance(self.model, Phi3vParts):
            return self.model.phi3(inputs_embeds=embeddings).logits
        return self.model(inputs_embeds=embeddings).logits


@dataclass(frozen=True)
class Written:
    """A base in a folder, and what transformers makes of it."""

    folder: Path
    reference: Reference
    layout: str


FAMILIES = ("phi3_v", "internvl-llama", "internvl-qwen2", "internvl-qwen3")


def write_base(folder: Path, name: str) -> Written:
    """One base of each kind that is read from files, in the layout of its 2D model."""
    if name == "phi3_v":
        return Written(folder, Reference(write_phi3v(folder, phi3v_config())), "phi3v-2d")
    config = {
        "internvl-llama": internvl_config("llama"),
        "internvl-qwen2": internvl_config("qwen2", tied=False, use_mean_pooling=True),
        "internvl-qwen3": internvl_config("qwen3", use_qk_norm=True, norm_type="rms_norm"),
    }[name]
    return Written(folder, Reference(write_internvl(folder, config)), "internvl")


def published_base(
    written: Written, *, image_size: int = 28, max_positions: int = 256, redraw: tuple[str, ...] = ()
) -> PublishedBase:
    of = open_folder(written.folder)
    return PublishedBase(
        kind="published",
        family=of.family,
        config=of.config,
        weights_digest=BaseFiles(written.folder, "").digest,
        image_size=image_size,
        max_positions=max_positions,
        layout=written.layout,
        redraw=redraw,
    )


def published_model(written: Written, **parts: Any) -> TomoeModel:
    """The folder as a model, 2D, its weights in place; ``parts`` as of ``tiny_spec``, or of the base, and the
    precision.
    """
    precision = parts.pop("precision", "strict")
    own = {name: parts.pop(name) for name in ("image_size", "max_positions", "redraw") if name in parts}
    base = published_base(written, **own)
    of = open_folder(written.folder)
    spec = dataclasses.replace(
        tiny_spec(**{"lift": {"upper_blocks": 2}, **parts}), base=base, precision=precision
    )
    model = TomoeModel(spec, of.codec(base), 3, "cpu")
    load_weights(model, of, 5, "cpu")
    return model
