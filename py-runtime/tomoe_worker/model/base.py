"""What a 2D model must offer to be lifted, trained and asked: four protocols and the base that joins them.

Lift, experts, caches, trainer and scoring see these alone; what a family is called, how it cuts an image
into tokens and how its file names its tensors stays below ``bases/<family>``.
"""

# Shapes: S = slices, N = tokens a slice (extra tokens first), P = patches, C = vision width, H = heads, K =
# head width, R = rows, D = slices of a volume, J = image tokens, T = positions, Q = positions that are read,
# L = language width, V = vocabulary.
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from tomoe_worker.spec import LoraSpec, PoolSpec


@dataclass(frozen=True, kw_only=True)
class Tap:
    """Where features leave the tower: behind a block, with or without the final norm."""

    block: int
    final_norm: bool


class Block(Protocol):
    """One residual block of a tower in its two halves; every tensor it reads is the published model's."""

    mlp: nn.Module  # what experts copy and stand in for

    def qkv(self, x_SNC: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of a slice's tokens, each S,H,N,K, turned as the family turns them in
        plane.
        """

    def attended(self, x_SNC: Tensor, mixed_SNC: Tensor) -> Tensor:
        """The residual stream behind the attention half."""

    def normed(self, x_SNC: Tensor) -> Tensor:
        """What the MLP half reads: the MLP, or the gate and its experts."""

    def fed(self, x_SNC: Tensor, y_SNC: Tensor) -> Tensor:
        """The residual stream behind the MLP half, ``y`` being what MLP or experts gave."""

    def parameters_of(self, mlp: bool) -> list[nn.Parameter]:
        """Parameters that one half reads."""


class VisionTower(Protocol):
    """Slices to patch features, half step by half step."""

    blocks: Sequence[Block]
    taps: tuple[Tap, ...]  # shallow to deep; the last is the main one, and no block behind it is read
    extra_tokens: int  # in front of the patches: class token, registers
    slices_per_unit: int  # slices that enter one token together
    image_size: int  # rows and columns of its input
    patch_size: int
    width: int
    heads: int
    mlp_width: int

    def embed(self, pixels_S3II: Tensor) -> Tensor:
        """Half step 0: patches, extra tokens, positions; SNC."""

    def finish(self, x_SNC: Tensor, tap: Tap) -> Tensor:
        """Patch features at a tap, SPC: the final norm where the tap has it, extra tokens dropped."""

    def embedding_parameters(self) -> list[nn.Parameter]:
        """Parameters that half step 0 reads."""


class Projector(Protocol):
    """Patch features to language tokens."""

    def tokens(self, features_RDPC: Tensor) -> Tensor:
        """Language-space tokens of every row, RJL, the family's separators among them."""

    def count(self, depth: int) -> int:
        """J for a volume of ``depth`` slices."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Token ids around one question: before the image, between image and prompt, between prompt and answer;
    the token that ends an answer and all that stop a text.
    """

    before: tuple[int, ...]
    after_image: tuple[int, ...]
    after_prompt: tuple[int, ...]
    end: int
    stops: frozenset[int]


class TextCodec(Protocol):
    """Text to ids and back; user text stays text, whatever it spells."""

    digest: str  # SHA-256 of ``to_json``
    size: int  # ids, added ones included
    frame: Frame

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of plain text.

        Raises:
            TomoeError: ``WIRE_INVALID`` if the text holds a lone surrogate, which UTF-8 cannot carry.
        """

    def prompt(self, text: str) -> tuple[int, ...]:
        """Ids of a prompt as they stand behind the image, with what the frame puts in between."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; ids that are no text have none."""

    def to_json(self) -> str:
        """The whole codec as JSON text."""


@dataclass(frozen=True, kw_only=True)
class KeyValues:
    """Cached keys and values of every layer, each R, H_kv, T, K, and which of the T are real in each row."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    visible_RT: Tensor  # bool: cached positions that a continuation may attend to


@dataclass(frozen=True, kw_only=True)
class Apart:
    """How rows are read that hold several sequences behind one prefix, none of which sees another."""

    front: int  # positions of the prefix, in every row the same number
    positions_RT: Tensor  # where each token stands in its own sequence, prefix and its part of the row
    of_RT: Tensor  # the sequence of each token, from 1; 0 in the prefix, -1 in the padding


class Decoder(Protocol):
    """The language model over embeddings."""

    width: int
    mlp_width: int
    layers: int
    vocab: int
    max_positions: int  # longest sequence: image, prompt and answer together
    kv_numbers: int  # keys and values that one position leaves behind, over all layers

    @property
    def table_VL(self) -> Tensor:
        """Its token embeddings."""

    def embed(self, ids: Tensor) -> Tensor:
        """Embeddings of ids of any shape."""

    def read_positions(self, x_RTL: Tensor, read_RQ: Tensor) -> Tensor:
        """Final hidden states at the positions ``read_RQ`` of right-padded rows, RQL."""

    def read_apart(self, x_RTL: Tensor, apart: Apart, read_RQ: Tensor) -> Tensor:
        """The same of rows that hold several sequences each: what every one of them would have by itself.

        Args:
            read_RQ: places in the rows, not in the sequences.
        """

    def prefill(self, x_RTL: Tensor, lengths_R: Tensor) -> tuple[Tensor, KeyValues]:
        """Final hidden state at each row's last real position, RL, and the cache of right-padded prefixes."""

    def extend(
        self, x_RTL: Tensor, positions_RT: Tensor, within_RTT: Tensor, cache: KeyValues
    ) -> tuple[Tensor, KeyValues]:
        """Hidden states of new positions behind a cache, RTL, and the cache grown by them.

        Args:
            x_RTL: embeddings of the new tokens.
            positions_RT: their positions, which several continuations of one prefix may share.
            within_RTT: bool, which new positions each new position attends to (itself included).
            cache: keys and values of what stands in front; all visible ones are attended to.
        """

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of every id."""


@dataclass(frozen=True, kw_only=True)
class AdapterTargets:
    """Linear maps that adapters can stand beside, by the names that the published modules give them."""

    language: tuple[str, ...]  # of each layer of the decoder
    vision: tuple[str, ...]  # of each block of the tower


class Around(Protocol):
    """What a base is built with beside its own sizes; a ModelSpec has it."""

    @property
    def pool(self) -> PoolSpec:
        """Depth pooling inside its projector."""

    @property
    def lora(self) -> LoraSpec:
        """Adapters beside its linear maps."""

    @property
    def recompute(self) -> str:
        """What a backward pass computes again: "none" or "blocks"."""

    @property
    def compile(self) -> str:
        """What runs compiled: "none" or "blocks"."""


class Base(nn.Module):
    """A 2D model: tower, projector, codec and decoder, and which tensor belongs to which part of it.

    The modules below hold the weights under the keys of the published model; tower, projector and decoder
    walk them and hold none of their own.
    """

    tower: VisionTower
    projector: Projector
    codec: TextCodec
    decoder: Decoder

    @abstractmethod
    def part_of(self, key: str) -> str | None:
        """The part that a tensor of the 2D model belongs to, by its state-dict key.

        Returns:
            "vision.embedding", "vision.blocks.N", "vision.norm", "projector" or "language"; None for what
            the 2D model itself does not read: it is kept and exported, and never trained.
        """
