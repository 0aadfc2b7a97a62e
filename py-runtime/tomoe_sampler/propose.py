"""A proposal by Optuna, as a function of what is asked alone.

The study is made anew from the trials that the ledger tells, and the sampler is seeded for this one proposal:
Optuna keeps no state of its random numbers, so that a sampler with one seed would propose its first points
again after each restart. What is told is finished, pruned, failed or, of trials that run beside this one,
running.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import optuna
from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from tomoe_sampler.ask import Ask, Dimension, NotAnAskError, Tried

STATES: Final[Mapping[str, TrialState]] = {
    "done": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "open": TrialState.RUNNING,
}
DIRECTIONS: Final[Mapping[str, str]] = {"max": "maximize", "min": "minimize"}


def tpe(ask: Ask) -> BaseSampler:
    """Options together, those of a condition apart; trials beside this one are kept clear of."""
    return TPESampler(
        seed=ask.seed,
        n_startup_trials=ask.startup,
        n_ei_candidates=24,
        multivariate=True,
        group=any(one.when is not None for one in ask.dimensions),
        constant_liar=True,
    )


#: Samplers whose proposal follows from seed and trials. Those that keep a population or a covariance in
#: attributes of their own trials (CMA-ES, NSGA) cannot be made anew from a ledger, and the Gaussian process
#: needs torch.
SAMPLERS: Final[Mapping[str, Callable[[Ask], BaseSampler]]] = {"tpe": tpe}


def distribution_of(dimension: Dimension) -> BaseDistribution:
    if dimension.kind == "float":
        return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
    if dimension.kind == "int":
        return IntDistribution(int(dimension.low), int(dimension.high), step=dimension.step)
    if dimension.kind == "choice":
        return CategoricalDistribution(tuple(range(int(dimension.high) + 1)))
    raise NotAnAskError(f"{dimension.name} is of no kind: {dimension.kind}")


def told(tried: Tried, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """A trial as Optuna takes it.

    Raises:
        ValueError: Optuna refuses its number.
    """
    has_value = tried.state in ("done", "pruned")
    return create_trial(
        state=STATES[tried.state],
        value=tried.value if has_value else None,
        params={
            name: int(value) if isinstance(distributions[name], CategoricalDistribution) else value
            for name, value in tried.values.items()
        },
        distributions={name: distributions[name] for name in tried.values},
        intermediate_values=dict(tried.points),
    )


def tell(study: Study, tried: Tried, distributions: Mapping[str, BaseDistribution]) -> None:
    """Add a trial to the study; one that Optuna refuses is a failed one, never one that runs for ever."""
    try:
        study.add_trial(told(tried, distributions))
    except ValueError:
        study.add_trial(create_trial(state=TrialState.FAIL))


def suggested(trial: Trial, dimension: Dimension) -> float:
    name = dimension.name
    if dimension.kind == "float":
        return float(trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log))
    if dimension.kind == "int":
        return int(trial.suggest_int(name, int(dimension.low), int(dimension.high), step=dimension.step))
    return int(trial.suggest_categorical(name, tuple(range(int(dimension.high) + 1))))


def proposed(ask: Ask) -> Mapping[str, float]:
    """Values by the names of the dimensions, conditional ones where their condition holds.

    Raises:
        NotAnAskError: a sampler, a direction or a state that there is none of, or an option too many.
        ValueError: Optuna refuses a range.
    """
    for what, name, known in (
        ("sampler", ask.sampler, SAMPLERS),
        ("direction", ask.direction, DIRECTIONS),
        *(("state", one.state, STATES) for one in ask.tried),
    ):
        if name not in known:
            raise NotAnAskError(f"there is no {what} {name}")
    distributions = {one.name: distribution_of(one) for one in ask.dimensions}
    for tried in ask.tried:
        if unknown := set(tried.values) - set(distributions):
            raise NotAnAskError(f"a trial has {sorted(unknown)}, which the space has not")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=DIRECTIONS[ask.direction], sampler=SAMPLERS[ask.sampler](ask))
    for tried in ask.tried:
        tell(study, tried, distributions)
    trial = study.ask()
    values: dict[str, float] = {}
    for one in sorted(ask.dimensions, key=lambda dimension: dimension.when is not None):
        if one.when is None or values.get(one.when.name) == one.when.value:
            values[one.name] = suggested(trial, one)
    return values
