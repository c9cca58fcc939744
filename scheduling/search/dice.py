"""Random numbers for machine code: xorshift64 (Marsaglia 2003, doi 10.18637/jss.v008.i14), so that a seed means the same everywhere."""

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import inlined

Dice = NDArray[np.uint64]


def dice_of(seed: int) -> Dice:
    """A generator from any seed; never in the state 0, which it could not leave."""
    return np.random.SeedSequence(abs(seed)).generate_state(1, dtype=np.uint64) | np.uint64(1)


@inlined
def draw(dice: Dice) -> float:
    """A number from 0 up to 1."""
    state = dice[0]
    state ^= state >> np.uint64(13)
    state ^= state << np.uint64(7)
    state ^= state >> np.uint64(17)
    dice[0] = state
    return float(state >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def below(dice: Dice, count: int) -> int:
    """A whole number from 0 up to count."""
    return int(draw(dice) * count)
