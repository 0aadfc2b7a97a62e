"""Tokenizers and chat templates of the kinds that the families publish, tiny; for the tests of bases."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "Which phase was used in the scan?",
    "Is there a lesion in the left lung? Choices: A. yes B. no",
    "Describe the scan. The lungs are clear, no pleural effusion is seen.",
    "The imaging plane is axial; the largest lesion is in the liver.",
]
# How Qwen2 cuts a text into pieces.
_QWEN_PIECE = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
CHATML_SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<img>", "</img>", "<IMG_CONTEXT>",
    "<quad>", "</quad>", "<ref>", "</ref>", "<box>", "</box>",
)  # fmt: skip
# Published tokenizers have added tokens that are not special, too.
CHATML_ADDED = ("<tool_call>", "</tool_call>", "<think>")
PHI3_SPECIAL = (
    "<|endoftext|>", "<|assistant|>", "<|placeholder1|>", "<|system|>", "<|end|>", "<|user|>", "<|image|>",
)  # fmt: skip

# As published: Phi-3.5-vision's, whose content names its images by <|image_N|>, and InternVL3's.
PHI3V_TEMPLATE = (
    "{% for message in messages %}{{'<|' + message['role'] + '|>' + '\n' + message['content'] + "
    "'<|end|>\n' }}{% endfor %}{% if add_generation_prompt and messages[-1]['role'] != 'assistant' %}"
    "{{- '<|assistant|>\n' -}}{% endif %}"
)
INTERNVL_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'}}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}{{ '<IMG_CONTEXT>\n' }}"
    "{% elif content['type'] == 'video' %}{{ '<video>\n' }}"
    "{% elif content['type'] == 'text' %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{{'<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{'<|im_start|>assistant\n' }}{% endif %}"
)


@cache
def chatml_tokenizer() -> str:
    """Qwen's kind: NFC, byte-level BPE with learned merges, ChatML's tokens and InternVL's as added ones."""
    backend = Tokenizer(models.BPE())
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN_PIECE), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False)
    )
    for token in CHATML_SPECIAL:
        backend.add_special_tokens([AddedToken(token, special=True, normalized=False)])
    backend.add_tokens([AddedToken(token, special=False, normalized=False) for token in CHATML_ADDED])
    return str(backend.to_str())


@cache
def smollm_tokenizer() -> str:
    """The kind of SmolLM2: digits apart, no image marks, the special tokens in the vocabulary as well."""
    held = json.loads(chatml_tokenizer())
    digits = {"type": "Digits", "individual_digits": True}
    bytes_of = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    held["normalizer"] = None
    held["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, bytes_of]}
    kept = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    first = len(held["model"]["vocab"])
    names = (*kept, "<repo_name>", "<empty_output>")
    added = {**held["added_tokens"][0], "special": True}
    held["added_tokens"] = [{**added, "id": first + at, "content": name} for at, name in enumerate(names)]
    held["model"]["vocab"].update({name: first + at for at, name in enumerate(names)})
    return json.dumps(held)


@cache
def llama_tokenizer() -> str:
    """Phi-3's kind: SentencePiece as BPE with bytes as fallback, a blank in front of each piece of a text,
    chat tokens that eat the white space right of them.
    """
    learner = Tokenizer(models.BPE())
    spaced = [f"\u2581{line.replace(' ', chr(0x2581))}" for line in CORPUS]
    learner.pre_tokenizer = pre_tokenizers.Split("\u2581", behavior="merged_with_next")
    learner.train_from_iterator(spaced, trainers.BpeTrainer(vocab_size=110, show_progress=False))
    learned = json.loads(learner.to_str())["model"]
    entries = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    entries += sorted(learned["vocab"], key=lambda token: learned["vocab"][token])
    vocab = {token: index for index, token in enumerate(entries)}
    merges = [(left, right) for left, right in learned["merges"]]
    backend = Tokenizer(
        models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    backend.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in ("<unk>", "<s>", "</s>")]
    )
    for token in PHI3_SPECIAL:
        backend.add_special_tokens(
            [AddedToken(token, special=True, normalized=False, rstrip=token != "<|endoftext|>")]
        )
    return str(backend.to_str())


def stock(text: str, template: str | None = None) -> Any:
    """transformers' own tokenizer of a ``tokenizer.json``."""
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(text), chat_template=template)
