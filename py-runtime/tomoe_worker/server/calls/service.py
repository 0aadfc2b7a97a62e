"""The calls of WorkerService: bytes in, checked messages, one Session behind them, typed failures out."""

from __future__ import annotations

import ctypes
import hmac
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc
import rfc8785

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.process_state import ProcessState
from tomoe_worker.server.call_record import CallRecord
from tomoe_worker.server.calls.checkpoint_folder import base_root
from tomoe_worker.server.calls.faults import DeviceLost, abort, device_lost, lost
from tomoe_worker.server.calls.feed import serve_feed
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.calls.stage import drive_stage
from tomoe_worker.server.calls.telemetry import resident_bytes
from tomoe_worker.server.device import describe_environment
from tomoe_worker.server.settings import Settings, checked_token
from tomoe_worker.server.tensors.uploads import UploadHeader
from tomoe_worker.server.wire.raw import chunk_of, first_of, versions_of
from tomoe_worker.server.wire.specs import make, parse, to_batch, to_spec
from tomoe_worker.server.wire.walk import (
    PROTOCOL_MAJOR,
    PROTOCOL_MINOR,
    SERVICE,
    contract,
    digest_message,
)

TOKEN_KEY: Final = "tomoe-token"
ATTEMPT_KEY: Final = "tomoe-attempt"


class WorkerService:
    """One method per call. Unary ones return response values, streaming ones yield them."""

    def __init__(self, session: Session, settings: Settings, node: str, end: Callable[[int], None]) -> None:
        """Args:
        node: this host's name, for the run record.
        end: asks the process to end with an exit code, after the calls in flight.
        """
        self._session, self._settings, self._node, self._end = session, settings, node, end
        self._token, self._calls, self._runs = settings.token, CallRecord(), 0
        # Taken before the first run has changed anything.
        self._state = ProcessState.take()

    def handler(self) -> Any:
        """The generic gRPC handler for all methods of the contract."""
        handlers = {method.name: self._handler(method) for method in contract().methods}
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    def _handler(self, method: Any) -> Any:
        call = getattr(self, _snake(method.name))
        response = method.response.DESCRIPTOR.name

        def single(request: Any, context: Any) -> Any:
            try:
                calls = self._calls
                self._admit(method.name, context)
                with calls.opened(method.name, context.is_active):
                    return make(response, call(request, context)).SerializeToString()
            except BaseException as error:
                self._fail(context, error)

        def several(request: Any, context: Any) -> Iterator[Any]:
            try:
                calls = self._calls
                self._admit(method.name, context)
                with calls.opened(method.name, context.is_active):
                    for values in call(request, context):
                        yield make(response, values).SerializeToString()
            except GeneratorExit:
                raise
            except BaseException as error:
                self._fail(context, error)

        kinds = {
            (False, False): (grpc.unary_unary_rpc_method_handler, single),
            (False, True): (grpc.unary_stream_rpc_method_handler, several),
            (True, False): (grpc.stream_unary_rpc_method_handler, single),
            (True, True): (grpc.stream_stream_rpc_method_handler, several),
        }
        make_handler, serve = kinds[method.client_streaming, method.server_streaming]
        return make_handler(serve)

    def _admit(self, method: str, context: Any) -> None:
        """Token and fence, before a byte of the request is looked at. Hello carries both in its message."""
        if method == "Hello":
            return
        given = dict(context.invocation_metadata())
        self._check_token(given.get(TOKEN_KEY, ""))
        attempt = given.get(ATTEMPT_KEY, "")
        if not attempt.isdigit():
            what = f"the call lacks metadata {ATTEMPT_KEY}"
            raise TomoeError("WIRE_INCOMPLETE", what, hint="Send it with every call.")
        self._session.check_attempt(int(attempt))

    def _check_token(self, token: str) -> None:
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise TomoeError(
                "WORKER_TOKEN",
                "the token is not this worker's",
                hint="Only the run that started a worker may call it.",
            )

    def _fail(self, context: Any, error: BaseException) -> None:
        if device_lost(error):
            self._end(1)
            error = DeviceLost(lost(error)).with_traceback(error.__traceback__)
        abort(context, error)

    def hello(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Version first, then token, then who this is."""
        major, minor = versions_of(request)
        if major != PROTOCOL_MAJOR:
            raise TomoeError(
                "WIRE_VERSION",
                f"the caller speaks protocol {major}.{minor}, this worker {PROTOCOL_MAJOR}.{PROTOCOL_MINOR}",
                hint="Install the same version of Tomoe on both sides.",
                details={"caller": f"{major}.{minor}", "worker": f"{PROTOCOL_MAJOR}.{PROTOCOL_MINOR}"},
            )
        message = parse("HelloRequest", request)
        self._check_token(message.token)
        if minor == PROTOCOL_MINOR and message.descriptor_digest != contract().digest:
            raise TomoeError(
                "WIRE_VERSION",
                f"both speak protocol {major}.{minor} but by different contracts: "
                f"{message.descriptor_digest[:12]} and {contract().digest[:12]}",
                hint="One side was built from a changed proto/: run npm run generate, or reinstall.",
            )
        session = self._session
        session.greet(message)
        if self._runs > 0:
            print(
                f"worker rank {self._settings.rank} was kept, and serves on {session.device}", file=sys.stderr
            )
        # On the thread that computes: the number of threads is a fact of each.
        environment = session.compute.run("idle", lambda: describe_environment(session.device))
        return {
            "protocol_major": PROTOCOL_MAJOR,
            "protocol_minor": min(minor, PROTOCOL_MINOR),
            "rank": self._settings.rank,
            "world_size": self._settings.world_size,
            "node": self._node,
            "device": str(session.device),
            "descriptor_digest": contract().digest,
            "environment_json": rfc8785.dumps(environment).decode(),
        }

    def health(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Answers also while a step runs; ``progress`` says whether anything moves."""
        parse("HealthRequest", request)
        compute = self._session.compute
        return {"progress": compute.progress, "state": compute.state, "resident_bytes": resident_bytes()}

    def put_tensor(self, requests: Iterator[bytes], _context: Any) -> dict[str, Any]:
        """Header, then chunks."""
        header = parse("PutTensorRequest", first_of(requests, "PutTensorRequest"))
        if header.WhichOneof("part") != "header":
            raise TomoeError("WIRE_INVALID", "PutTensor began with a chunk", hint="Send the header first.")
        uploads = self._session.tensors.uploads
        upload = uploads.begin(to_spec(header.header, UploadHeader))
        try:
            for request in requests:
                upload.add(chunk_of(request))
            uploads.finish(upload)
            reference = make("TensorRef", {"uploaded": {"upload_id": upload.header.upload_id}})
            columns = _columns(self._session.tensors.open(reference))
        except BaseException:
            uploads.drop(upload.header.upload_id)
            raise
        return {
            "upload_id": upload.header.upload_id,
            "length_bytes": upload.header.length_bytes,
            "columns": columns,
        }

    def open_tensor(self, request: bytes, _context: Any) -> dict[str, Any]:
        """What a reference holds, after it was validated."""
        return {"columns": _columns(self._session.tensors.open(parse("OpenTensorRequest", request).tensor))}

    def drop_tensor(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Free an upload or unmap a region."""
        return {"dropped": self._session.tensors.drop(parse("DropTensorRequest", request).tensor)}

    def fit_tokenizer(self, requests: Iterator[bytes], _context: Any) -> dict[str, Any]:
        """Header, then lines in any number of messages."""
        header = parse("FitTokenizerRequest", first_of(requests, "FitTokenizerRequest"))
        if header.WhichOneof("part") != "header":
            raise TomoeError("WIRE_INVALID", "FitTokenizer began with lines", hint="Send the header first.")
        lines: list[str] = []
        for request in requests:
            message = parse("FitTokenizerRequest", request)
            if message.WhichOneof("part") != "lines":
                raise TomoeError("WIRE_INVALID", "FitTokenizer sent a second header", hint="Send one header.")
            lines.extend(message.lines.lines)
        tokenizer = self._session.between_stages("FitTokenizer").fit_tokenizer(header.header.vocab, lines)
        return {"digest": tokenizer.digest, "vocab": tokenizer.size}

    def create_model(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Build the 2D model."""
        message = parse("CreateModelRequest", request)
        session = self._session
        held = session.between_stages("CreateModel")
        return held.create(message.spec, message.seed, base_root(session.readable))

    def lift_model(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Turn it into the 3D one."""
        message = parse("LiftModelRequest", request)
        return self._session.between_stages("LiftModel").lift(message.seed)

    def try_stage(self, request: bytes, _context: Any) -> dict[str, Any]:
        """A few steps of a stage with one number or another changed; the weights stay."""
        return {"trials": self._session.try_stage(parse("TryStageRequest", request))}

    def train(self, requests: Iterator[bytes], context: Any) -> Iterator[dict[str, Any]]:
        """begin_stage, then plans and steps, then end_stage. The stage is over when the stream is, however it
        ends.
        """
        messages = (parse("TrainRequest", request) for request in requests)
        first = first_of(messages, "TrainRequest")
        if first.WhichOneof("command") != "begin_stage":
            raise TomoeError(
                "WORKER_STATE", "Train did not begin with begin_stage", hint="Begin a stage first."
            )
        stage = self._session.begin_stage(first.begin_stage)
        try:
            yield {
                "stage_ready": {
                    "name": stage.spec.name,
                    "spec_digest": digest_message(first.begin_stage),
                    "first_step": stage.trainer.next_step,
                    "trainable_parameters": stage.trainer.trainable_parameters,
                    "kept_tensors": len(stage.trainer.model.kept.digests),
                    "base_digest": stage.trainer.model.kept.base_digest,
                    "optimizer_groups": [vars(one) for one in stage.trainer.optimizer.groups],
                }
            }
            for values in drive_stage(stage, messages, context.is_active):
                if "stage_ended" in values:
                    # Closed first: who reads "ended" may begin the next stage at once.
                    self._session.close_stage()
                yield values
        finally:
            if self._session.stage_is(stage):
                self._session.close_stage()

    def feed(self, requests: Iterator[bytes], _context: Any) -> Iterator[dict[str, Any]]:
        """Batches for the stage in progress."""
        feed = self._session.open_stage().feed

        def receive(request: bytes) -> None:
            batch = parse("FeedRequest", request).batch
            digest = digest_message(batch)
            feed.put(batch.step, digest, lambda: to_batch(batch, digest, self._session.tensors.columns))

        for reply in serve_feed(feed, requests, receive):
            yield {
                "credits": reply.credits,
                "acknowledges": reply.acknowledges,
                "step": reply.step,
                "batch_digest": reply.batch_digest,
            }

    def generate(self, request: bytes, context: Any) -> Iterator[dict[str, Any]]:
        """Texts."""
        return self._session.answers.generate(parse("GenerateRequest", request), context.is_active)

    def score(self, request: bytes, context: Any) -> Iterator[dict[str, Any]]:
        """Log-probabilities of options."""
        return self._session.answers.score(parse("ScoreRequest", request), context.is_active)

    def check_lengths(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Texts that do not fit the positions."""
        return self._session.answers.lengths(parse("CheckLengthsRequest", request))

    def measure(self, request: bytes, _context: Any) -> dict[str, Any]:
        """A reference metric over pairs of texts."""
        message = parse("MeasureRequest", request)
        # Loaded when first asked for: the metric libraries are slow to import.
        from tomoe_worker.metrics.measure import measure

        signature, scores = measure(
            message.metric, [(pair.prediction, pair.target) for pair in message.pairs]
        )
        return {"signature": signature, "scores": scores}

    def save_checkpoint(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Write the state into an empty folder."""
        message = parse("SaveCheckpointRequest", request)
        return {"files": self._session.save_checkpoint(message.root, message.path)}

    def load_checkpoint(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Replace the state by a saved one."""
        return {"state": self._session.load_checkpoint(parse("LoadCheckpointRequest", request))}

    def reset(self, request: bytes, _context: Any) -> dict[str, Any]:
        """Let go of a run that ended well, and of all that it changed in this process."""
        token = checked_token(parse("ResetRequest", request).next_token)
        self._calls.seal()
        self._session = self._session.renewed(self._state)
        held = {"resident_bytes": resident_bytes(), "device_bytes": self._session.device_bytes()}
        print(
            f"worker rank {self._settings.rank} was reset and holds {held['resident_bytes'] >> 20} MiB",
            file=sys.stderr,
        )
        flush_output()
        self._token, self._calls, self._runs = token, CallRecord(), self._runs + 1
        return held

    def close(self) -> None:
        """Let go of what lives outside this process's memory."""
        self._session.close()

    def shutdown(self, request: bytes, _context: Any) -> dict[str, Any]:
        """End the process once this call is answered."""
        parse("ShutdownRequest", request)
        self._end(0)
        return {}


def flush_output() -> None:
    """Have all that was printed in this process on its way, what native code buffers too."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).fflush(None)


def _columns(columns: Any) -> list[dict[str, Any]]:
    return [
        {"name": column.name, "dtype": column.dtype, "rows": column.rows, "shape": column.shape}
        for column in columns
    ]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
