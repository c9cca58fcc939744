"""How long work really takes, against what was planned: what a day is played through with. Pure.

The logarithm of real ÷ planned has a mean and a spread by kind of work, and a shape that all kinds share. A kind that was done often
speaks for itself; one that was done a few times is drawn towards a prior worth so many jobs (conjugate shrinkage: Gelman et al.,
Bayesian Data Analysis, section 3.3).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

PRIOR_JOBS = 10  # how many jobs the prior weighs
PRIOR_SIGMA = (
    0.35  # two thirds of the jobs of a kind we know nothing of take between 0.7 and 1.4 times as long as planned
)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean and standard deviation of ln(real ÷ planned seconds). jobs: how many it was learned from."""

    mean: float = 0.0
    sigma: float = PRIOR_SIGMA
    jobs: int = 0


UNKNOWN = Spread()
FEWEST = 40  # jobs, before their own shape says more than the normal one
SHAPE_SIZE = 200
NORMAL = tuple(NormalDist().inv_cdf((n + 0.5) / SHAPE_SIZE) for n in range(SHAPE_SIZE))


@dataclass(frozen=True, kw_only=True)
class Done:
    """One completed job. planned_s, real_s: > 0."""

    work: str
    planned_s: float
    real_s: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """What was learned from completed jobs. known: by kind of work; shape: see `shape`."""

    known: Mapping[str, Spread]
    shape: tuple[float, ...]

    def of(self, work: str) -> Spread:
        return self.known.get(work, UNKNOWN)


def learn(done: Sequence[Done]) -> Model:
    """How real times lie about the planned ones, and how far from their means."""
    known = spreads(done)
    return Model(known=known, shape=shape(done, known))


def spreads(done: Iterable[Done]) -> Mapping[str, Spread]:
    """Kind of work → how its real times lie about the planned ones."""
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    for one in done:
        ratios[one.work].append(log(one.real_s / one.planned_s))
    return {work: _spread(logs) for work, logs in ratios.items()}


def shape(done: Iterable[Done], known: Mapping[str, Spread]) -> tuple[float, ...]:
    """How far jobs of all kinds lay from their kind's mean, in its sigmas, as SHAPE_SIZE quantiles in order.

    Real work has longer tails than any law in a book: where enough was done, it speaks for itself (a smoothed bootstrap,
    Efron and Tibshirani, An Introduction to the Bootstrap, chapter 16).
    """
    found = sorted(
        (log(one.real_s / one.planned_s) - spread.mean) / spread.sigma
        for one in done
        for spread in [known.get(one.work, UNKNOWN)]
    )
    if len(found) < FEWEST:
        return NORMAL
    return tuple(found[int((n + 0.5) / SHAPE_SIZE * len(found))] for n in range(SHAPE_SIZE))


def _spread(logs: list[float]) -> Spread:
    weight = len(logs) + PRIOR_JOBS
    mean = sum(logs) / weight
    variance = (PRIOR_JOBS * (PRIOR_SIGMA**2 + mean**2) + sum((one - mean) ** 2 for one in logs)) / weight
    return Spread(mean=mean, sigma=sqrt(variance), jobs=len(logs))
