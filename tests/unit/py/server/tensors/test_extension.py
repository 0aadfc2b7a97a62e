import json
from dataclasses import replace
from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.column import TENSOR_LIMITS
from tomoe_worker.server.tensors.extension import read_tensor_shape


def read(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    return read_tensor_shape(text, "volume", TENSOR_LIMITS)


def refusal(tensor: Any, **caps: int) -> TomoeError:
    text = tensor if isinstance(tensor, str) else json.dumps(tensor)
    with pytest.raises(TomoeError) as caught:
        read_tensor_shape(text, "volume", replace(TENSOR_LIMITS, **caps))
    assert (caught.value.code, bool(caught.value.hint)) == ("DATA_SHARD_SCHEMA", True)
    return caught.value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"shape":[2,3],"dim_names":["h","w"]}', ((2, 3), ("h", "w"))),
        ('{"dim_names":["x"],"shape":[7]}', ((7,), ("x",))),
        (' {\t"shape" : [ 2 , 3 ] ,\n"dim_names" : [ "h" , "w" ] }\r\n', ((2, 3), ("h", "w"))),
        ('{"shape":[2,3],"dim_names":["h","w"],"permutation":[0,1]}', ((2, 3), ("h", "w"))),
        (r'{"shape":[1],"dim_names":["\u00e9\ud83d\ude00\"]"]}', ((1,), ('\u00e9\U0001f600"]',))),
        ('{"shape":[1],"dim_names":["\u00e9"]}', ((1,), ("\u00e9",))),
    ],
)
def test_shape_and_names_are_read_however_they_are_spaced(text: str, found: object) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{shape",
        "[2, 3]",
        "null",
        '{"shape":[6]}',
        '{"dim_names":["x"]}',
        '{"shape":[6],"dim_names":["x"],"unit":"HU"}',
        '{"shape":[6],"dim_names":["x"],"shape":[6]}',
        '{"shape":[6],"dim_names":["x"],}',
        ',"shape":[6],"dim_names":["x"]}',
        '{"shape":[6]"dim_names":["x"]}',
        '{"shape":[6],"dim_names":["x"]}x',
        '{"shape":[6],"dim_names":["x"]',
        '{"shape":6,"dim_names":["x"]}',
        '{"shape":["6"],"dim_names":["x"]}',
        '{"shape":[6],"dim_names":"x"}',
        '{"shape":[6],"dim_names":[6]}',
        '{"shape":[6],"dim_names":null}',
        r'{"\u0073hape":[6],"dim_names":["x"]}',
        '{"shape":[6],"dim_names":["x\n"]}',
        r'{"shape":[6],"dim_names":["\x41"]}',
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    assert 'column "volume" has tensor metadata' in str(refusal(text))


# Each of these is a number for one JSON parser and none, or another, for the next.
@pytest.mark.parametrize(
    "number", ["6.0", "6e0", "06", "+6", "-6", "-0", "NaN", "Infinity", "0x6", "6 6", "99999999999999999"]
)
def test_a_size_that_parsers_read_differently_is_refused(number: str) -> None:
    assert "has tensor metadata" in str(refusal(f'{{"shape":[{number}],"dim_names":["x"]}}'))


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        ({"shape": [0], "dim_names": ["x"]}, "has shape [0]"),
        ({"shape": [], "dim_names": []}, "has shape []"),
        ({"shape": [1] * 9, "dim_names": list("abcdefghi")}, "has shape [1, 1, 1, 1, 1, 1, 1, 1, 1]"),
        ({"shape": [2**53], "dim_names": ["x"]}, f"has shape [{2**53}]"),
        ({"shape": [2, 3], "dim_names": ["h"]}, 'has dimension names ["h"]'),
        ({"shape": [2, 3], "dim_names": ["h", "h"]}, 'has dimension names ["h", "h"]'),
        ({"shape": [2], "dim_names": [""]}, 'has dimension names [""]'),
        ({"shape": [2], "dim_names": ["\ud800"]}, "has dimension names"),
        ({"shape": [2, 3], "dim_names": ["h", "w"], "permutation": [1, 0]}, "has permutation [1, 0]"),
        ({"shape": [2, 3], "dim_names": ["h", "w"], "permutation": [0]}, "has permutation [0]"),
    ],
)
def test_a_tensor_outside_the_allow_list_is_refused(tensor: dict[str, Any], message: str) -> None:
    assert message in str(refusal(tensor))


@pytest.mark.parametrize("name_bytes", [2, 1])
def test_names_are_measured_in_bytes_of_utf_8(name_bytes: int) -> None:
    tensor = {"shape": [1], "dim_names": ["\u00e9"]}
    if name_bytes == 1:
        assert "has dimension names" in str(refusal(tensor, name_bytes=1))
    else:
        assert read_tensor_shape(json.dumps(tensor), "volume", replace(TENSOR_LIMITS, name_bytes=2)) == (
            (1,),
            ("\u00e9",),
        )


@pytest.mark.parametrize("rank", [1, 8])
def test_a_rank_of_1_to_8_is_read(rank: int) -> None:
    names = [f"d{axis}" for axis in range(rank)]
    assert read(json.dumps({"shape": [2] * rank, "dim_names": names})) == ((2,) * rank, tuple(names))
