"""One tiny model for the tests of the server, built once: importing torch and lifting it are the slow
part.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from tiny_model import LINES
from tiny_worker import SPEC, hello_message, message_of, put_volumes
from tomoe_worker.server.calls.session import Session
from tomoe_worker.train.distributed import Ranks


@pytest.fixture
def session() -> Iterator[Session]:
    """A session that has said hello."""
    made = Session(torch.device("cpu"), Ranks.alone())
    made.greet(hello_message())
    yield made
    made.close()


@pytest.fixture
def ready(session: Session) -> Session:
    """A session with a lifted model and four volumes uploaded as "volumes"."""
    session.held.fit_tokenizer(SPEC.base.language.vocab, LINES)
    session.held.create(message_of("ModelSpec", SPEC), 5, None)
    session.held.lift(6)
    put_volumes(session)
    return session
