"""What is answered to a message; a message that is none, and an Optuna that is not there, are answers too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from tomoe_sampler.ask import Json, NotAnAskError, ask_of

#: The releases whose proposals a ledger may hold beside each other: another major draws otherwise.
MAJOR: Final = "5"


def answer_to(message: bytes) -> Mapping[str, Json]:
    """``{"ok": true, ...}`` with a proposal or a version, or ``{"ok": false, "error": why}``."""
    try:
        found = json.loads(message)
        # Loading Optuna takes most of a second; what it lacks is told, not printed.
        import optuna

        if optuna.__version__.split(".")[0] != MAJOR:
            return refused(f"this is Optuna {optuna.__version__}, and {MAJOR} is needed")
        by = f"optuna {optuna.__version__}"
        if found == {"kind": "hello"}:
            return {"ok": True, "by": by}
        from tomoe_sampler.propose import proposed

        return {"ok": True, "by": by, "values": dict(proposed(ask_of(found)))}
    except ImportError as error:
        return refused(str(error))
    except (NotAnAskError, ValueError) as error:
        return refused(f"{type(error).__name__}: {error}")


def refused(why: str) -> Mapping[str, Json]:
    return {"ok": False, "error": why}
