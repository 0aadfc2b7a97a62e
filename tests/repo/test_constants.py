"""What changes a number travels from the recipe to the worker: no constant of the networks, of training or of
inference decides it in silence. Each one that is left stands here with the reason why it may stay.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

WORKER = Path(__file__).resolve().parents[2] / "py-runtime" / "tomoe_worker"
PURE = ("model", "train", "infer")

VALUES = "names of the values that a field of the spec may have; which one is in force travels"
CONFIG = "how the published config is read: what is unknown is refused"
PIXELS = "of the published preprocessor; the recipe is told and sends what is in force"
NAMES = "names of a file format, part of its version"
REASONS = {
    "infer/generate.py": {"MODES": VALUES},
    "infer/score.py": {"MODES": VALUES},
    "model/bases/families.py": {
        "SCRATCH": "which bases there are; which one is in force travels",
        "PUBLISHED": "which bases there are; which one is in force travels",
    },
    "model/bases/config.py": {"_REASONS": CONFIG},
    "model/bases/internvl/config.py": {
        "TEXTS": CONFIG,
        "_GELU": CONFIG,
        "_MEAN": PIXELS,
        "_STD": PIXELS,
        "_TEXT_KINDS": CONFIG,
        "_TEXT_SIZES": CONFIG,
        "_TOP_KINDS": CONFIG,
        "_VISION_KINDS": CONFIG,
        "_ROPE_KNOWN": CONFIG,
        "_ROPE_UNUSED": CONFIG,
        "_ROPE_USED": CONFIG,
        "_ROTARY": CONFIG,
        "_TEXT_KNOWN": CONFIG,
        "_TEXT_UNUSED": CONFIG,
        "_TEXT_USED": CONFIG,
        "_TOP_KNOWN": CONFIG,
        "_TOP_UNUSED": CONFIG,
        "_TOP_USED": CONFIG,
        "_VISION_KNOWN": CONFIG,
        "_VISION_UNUSED": CONFIG,
        "_VISION_USED": CONFIG,
    },
    "model/bases/internvl/language.py": {"LINEAR_LAYERS": VALUES},
    "model/bases/internvl/vision.py": {"LINEAR_MAPS": VALUES},
    "model/bases/phi3v/published.py": {
        "LAYOUTS": VALUES,
        "_CLIP": CONFIG,
        "_CLIP_UNUSED": CONFIG,
        "_EMBEDDING": CONFIG,
        "_KINDS": CONFIG,
        "_KNOWN": CONFIG,
        "_LONG": CONFIG,
        "_MEAN": PIXELS,
        "_SIZES": CONFIG,
        "_STD": PIXELS,
        "_TOWER_KINDS": CONFIG,
        "_LONG_USED": CONFIG,
        "_MERGE": "of the published projector: its matrix has no other shape",
        "_PROCESSOR": CONFIG,
        "_PROCESSOR_UNUSED": CONFIG,
        "_PROCESSOR_USED": CONFIG,
        "_TOWERS": "sizes that the published code knows by a name of the config",
        "_UNUSED": CONFIG,
        "_USED": CONFIG,
    },
    "model/sequences.py": {
        "PACK_TOKENS": "bounds memory: which texts stand in one row, where a stage shares prefixes",
        "_ALIKE": "bounds padding: which of those rows pass together",
    },
    "model/bases/phi3v/language.py": {"LINEAR_LAYERS": VALUES},
    "model/bases/phi3v/stock.py": {"_FIELDS": CONFIG},
    "model/bases/phi3v/vision.py": {"LINEAR_MAPS": VALUES},
    "model/bases/phi3v/scratch.py": {"ACTIVATIONS": VALUES},
    "model/bases/lora.py": {"LORA_INITIALS": VALUES},
    "model/bases/phi3v/tokenizer.py": {
        "LEADING_TOKENS": "the tokenizer's first entries, in its digest",
        "CHAT_TOKENS": "the chat frame's entries, in the tokenizer's digest",
        "BYTE_TOKENS": "every byte once, in the tokenizer's digest",
        "SPECIAL_TOKENS": "the entries above, one behind the other",
    },
    "model/blocks.py": {
        "_GRAPHS": "how many kinds of a block a compiler keeps; changes time, and no number",
    },
    "model/components.py": {
        "COMPONENTS": "the names of stage.proto",
        "_PARTS": "the same components by their dotted names",
    },
    "model/io/base_folder.py": {"WEIGHTS": "types of the file format that are read as float32"},
    "model/io/base_pixels.py": {
        "_BICUBIC": "Pillow's number of the one resampling that is computed",
        "_KNOWN": CONFIG,
        "_REASONS": CONFIG,
        "_USED": CONFIG,
    },
    "model/io/hollow.py": {"_ALIGNMENT": "of torch's CPU allocator, in bytes"},
    "model/io/checkpoint.py": {
        "MODEL_FILES": NAMES,
        "TRAINING_FILES": NAMES,
    },
    "model/io/files.py": {
        "PICKLE_SUFFIXES": "what is refused, whatever it holds",
        "_PICKLE_MAGICS": "what is refused, whatever it holds",
    },
    "model/precision.py": {
        "_PRODUCTS": "torch's own list, for an estimate on the meta device",
        "_ROWS": "a bound of memory: a score does not depend on the rows beside it",
    },
    "model/lift/inventory.py": {"_CHUNK_BYTES": "a bound of memory: the digest does not depend on it"},
    "model/lift/features.py": {
        "CACHE_BYTES": "a bound of memory: what is not cached is computed again alone, to the same bits"
    },
    "train/cost.py": {
        "PROMPT": "texts of an assumed length, for an estimate that trains nothing",
        "ANSWER": "texts of an assumed length, for an estimate that trains nothing",
    },
    "model/io/documents/sections.py": {
        "UPGRADES": "of file formats: what makes an old section into a new one"
    },
    "model/io/headers.py": {"_BITS": "of the file format", "_LONGEST": "of the file format"},
    "train/gain.py": {"GUIDANCES": VALUES},
    "train/distributed.py": {
        "BUCKET_BYTES": "a bound of memory: a number's sum over ranks does not depend on its neighbours"
    },
    "train/freeze.py": {"OBJECTIVES": VALUES, "_NEEDS": "which objective reaches a component: for a refusal"},
    "train/load.py": {
        "AIR_HU": "tells tokens of air apart where they are counted; no number of a step follows"
    },
    "train/losses.py": {"IGNORED": "a sentinel where there is no target"},
    "train/watch.py": {"IDS_TOLD": "a bound of what a message carries"},
    "train/optimizer.py": {
        "STATE_KEYS": "torch's names of what AdamW keeps",
        "SCHEDULES": VALUES,
        "FALLING": "of a schedule by its name: another share would be another schedule",
        "DECAYS": VALUES,
        "KINDS": VALUES,
    },
}


def holds_data(value: ast.expr | None) -> bool:
    """Whether an expression is, or is made of, a number, bytes or a collection; a type alias is not."""
    match value:
        case ast.Constant(value=held):
            return isinstance(held, (int, float, complex, bytes)) and not isinstance(held, bool)
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
            return True
        case ast.UnaryOp(operand=operand):
            return holds_data(operand)
        case ast.BinOp(left=left, right=right):
            return holds_data(left) or holds_data(right) or all(map(is_constant_name, (left, right)))
        case ast.Call(args=args):
            return any(isinstance(arg, ast.GeneratorExp) or holds_data(arg) for arg in args)
        case _:
            return False


def is_constant_name(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id.isupper()


def constants_of(source: str) -> set[str]:
    """Names that a module gives a number, bytes or a collection."""
    found = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.AnnAssign):
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        else:
            continue
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
            for name, held in zip(names, values * (len(names) // len(values)), strict=True):
                if isinstance(name, ast.Name) and holds_data(held):
                    found.add(name.id)
    return found


def test_every_constant_that_is_left_has_a_reason_and_every_reason_a_constant() -> None:
    found = {
        str(path.relative_to(WORKER)): names
        for folder in PURE
        for path in sorted((WORKER / folder).rglob("*.py"))
        if (names := constants_of(path.read_text(encoding="utf-8")))
    }
    assert found == {file: set(reasons) for file, reasons in REASONS.items()}
    assert all(reason for reasons in REASONS.values() for reason in reasons.values())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("RATE = 0.1", {"RATE"}),
        ("RATE: Final = -1e-3", {"RATE"}),
        ("BYTES: Final = 1 << 30", {"BYTES"}),
        ("A, B = 0.9, 'words'", {"A"}),
        ("BETAS = (0.9, 0.98)", {"BETAS"}),
        ("ALL = FIRST + SECOND", {"ALL"}),
        ("GRID = make(3)", {"GRID"}),
        ("TABLE = {'a': run}", {"TABLE"}),
        ("MANY = tuple(str(one) for one in range(256))", {"MANY"}),
        ("MAGIC = b'PK'", {"MAGIC"}),
    ],
)
def test_a_constant_is_found_however_it_is_written(source: str, names: set[str]) -> None:
    assert constants_of(source) == names


@pytest.mark.parametrize(
    "source",
    [
        "NAME = 'words'",
        "Rotary = tuple[Tensor, Tensor]",
        "T = TypeVar('T')",
        "ON = True",
        "def f(rate=0.1): pass",
        "class A:\n    size = 3",
    ],
)
def test_words_types_and_what_stands_inside_a_definition_are_none(source: str) -> None:
    assert constants_of(source) == set()
