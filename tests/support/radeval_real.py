"""With radeval itself: tiny weights as its metrics ask for them, and scores by its own classes on them.

``PYTHON tests/support/radeval_real.py DIR`` in an environment of radeval reads pairs [prediction, target]
from stdin, writes DIR/OWNER/NAME of each model and prints {metric: scores}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import torch
import transformers

NER: Final = "Angelakeke/RaTE-NER-Deberta"
SYNONYMS: Final = "FremyCompany/BioLORD-2023-C"
LABELLER: Final = "IAMJB/RadBERT-CT"
WORDS: Final = [
    "a",
    "the",
    "of",
    "in",
    "is",
    "no",
    "liver",
    "spleen",
    "lung",
    "left",
    "right",
    "small",
    "large",
    "cyst",
    "nodule",
    "effusion",
    "normal",
    ".",
    ",",
    ":",
]
SHAPE: Final = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
}
# As in the published model: five kinds of entities, each with a beginning and an inside.
KINDS: Final = ("ABNORMALITY", "NON-ABNORMALITY", "DISEASE", "NON-DISEASE", "ANATOMY")


def _tokenizer(place: Path) -> int:
    place.mkdir(parents=True)
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (place / "vocab.txt").write_text("\n".join(entries), encoding="utf-8")
    made = transformers.BertTokenizerFast(vocab_file=str(place / "vocab.txt"), model_max_length=64)
    made.save_pretrained(place)
    return len(entries)


def _labels(names: list[str]) -> dict[str, Any]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: at for at, name in enumerate(names)}}


def write(folder: Path) -> None:
    """Write the three models; drawn wide, so that words differ in kind and neighbourhood."""
    torch.manual_seed(11)
    size = {place: _tokenizer(folder / place) for place in (NER, SYNONYMS, LABELLER)}
    entities = ["O", *(f"{at}-{kind}" for kind in KINDS for at in ("B", "I"))]
    ner = transformers.DebertaV2Config(
        vocab_size=size[NER], initializer_range=0.4, **SHAPE, **_labels(entities)
    )
    transformers.DebertaV2ForTokenClassification(ner).save_pretrained(folder / NER)
    synonyms = transformers.MPNetConfig(vocab_size=size[SYNONYMS], initializer_range=0.4, **SHAPE)
    transformers.MPNetModel(synonyms).save_pretrained(folder / SYNONYMS)
    labels = _labels([f"L{at}" for at in range(18)])
    labeller = transformers.RobertaConfig(
        vocab_size=size[LABELLER],
        pad_token_id=0,
        initializer_range=2.0,
        problem_type="multi_label_classification",
        **SHAPE,
        **labels,
    )
    transformers.RobertaForSequenceClassification(labeller).save_pretrained(folder / LABELLER)


def main() -> None:
    """Write the models and score the pairs by radeval's own classes, each given its folders by path."""
    folder = Path(sys.argv[1])
    pairs = json.load(sys.stdin)
    write(folder)
    from radeval.metrics.f1Radbert_ct.f1Radbert_ct import F1RadbertCT
    from radeval.metrics.RaTEScore.scorer import RaTEScore

    said, wanted = ([pair[at] for pair in pairs] for at in (0, 1))
    scores, *_ = RaTEScore(
        bert_model=str(folder / NER), eval_model=str(folder / SYNONYMS), use_gpu=False
    ).compute_score(said, wanted)
    labeller = F1RadbertCT(model_id=str(folder / LABELLER), threshold=0.5, batch_size=16)
    _, right, _ = labeller(said, wanted)
    print(json.dumps({"ratescore": [float(one) for one in scores], "radbert": [float(one) for one in right]}))


if __name__ == "__main__":
    main()
