"""What the worker computes with, as plain data: frozen, keyword-only, without default values.

Names are those of proto/tomoe/v1; ``server/wire/specs.py`` alone makes these of messages, torch takes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class VisionSpec:
    """A CLIP vision transformer; features are read behind ``blocks_read`` of its ``layers``."""

    image_size: int
    patch_size: int
    hidden: int
    layers: int
    heads: int
    mlp: int
    blocks_read: int
    activation: str  # of the MLPs: "quick_gelu"
    norm_epsilon: float


@dataclass(frozen=True, kw_only=True)
class ProjectorSpec:
    """Space-to-channel merge, then Linear, GELU, Linear, with learned separators."""

    merge_size: int
    separators: bool


@dataclass(frozen=True, kw_only=True)
class PoolSpec:
    """Depth pooling inside the projector."""

    depth: int
    kind: str  # "mean" or "mean-max"


@dataclass(frozen=True, kw_only=True)
class LoraSpec:
    """Adapters on linear maps of the decoder's layers, and of the vision blocks that are read."""

    rank: int  # 0 = no adapters
    alpha: float
    targets: tuple[str, ...]
    initial: str  # "kaiming-uniform"
    dropout: float  # of what an adapter reads, while it trains
    vision_targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LanguageSpec:
    """A Phi-3 decoder."""

    vocab: int
    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    mlp: int
    max_positions: int
    rope_theta: float
    initial_std: float
    norm_epsilon: float


@dataclass(frozen=True, kw_only=True)
class LiftSpec:
    """Which vision blocks attend over all slices of a volume."""

    upper_blocks: int
    depth_rope: bool
    rope_base: float
    depth: int


@dataclass(frozen=True, kw_only=True)
class MoeSpec:
    """Text-guided hierarchical experts at ``sites`` ("vision.blocks.16.mlp"), shallowest first."""

    token_experts: int
    sites: tuple[str, ...]
    text_guidance: str  # what the gates read beside an image token: "off", "task" or "question"
    text_width: int
    tasks: tuple[str, ...]
    router_std: float


@dataclass(frozen=True, kw_only=True)
class WindowHu:
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PreprocessSpec:
    """The worker's half of the preprocess contract: HU to three channels, resize, normalise."""

    digest: str
    windows: tuple[WindowHu, ...]  # one repeated, or three, one a channel
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FactSpec:
    """An auxiliary classification head, used in pre-training only."""

    name: str
    classes: int


@dataclass(frozen=True, kw_only=True)
class Phi3vBase:
    """The Phi-3-V architecture at explicit sizes, trained from scratch."""

    kind: Literal["phi3v"]
    vision: VisionSpec
    projector: ProjectorSpec
    language: LanguageSpec


@dataclass(frozen=True, kw_only=True)
class PublishedBase:
    """A family's published files."""

    kind: Literal["published"]
    family: str  # published model_type
    config: str  # config.json as RFC 8785 canonical JSON
    weights_digest: str  # SHA-256 over key, dtype, shape and bytes of every tensor in the files
    image_size: int
    max_positions: int  # pins the set of rotary frequencies
    layout: str  # of a volume's image tokens, by the family's names
    redraw: tuple[str, ...]  # parts drawn at random in place of their weights: "vision", ...


BaseSpec = Phi3vBase | PublishedBase


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    base: BaseSpec
    pool: PoolSpec
    lora: LoraSpec
    lift: LiftSpec
    moe: MoeSpec
    preprocess: PreprocessSpec
    facts: tuple[FactSpec, ...]
    patch_classes: int  # 0 = no dense patch head
    precision: str  # "strict" or "fast"
    recompute: str  # "none", or the insides of "blocks" in the backward pass
    compile: str  # "none" or "blocks"
    words: tuple[str, ...]  # of captions, for the objective "words"; lower case


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    expert_bias: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    site: str
    groups: tuple[GroupPlan, ...]


@dataclass(frozen=True, kw_only=True)
class RoutingPlan:
    """The router policy's whole decision for a span of optimizer steps."""

    effective_from_step: int
    top_k: int
    balance_loss_weight: float
    z_loss_weight: float
    groups: tuple[str, ...]  # ("shared",) or one per task
    layers: tuple[LayerPlan, ...]


@dataclass(frozen=True, kw_only=True)
class ComponentRate:
    component: str
    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class ObjectiveWeight:
    objective: str  # "language", "patches", "facts", "facts:NAME", "words"
    weight: float


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec:
    """How gradients become steps."""

    kind: str  # "adamw"
    betas: tuple[float, ...]
    epsilon: float
    schedule: str  # "cosine", "linear", "constant" or "stable-decay"
    decays: str  # "matrices"


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    name: str
    steps: int
    seed: int
    trains: tuple[ComponentRate, ...]
    objectives: tuple[ObjectiveWeight, ...]
    warmup_fraction: float
    weight_decay: float
    clip_norm: float
    routing: str  # "shared" or "per-task"
    optimizer: OptimizerSpec
    micro_batch: int  # volumes of a rank that pass at once, 0: all; the step's gradient is of all of them
    task_cosine_every: int  # steps between two looks at how the tasks' gradients agree, 0: never
    too_long: str  # "refuse", or "cut-report": an answer that does not fit is cut at its end
    share_prefix: bool  # whether items with equal image tokens pass behind them once


@dataclass(frozen=True, kw_only=True)
class VolumeChange:
    """How a volume is changed before it is looked at; of an evaluation not at all."""

    mirrored: bool
    turned_degrees: float
    gain: float
    shift_hu: float


@dataclass(frozen=True, kw_only=True)
class BatchVolume:
    """One volume as decoded: ``voxels_DHW`` int16 HU in model orientation (D = 1 for a slice).

    ``patch_labels_DHW`` is int16 on the patch grid, -1 = ignore, or None. ``words`` are the places in
    ``ModelSpec.words`` of those that its caption has, or None where no caption is known.
    """

    volume_id: str
    slot: int
    voxels_DHW: Tensor
    facts: dict[str, int]  # -1 = does not apply
    patch_labels_DHW: Tensor | None
    words: tuple[int, ...] | None
    change: VolumeChange


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    item_id: str
    volume_index: int
    prompt: str
    target: str
    task: str
    loss_weight: float


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one rank sees in one optimizer step."""

    step: int
    global_volume_count: int
    volumes: tuple[BatchVolume, ...]
    items: tuple[BatchItem, ...]
    digest: str


@dataclass(frozen=True, kw_only=True)
class Query:
    query_id: str
    volume_index: int
    prompt: str
    task: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Batching:
    """Bounds of one pass over queries; who shares a pass can change the last bits of a result."""

    sequences: int
    cache_bytes: int


@dataclass(frozen=True, kw_only=True)
class Generation:
    """How text is made."""

    mode: str  # "greedy"
    max_new_tokens: int
    batching: Batching
    sees_image: bool  # False: no image token stands before the prompt


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """How options are scored."""

    mode: str  # "loglik-sum"
    batching: Batching
    sees_image: bool


@dataclass(frozen=True, kw_only=True)
class ExpertLoad:
    """Tokens per expert in one step, layer x group x expert, int64, summed over ranks."""

    step: int
    tokens_LGE: Tensor
    body_LGE: Tensor  # of them those of patches that hold more than air
    gate_entropy_LG: Tensor  # mean over tokens of their gates' entropy, in nats, float64; 0 of none


@dataclass(frozen=True, kw_only=True)
class TaskCosine:
    """The cosine between two tasks' gradients in one block, -1 to 1."""

    block: str
    one: str
    other: str
    cosine: float


@dataclass(frozen=True, kw_only=True)
class StepResult:
    step: int
    loss: float
    gradient_norm: float
    learning_rate_scale: float
    objective_losses: dict[str, float]
    expert_load: ExpertLoad
    seconds: float
    terms: dict[str, float]
    cosines: tuple[TaskCosine, ...]  # at the steps that look at them


@dataclass(frozen=True, kw_only=True)
class GeneratedText:
    query_id: str
    text: str
    tokens: int
    ended: bool
    encode_seconds: float
    generate_seconds: float
