"""What a metric cannot do, as the other side reads it: code, words, hint, details."""

from __future__ import annotations

from collections.abc import Mapping


class RefusedError(Exception):
    """A refusal; ``code`` is one of ts/errors.ts."""

    def __init__(self, code: str, what: str, hint: str, details: Mapping[str, str] | None = None) -> None:
        """Keep what is told."""
        super().__init__(what)
        self.code = code
        self.what = what
        self.hint = hint
        self.details = dict(details or {})

    def document(self) -> dict[str, object]:
        """As it is printed."""
        failure = {"code": self.code, "what": self.what, "hint": self.hint, "details": self.details}
        return {"ok": False, "error": failure}
