"""What a lift made of the 2D base, tensor by tensor, and what of it no stage has trained since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.lift.inventory import Inventory, places_of, table_digest, tensor_digest


@dataclass(frozen=True, kw_only=True)
class LiftedTensor:
    """One tensor of the base: ``reused`` where the lifted model reads it, ``inactive`` where it is kept for
    export alone, ``ignored`` where it is not in the model at all.
    """

    name: str
    sha256: str  # of type, shape and bytes before the lift, as in the base's files; empty for an ignored one
    fate: str  # "reused", "inactive", "ignored"
    reason: str  # why it is not read; empty for a reused one
    copies: int  # places where it is now, 0 for an ignored one


@dataclass(frozen=True, kw_only=True)
class NewTensors:
    """How many tensors a component has that are no tensors of the base: further copies, gates, heads."""

    component: str
    tensors: int


@dataclass(frozen=True, kw_only=True)
class LiftReport:
    """The base's tensors, what is new beside them, and the digest that names the base."""

    tensors: tuple[LiftedTensor, ...]
    new: tuple[NewTensors, ...]
    base_digest: str

    def count(self, fate: str) -> int:
        """How many tensors of the base have this fate."""
        return sum(tensor.fate == fate for tensor in self.tensors)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How a 2D model came to be: tensors of the base's files that are not in it, with the reason; its own
    that no file gave; and the digest in the type of the files for that of a tensor as the model holds it.
    """

    ignored: Mapping[str, str]
    drawn: Collection[str]
    published: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Tensors of the base that no stage has trained: under the names they have now, as they were before the
    lift. Empty before it.
    """

    base_digest: str
    digests: Mapping[str, str]

    def moved(self, moved: Mapping[str, Sequence[str]]) -> Kept:
        """The same after a change of the model's shape."""
        places = {place: digest for name, digest in self.digests.items() for place in places_of(name, moved)}
        return Kept(base_digest=self.base_digest, digests=places)

    def into_stage(self, state: Mapping[str, Tensor], trains: Collection[str]) -> Kept:
        """What is left once a stage begins to train some; each is first compared with what it was.

        Raises:
            TomoeError: ``INTERNAL`` naming those that have moved though no stage trained them.
        """
        changed = [
            name
            for name, digest in self.digests.items()
            if name not in state or tensor_digest(state[name]) != digest
        ]
        if changed:
            raise TomoeError(
                "INTERNAL",
                f"{len(changed)} tensors of the base changed though no stage trained them: "
                + ", ".join(changed[:10]),
                hint="Report this as a bug.",
                details={"tensors": list(changed[:10]), "count": len(changed)},
            )
        left = {name: digest for name, digest in self.digests.items() if name not in trains}
        return Kept(base_digest=self.base_digest, digests=left)


NOTHING_KEPT = Kept(base_digest="", digests={})


def report_lift(
    before: Inventory,
    after: Inventory,
    moved: Mapping[str, Sequence[str]],
    component_of: Callable[[str], str | None],
    origin: Origin,
) -> tuple[LiftReport, Kept]:
    """The table of a lift that ``check_kept`` has passed.

    Args:
        before: tensors of the base alone.
        component_of: of a name of the lifted model; None for what the features do not read.
        origin: what no file gave is new, not reused, though it is kept like the rest.
    """
    tensors = [
        LiftedTensor(
            name=own_name(name),
            sha256=origin.published(digest),
            fate="inactive" if component_of(places[0]) is None else "reused",
            reason="behind the feature tap" if component_of(places[0]) is None else "",
            copies=len(places),
        )
        for name, digest in before.digests.items()
        if name not in origin.drawn
        for places in [places_of(name, moved)]
    ]
    tensors += [
        LiftedTensor(name=name, sha256="", fate="ignored", reason=reason, copies=0)
        for name, reason in origin.ignored.items()
    ]
    # Of a tensor with several places one is the tensor itself, the others are new.
    originals = {places_of(name, moved)[0] for name in before.digests if name not in origin.drawn}
    new: dict[str, int] = {}
    for name in after.digests:
        if name not in originals:
            component = component_of(name) or "none"
            new[component] = new.get(component, 0) + 1
    digests = {own_name(name): origin.published(digest) for name, digest in before.digests.items()}
    base_digest = table_digest(digests)
    report = LiftReport(
        tensors=tuple(tensors),
        new=tuple(NewTensors(component=name, tensors=count) for name, count in sorted(new.items())),
        base_digest=base_digest,
    )
    return report, Kept(base_digest=base_digest, digests=before.digests).moved(moved)
