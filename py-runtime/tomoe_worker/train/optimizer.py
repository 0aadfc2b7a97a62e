"""The optimizer of a stage: one rate per component, a schedule, and a global norm clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.spec import Batch, StageSpec
from tomoe_worker.train.watch import ids_of

STATE_KEYS: Final = ("step", "exp_avg", "exp_avg_sq")


@dataclass(frozen=True, kw_only=True)
class TrainedComponent:
    """Parameters of one component and the rate they train at."""

    component: str
    learning_rate: float
    parameters: tuple[tuple[str, nn.Parameter], ...]


@dataclass(frozen=True, kw_only=True)
class OptimizerGroup:
    """Tensors of one component with one rate and one weight decay, and how many numbers they hold."""

    component: str
    learning_rate: float
    weight_decay: float
    tensors: int
    parameters: int


def cosine(done: int, of: int) -> float:
    """A cosine that would reach zero one step after the last."""
    return 0.5 * (1 + math.cos(math.pi * done / of))


def linear(done: int, of: int) -> float:
    """A line that would reach zero one step after the last."""
    return 1 - done / of


def constant(_done: int, _of: int) -> float:
    """The full rate to the end."""
    return 1.0


def stable_decay(done: int, of: int) -> float:
    """The full rate, then in the last tenth a line that would reach zero one step after the last.

    Source: MiniCPM, https://arxiv.org/abs/2404.06395 (warm-up, stable, decay).
    """
    return min(1.0, (1 - done / of) / FALLING)


def rate_scale(schedule: str, step: int, steps: int, warmup_fraction: float) -> float:
    """Share of the full rate at a 0-based step: rises linearly over the warm-up, then as the schedule
    says of the steps behind it, and how many of them are done.
    """
    warmup = round(steps * warmup_fraction)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return SCHEDULES[schedule](step - warmup, steps - warmup)


def is_matrix(parameter: nn.Parameter) -> bool:
    """Whether a tensor has at least two axes longer than 1: no bias, norm or separator has."""
    return sum(size > 1 for size in parameter.shape) > 1


FALLING: Final = 0.1
SCHEDULES: Final[Mapping[str, Callable[[int, int], float]]] = {
    "cosine": cosine,
    "linear": linear,
    "constant": constant,
    "stable-decay": stable_decay,
}
DECAYS: Final[Mapping[str, Callable[[nn.Parameter], bool]]] = {"matrices": is_matrix}
KINDS: Final = {"adamw": torch.optim.AdamW}


class StageOptimizer:
    """The optimizer of one stage, as its ``optimizer`` says."""

    def __init__(self, trained: Sequence[TrainedComponent], stage: StageSpec) -> None:
        """Args:
        stage: checked by ``check_stage``.
        """
        self._stage = stage
        is_decayed = DECAYS[stage.optimizer.decays]
        self.names: dict[str, nn.Parameter] = {}
        groups: list[dict[str, object]] = []
        self.groups: list[OptimizerGroup] = []
        for component in trained:
            for decayed in (True, False):
                members = [
                    parameter for _, parameter in component.parameters if is_decayed(parameter) is decayed
                ]
                if members:
                    decay = stage.weight_decay if decayed else 0.0
                    rate, numbers = component.learning_rate, sum(one.numel() for one in members)
                    groups.append({"params": members, "lr": rate, "weight_decay": decay})
                    self.groups.append(
                        OptimizerGroup(
                            component=component.component,
                            learning_rate=rate,
                            weight_decay=decay,
                            tensors=len(members),
                            parameters=numbers,
                        )
                    )
            self.names.update(component.parameters)
        self._full_rates = [float(group["lr"]) for group in groups]  # type: ignore[arg-type]
        first, second = stage.optimizer.betas
        self._adam = KINDS[stage.optimizer.kind](
            groups, betas=(first, second), eps=stage.optimizer.epsilon, fused=True
        )

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Every trained parameter, in a fixed order."""
        return list(self.names.values())

    def clear(self) -> None:
        """Forget the gradients of the last step."""
        self._adam.zero_grad(set_to_none=True)

    def update(self, step: int, loss: float, batch: Batch | None = None) -> tuple[float, float]:
        """Clip, then move the parameters; returns (gradient norm before clipping, rate scale).

        Args:
            batch: what the step was of; its ids are told when it fails.

        Raises:
            TomoeError: ``TRAIN_DIVERGED`` if the norm is not finite; no parameter has moved then.
        """
        gradients = [parameter.grad for parameter in self.names.values() if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        if not math.isfinite(norm):
            worst = [
                name
                for name, parameter in self.names.items()
                if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all())
            ]
            raise TomoeError(
                "TRAIN_DIVERGED",
                f"the gradient norm is {norm} at step {step} of stage {self._stage.name!r} "
                f"(loss {loss:.6g}), "
                f"first in {worst[0] if worst else 'no single tensor'}",
                hint="Lower the learning rate or the clip norm, and resume from the last checkpoint.",
                details={
                    "step": step,
                    "loss": loss,
                    "tensors": list(worst[:10]),
                    **({} if batch is None else ids_of(batch)),
                },
            )
        if norm > self._stage.clip_norm:
            torch._foreach_mul_(gradients, self._stage.clip_norm / norm)
        of = self._stage
        scale = rate_scale(of.optimizer.schedule, step, of.steps, of.warmup_fraction)
        for group, full in zip(self._adam.param_groups, self._full_rates, strict=True):
            group["lr"] = full * scale
        self._adam.step()
        return norm, scale

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts by ``<tensor>|<kind>``; a parameter that never moved has none."""
        return {
            f"{name}|{key}": torch.as_tensor(self._adam.state[parameter][key]).detach()
            for name, parameter in self.names.items()
            if parameter in self._adam.state
            for key in STATE_KEYS
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Put back what ``state`` returned.

        Raises:
            TomoeError: ``CHECKPOINT_INCOMPATIBLE`` if a tensor is unknown, absent or of another shape.
        """
        problems = []
        held: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            name, _, kind = key.rpartition("|")
            parameter = self.names.get(name)
            if parameter is None or kind not in STATE_KEYS:
                problems.append(f"{key} belongs to nothing this stage trains")
            elif kind != "step" and tensor.shape != parameter.shape:
                problems.append(f"{key} has shape {list(tensor.shape)}, expected {list(parameter.shape)}")
            else:
                held.setdefault(name, {})[kind] = tensor
        problems += [
            f"{name} lacks a moment" for name, kinds in held.items() if len(kinds) != len(STATE_KEYS)
        ]
        if problems:
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"the optimizer state does not fit the stage: {'; '.join(problems[:10])}",
                hint="Resume with the stage and model that the checkpoint was saved with.",
                details={"problems": list(problems[:10])},
            )
        for name, kinds in held.items():
            parameter = self.names[name]
            self._adam.state[parameter] = {
                "step": kinds["step"].clone().to(parameter.device if parameter.is_cuda else "cpu"),
                "exp_avg": kinds["exp_avg"].clone().to(parameter.device),
                "exp_avg_sq": kinds["exp_avg_sq"].clone().to(parameter.device),
            }
