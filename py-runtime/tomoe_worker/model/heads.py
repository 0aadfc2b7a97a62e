"""Auxiliary heads: dense patch labels, facts read from pooled features, and words read from image tokens."""

# Shapes: R = rows, D = slices, P = patches, C = vision hidden, J = image tokens, L = language width, V =
# vocabulary, W = words, T = tokens of all words.
from __future__ import annotations

import torch
from torch import Tensor, nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.precision import exactly
from tomoe_worker.spec import FactSpec


class PatchHead(nn.Module):
    """A class for every patch of every slice."""

    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, classes)

    def forward(self, features_RDPC: Tensor) -> Tensor:
        """Logits R, D, P, classes."""
        with exactly(features_RDPC):
            logits: Tensor = self.out(self.norm(features_RDPC.float()))
        return logits


class FactHeads(nn.Module):
    """One classifier per fact over the mean and the maximum of all patch features of a volume or slice."""

    def __init__(self, hidden: int, facts: tuple[FactSpec, ...]) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(2 * hidden)
        self.out = nn.ModuleDict({fact.name: nn.Linear(2 * hidden, fact.classes) for fact in facts})

    def forward(self, features_RDPC: Tensor) -> dict[str, Tensor]:
        """Logits of every fact, each R, classes."""
        flat = features_RDPC.flatten(1, 2).float()
        with exactly(flat):
            pooled = self.norm(torch.cat([flat.mean(dim=1), flat.amax(dim=1)], dim=-1))
            return {name: head(pooled) for name, head in self.out.items()}


class WordHead(nn.Module):
    """Which words describe an image, read from its tokens by the decoder's own embeddings: no pass through
    the decoder, and no weights but one threshold a word.

    A word is encoded as it stands inside a sentence, behind another word; its row is the mean of the rows
    of its tokens. Its score is the largest product of its row and an image token, in units in which rows and
    tokens as long as the rows of all words together, and of chance directions, give a deviation of 1.
    """

    def __init__(self, codec: TextCodec, words: tuple[str, ...]) -> None:
        """Find the words among the tokens of the base.

        Raises:
            TomoeError: ``CONFIG_INVALID`` for a word of which the base has no token, or that it cannot tell
                from another.
        """
        super().__init__()
        self.ids = tuple(_inside_a_sentence(codec, word) for word in words)
        first: dict[tuple[int, ...], str] = {}
        for word, ids in zip(words, self.ids, strict=True):
            if not ids or ids in first:
                what = f"cannot be told from {first[ids]!r}" if ids else "has no token of its own"
                raise TomoeError(
                    "CONFIG_INVALID",
                    f"the word {word!r} {what} in the vocabulary of the base",
                    hint="Leave it out, or use a base that knows it.",
                )
            first[ids] = word
        self.threshold = nn.Parameter(torch.zeros(len(words)))

    def forward(self, image_RJL: Tensor, table_VL: Tensor) -> Tensor:
        """Logits R, W.

        Args:
            image_RJL: as the decoder reads them.
            table_VL: its embeddings.
        """
        device = image_RJL.device
        flat_T = torch.tensor([one for ids in self.ids for one in ids], device=device)
        counts_W = torch.tensor([len(ids) for ids in self.ids], device=device)
        owner_T = torch.tensor([at for at, ids in enumerate(self.ids) for _ in ids], device=device)
        with exactly(image_RJL):
            pieces_TL = table_VL[flat_T].float()
            summed_WL = pieces_TL.new_zeros(len(self.ids), pieces_TL.shape[1]).index_add(
                0, owner_T, pieces_TL
            )
            rows_WL = summed_WL / counts_W.unsqueeze(1)
            unit = rows_WL.detach().square().mean() * rows_WL.shape[1] ** 0.5
            scores_RW = torch.einsum("rjl,wl->rjw", image_RJL.float(), rows_WL).amax(dim=1) / unit
            logits_RW: Tensor = scores_RW - self.threshold
        return logits_RW


def _inside_a_sentence(codec: TextCodec, word: str) -> tuple[int, ...]:
    """Ids of a word behind another one; none where the two cannot be told apart."""
    lead, both = codec.encode("a"), codec.encode(f"a {word}")
    return both[len(lead) :] if both[: len(lead)] == lead else ()
