"""Field-service scheduling as a pure library: a problem in, a plan out; no clock, no I/O. `MODEL.md` is its norm.

The engine is not loaded here: it is large, and who only looks at plans never needs it. It is `scheduling.reference.solve`.
"""

from scheduling.check import check
from scheduling.compare import Comparison, Move, MoveKind, MoveReason, compare
from scheduling.costs import cost_terms, total_cost
from scheduling.errors import (
    BadBreak,
    BadPlace,
    BadQuantity,
    BadShift,
    BadTravel,
    BadWindow,
    CircularPrecedence,
    DuplicateId,
    FrozenConflict,
    InvalidProblem,
    LockWithoutAssignment,
    UnknownReference,
    UnsupportedFeature,
)
from scheduling.explain import Explanation, explain_unserved
from scheduling.features import Feature
from scheduling.liveplan import LivePlan, go_live, to_plan
from scheduling.moves import ManualMove, insert_job, move_job, remove_job
from scheduling.plan import Assignment, DepotCall, Plan, Reason, Route, TakenBreak, Unserved, assignments, crews
from scheduling.plan import Stop as RouteStop
from scheduling.policy import Policy
from scheduling.problem import Break, Depot, Frozen, Gap, Job, Lock, Problem, Shift, Skill, Technician, Window
from scheduling.slots import ClosedWindow, Slot, SlotAnswer, find_slots
from scheduling.stop import Iterations, Progress, ProgressCallback, Seconds
from scheduling.travel import (
    GREAT_CIRCLE,
    NO_SOURCE,
    UNREACHABLE,
    Place,
    RoadModel,
    TravelMatrix,
    TravelTimesUnavailable,
    great_circle_m,
    great_circle_matrix,
)
from scheduling.validation import validate
from scheduling.violations import Kind as ViolationKind
from scheduling.violations import Violation

__all__ = [
    "Assignment",
    "BadBreak",
    "BadPlace",
    "BadQuantity",
    "BadShift",
    "BadTravel",
    "BadWindow",
    "Break",
    "CircularPrecedence",
    "ClosedWindow",
    "Comparison",
    "Depot",
    "DepotCall",
    "DuplicateId",
    "Explanation",
    "Feature",
    "Frozen",
    "FrozenConflict",
    "GREAT_CIRCLE",
    "Gap",
    "InvalidProblem",
    "Iterations",
    "Job",
    "LivePlan",
    "Lock",
    "LockWithoutAssignment",
    "ManualMove",
    "Move",
    "MoveKind",
    "MoveReason",
    "NO_SOURCE",
    "Place",
    "Plan",
    "Policy",
    "Problem",
    "Progress",
    "ProgressCallback",
    "Reason",
    "RoadModel",
    "Route",
    "RouteStop",
    "Seconds",
    "Shift",
    "Skill",
    "Slot",
    "SlotAnswer",
    "TakenBreak",
    "Technician",
    "TravelMatrix",
    "TravelTimesUnavailable",
    "UNREACHABLE",
    "UnknownReference",
    "Unserved",
    "UnsupportedFeature",
    "Violation",
    "ViolationKind",
    "Window",
    "assignments",
    "check",
    "compare",
    "cost_terms",
    "crews",
    "explain_unserved",
    "find_slots",
    "go_live",
    "great_circle_m",
    "great_circle_matrix",
    "insert_job",
    "move_job",
    "remove_job",
    "to_plan",
    "total_cost",
    "validate",
]
