"""The named errors of the library: what is wrong with a problem, in words, before any engine sees it.

Every error carries `params`, so that a caller can translate it; the text is for whoever reads a log.
"""


class InvalidProblem(ValueError):
    """A problem that no plan can be asked of; `params` names the place, technician or job at fault."""

    def __init__(self, text: str, **params: str | int) -> None:
        super().__init__(text)
        self.params: dict[str, str | int] = params


class UnsupportedFeature(InvalidProblem):
    """The problem asks for something that this engine cannot solve, `params["feature"]`; it is refused, never ignored."""


class DuplicateId(InvalidProblem):
    """Two technicians, jobs or depots carry the same id, or the plan in force gives somebody a job twice."""


class BadPlace(InvalidProblem):
    """A coordinate outside the globe, or an index of a place that does not exist."""


class BadTravel(InvalidProblem):
    """A travel matrix of the wrong shape, with negative figures, or with a non-zero diagonal."""


class BadShift(InvalidProblem):
    """A shift that ends before it starts, or overlaps another one of the same technician."""


class BadBreak(InvalidProblem):
    """A break that does not fit inside its shift, or breaks that are not in order."""


class BadWindow(InvalidProblem):
    """A window that ends before it starts, or windows that overlap or are out of order."""


class BadQuantity(InvalidProblem):
    """A duration, priority, level, stock or part count outside its range."""


class UnknownReference(InvalidProblem):
    """A job names a technician, shift or other job that the problem does not hold."""


class CircularPrecedence(InvalidProblem):
    """Jobs that wait for one another in a circle: none of them could ever start."""


class FrozenConflict(InvalidProblem):
    """Two frozen jobs of one technician overlap in time."""


class LockWithoutAssignment(InvalidProblem):
    """A locked job that the previous plan does not serve: there is nothing to hold it to."""
