"""The calls as a stranger sees them: a real server, raw bytes, real statuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
import torch
from tiny_model import LINES
from tiny_worker import SETTINGS, SPEC, STAGE, hello_message, message_of, values_of
from tomoe_worker.server.calls.faults import DETAIL_KEY
from tomoe_worker.server.calls.service import WorkerService
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.launch.boot import MAX_MESSAGE_BYTES, Ending
from tomoe_worker.server.wire.specs import make
from tomoe_worker.server.wire.walk import SERVICE, contract
from tomoe_worker.train.distributed import Ranks

TOKEN = SETTINGS.token


@dataclass
class Peer:
    """A client that says exactly what a test tells it to."""

    channel: Any
    session: Session
    ending: Ending
    metadata: list[tuple[str, str]] = field(
        default_factory=lambda: [("tomoe-token", TOKEN), ("tomoe-attempt", "0")]
    )

    def call(self, name: str, *requests: bytes) -> Any:
        method = next(one for one in contract().methods if one.name == name)
        sides = (method.client_streaming, method.server_streaming)
        kind = "_".join("stream" if streams else "unary" for streams in sides)
        ask = getattr(self.channel, kind)(f"/{SERVICE}/{name}", None, method.response.FromString)
        request = iter(requests) if method.client_streaming else requests[0]
        answer = ask(request, metadata=self.metadata, timeout=300)
        return list(answer) if method.server_streaming else answer

    def refusal(self, name: str, *requests: bytes) -> tuple[str, str]:
        with pytest.raises(grpc.RpcError) as caught:
            self.call(name, *requests)
        detail = dict(caught.value.trailing_metadata())[DETAIL_KEY]
        error = contract().message("ErrorDetail").FromString(detail)
        return error.code, error.what


@pytest.fixture
def peer() -> Iterator[Peer]:
    from concurrent.futures import ThreadPoolExecutor

    session, ending = Session(torch.device("cpu"), Ranks.alone()), Ending()
    server = grpc.server(
        ThreadPoolExecutor(4), options=(("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),)
    )
    service = WorkerService(session, SETTINGS, "node-a", ending.ask)
    server.add_generic_rpc_handlers((service.handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Peer(channel, session, ending)
    server.stop(0).wait()
    service.close()


def hello(**changes: Any) -> bytes:
    data: bytes = hello_message(**changes).SerializeToString()
    return data


def test_the_hello_tells_who_this_is(peer: Peer) -> None:
    answer = peer.call("Hello", hello())
    assert (answer.protocol_major, answer.rank, answer.world_size, answer.node, answer.device) == (
        1,
        0,
        1,
        "node-a",
        "cpu",
    )
    assert answer.descriptor_digest == contract().digest and '"torch":' in answer.environment_json


def test_another_major_version_is_refused_before_the_rest_is_read(peer: Peer) -> None:
    alone = contract().message("HelloRequest")(protocol_major=2, protocol_minor=7).SerializeToString()
    assert peer.refusal("Hello", alone) == ("WIRE_VERSION", "the caller speaks protocol 2.7, this worker 1.0")


def test_a_newer_minor_version_negotiates_down_and_the_same_one_must_mean_the_same_contract(
    peer: Peer,
) -> None:
    assert peer.call("Hello", hello(protocol_minor=3, descriptor_digest="x")).protocol_minor == 0
    code, what = peer.refusal("Hello", hello(descriptor_digest="e" * 64, attempt=1))
    assert code == "WIRE_VERSION" and what.startswith(
        "both speak protocol 1.0 but by different contracts: eeeeeeeeeeee and "
    )


def test_a_hello_without_the_token_is_refused_and_does_not_say_what_the_token_is(peer: Peer) -> None:
    code, what = peer.refusal("Hello", hello(token="x" * 32))
    assert (code, what) == ("WORKER_TOKEN", "the token is not this worker's")


def test_an_incomplete_hello_names_the_field(peer: Peer) -> None:
    message = hello_message()
    message.ClearField("threads")
    assert peer.refusal("Hello", message.SerializeToString()) == (
        "WIRE_INCOMPLETE",
        "the message lacks HelloRequest.threads",
    )


@pytest.mark.parametrize("name", [method.name for method in contract().methods if method.name != "Hello"])
def test_every_other_call_needs_token_hello_and_an_attempt_that_is_not_replaced(
    peer: Peer, name: str
) -> None:
    empty = b""
    peer.metadata = [("tomoe-attempt", "0")]
    assert peer.refusal(name, empty) == ("WORKER_TOKEN", "the token is not this worker's")
    peer.metadata = [("tomoe-token", TOKEN)]
    assert peer.refusal(name, empty) == ("WIRE_INCOMPLETE", "the call lacks metadata tomoe-attempt")
    peer.metadata = [("tomoe-token", TOKEN), ("tomoe-attempt", "0")]
    assert peer.refusal(name, empty) == ("WORKER_STATE", "nobody has said hello yet")
    peer.session.greet(hello_message(attempt=3))
    assert peer.refusal(name, empty) == ("WORKER_FENCED", "attempt 0 was replaced by attempt 3")


GARBAGE = b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    "name", [method.name for method in contract().methods if method.name not in ("Hello", "Feed")]
)
def test_bytes_that_are_no_message_get_a_typed_refusal(peer: Peer, name: str) -> None:
    peer.session.greet(hello_message())
    code, what = peer.refusal(name, GARBAGE)
    assert code == "WIRE_INVALID" and what.startswith("4 bytes are no ")


def test_an_empty_stream_is_told_from_a_bad_one(peer: Peer) -> None:
    peer.session.greet(hello_message())
    for name, message in (
        ("PutTensor", "PutTensorRequest"),
        ("FitTokenizer", "FitTokenizerRequest"),
        ("Train", "TrainRequest"),
    ):
        assert peer.refusal(name) == ("WIRE_INCOMPLETE", f"the stream ended before the first {message}")
    assert peer.refusal("Feed") == ("WORKER_STATE", "no stage is open")


def put(length: int, chunks: int, crc32: int = 0, upload_id: str = "u") -> bytes:
    header = {"upload_id": upload_id, "length_bytes": length, "chunk_count": chunks, "crc32": crc32}
    data: bytes = make("PutTensorRequest", {"header": header}).SerializeToString()
    return data


def chunk(data: bytes) -> bytes:
    encoded: bytes = contract().message("PutTensorRequest")(chunk=data).SerializeToString()
    return encoded


def test_a_failed_upload_frees_its_name_and_memory(peer: Peer) -> None:
    peer.session.greet(hello_message())
    code, what = peer.refusal("PutTensor", put(4, 1, crc32=1), chunk(b"abcd"))
    assert code == "WIRE_CHECKSUM" and "CRC-32" in what
    code, _ = peer.refusal("PutTensor", put(4, 1), chunk(b"ab"))
    assert code == "WIRE_INVALID"
    assert peer.refusal("PutTensor", put(4, 1), put(4, 1)) == (
        "WIRE_INVALID",
        "PutTensor sent something else than a chunk",
    )
    assert peer.refusal("PutTensor", chunk(b"abcd")) == ("WIRE_INVALID", "PutTensor began with a chunk")


def test_the_tokenizer_is_fitted_over_any_number_of_messages(peer: Peer) -> None:
    peer.session.greet(hello_message())
    header = make("FitTokenizerRequest", {"header": {"vocab": 300}}).SerializeToString()
    parts = [make("FitTokenizerRequest", {"lines": {"lines": [line]}}).SerializeToString() for line in LINES]
    whole = make("FitTokenizerRequest", {"lines": {"lines": LINES}}).SerializeToString()
    assert peer.call("FitTokenizer", header, *parts).digest == peer.call("FitTokenizer", header, whole).digest
    assert peer.refusal("FitTokenizer", whole) == ("WIRE_INVALID", "FitTokenizer began with lines")
    assert peer.refusal("FitTokenizer", header, header) == (
        "WIRE_INVALID",
        "FitTokenizer sent a second header",
    )


def test_a_stage_is_over_when_its_stream_is_however_it_ends(peer: Peer) -> None:
    session = peer.session
    session.greet(hello_message())
    session.held.fit_tokenizer(SPEC.base.language.vocab, LINES)
    session.held.create(message_of("ModelSpec", SPEC), 5, None)
    session.held.lift(6)
    begin = contract().message("TrainRequest")(begin_stage=message_of("StageSpec", STAGE)).SerializeToString()
    (ready,) = peer.call("Train", begin)
    assert (ready.stage_ready.name, ready.stage_ready.first_step) == ("shared", 0)
    assert ready.stage_ready.trainable_parameters > 0
    command = {"step": 2, "plan_digest": "p", "batch_digest": "b"}
    step = make("TrainRequest", {"step": command}).SerializeToString()
    assert peer.refusal("Train", begin, step) == (
        "WORKER_STATE",
        "step 2 of stage 'shared' was commanded, next is 0",
    )
    assert peer.refusal("Train", step) == ("WORKER_STATE", "Train did not begin with begin_stage")
    end = make("TrainRequest", {"end_stage": {"name": "shared"}}).SerializeToString()
    assert [answer.WhichOneof("event") for answer in peer.call("Train", begin, end)] == [
        "stage_ready",
        "stage_ended",
    ]


def test_a_message_above_the_limit_is_refused_by_the_channel(peer: Peer) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        peer.call("CreateModel", b"\x00" * (MAX_MESSAGE_BYTES + 1))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_health_answers_with_progress_and_shutdown_asks_for_the_end(peer: Peer) -> None:
    peer.session.greet(hello_message())
    peer.session.compute.advance()
    health = peer.call("Health", b"")
    assert (health.progress, health.state) == (1, "idle") and health.resident_bytes > 10_000_000
    peer.call("Shutdown", b"")
    assert peer.ending.wait() == 0


def test_a_lost_gpu_ends_the_process_with_code_one(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.session.greet(hello_message())

    def broken(_seed: int) -> dict[str, Any]:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(peer.session.held, "lift", broken)
    code, what = peer.refusal("LiftModel", make("LiftModelRequest", {"seed": 1}).SerializeToString())
    assert code == "WORKER_DIED" and what.startswith("the GPU's context is lost (AcceleratorError at ")
    assert peer.ending.wait() == 1


def reset(token: str = "n" * 32) -> bytes:
    data: bytes = make("ResetRequest", {"next_token": token}).SerializeToString()
    return data


def test_a_run_that_ended_well_is_let_go_of_and_the_next_one_begins_with_its_own_token(
    peer: Peer, capfd: pytest.CaptureFixture[str]
) -> None:
    peer.call("Hello", hello())
    header = make("FitTokenizerRequest", {"header": {"vocab": 300}}).SerializeToString()
    whole = make("FitTokenizerRequest", {"lines": {"lines": LINES}}).SerializeToString()
    peer.call("FitTokenizer", header, whole)
    answer = peer.call("Reset", reset())
    assert answer.resident_bytes > 10_000_000 and answer.device_bytes == 0
    assert "worker rank 0 was reset and holds" in capfd.readouterr().err
    # Whoever still holds the token of the first run, a feeder of it say, is a stranger now.
    assert peer.refusal("Health", b"") == ("WORKER_TOKEN", "the token is not this worker's")
    assert peer.refusal("Hello", hello())[0] == "WORKER_TOKEN"
    peer.metadata[0] = ("tomoe-token", "n" * 32)
    assert peer.refusal("Health", b"") == ("WORKER_STATE", "nobody has said hello yet")
    peer.call("Hello", hello(token="n" * 32, run_id="another"))
    assert "worker rank 0 was kept, and serves on cpu" in capfd.readouterr().err
    spec = make("CreateModelRequest", {"spec": values_of(SPEC), "seed": 5}).SerializeToString()
    assert peer.refusal("CreateModel", spec) == ("WORKER_STATE", "no tokenizer was fitted")


def test_a_run_in_which_a_call_failed_is_not_let_go_of(peer: Peer) -> None:
    peer.call("Hello", hello())
    peer.refusal("LiftModel", make("LiftModelRequest", {"seed": 1}).SerializeToString())
    assert peer.refusal("Reset", reset()) == (
        "WORKER_STATE",
        "LiftModel failed or was given up in this run",
    )


def test_a_token_that_could_be_guessed_is_refused(peer: Peer) -> None:
    peer.call("Hello", hello())
    assert peer.refusal("Reset", reset("short")) == (
        "USAGE_INVALID",
        "the next token is shorter than 32 characters",
    )
