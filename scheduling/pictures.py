"""A plan as pictures: who does what when, and where. Bytes out; matplotlib comes with the extra `pictures`."""

from io import BytesIO
from math import ceil, cos, radians
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from scheduling.plan import Plan, Route, Stop
from scheduling.problem import Problem

WORK, DRIVE, REST, LOADING, LATE = "#00504d", "#c9c4b5", "#d9a441", "#5b4b9a", "#a3231b"
# Ten colours that stay apart for most eyes (Paul Tol's muted scheme, without its pale grey, and black).
COLOURS = ("#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499", "#000000")
LEGEND = (("work", WORK), ("late", LATE), ("on the way", DRIVE), ("break", REST), ("loading", LOADING))
HOUR_S, MOST_HOURS = 3600, 16  # as many hours are named
ROW_HEIGHT, BAR_HEIGHT = 0.36, 0.62
MOST_NAMES = 200  # more names than that hide the bars


def gantt(problem: Problem, plan: Plan, *, form: str = "png") -> bytes:
    """A row for each route: drives, work, breaks and calls at depots, by the clock. form: png or svg."""
    routes = sorted(plan.routes, key=lambda route: (route.shift, route.technician))
    picture: Any = Figure(figsize=(14, 1.8 + ROW_HEIGHT * max(1, len(routes))), layout="constrained")
    axes: Any = picture.add_subplot()
    is_named = sum(len(route.stops) for route in routes) <= MOST_NAMES
    for row, route in enumerate(routes):
        _draw_row(axes, problem, route, row, is_named=is_named)
    axes.set_yticks(range(len(routes)), [_row_name(problem, route) for route in routes])
    axes.set_ylim(max(1, len(routes)) - 0.5, -0.5)
    first_s = min((route.depart_s for route in routes), default=0)
    last_s = max((route.end_s for route in routes), default=0)
    axes.xaxis.set_major_locator(MultipleLocator(HOUR_S * max(1, ceil((last_s - first_s) / HOUR_S / MOST_HOURS))))
    axes.xaxis.set_major_formatter(FuncFormatter(_hour))
    axes.grid(axis="x", color="#eeeeee")
    axes.set_axisbelow(True)
    axes.set_title(_title(plan))
    picture.legend(
        handles=[Patch(color=colour, label=name) for name, colour in LEGEND], loc="outside lower center", ncols=5
    )
    return _bytes(picture, form)


def map_of(problem: Problem, plan: Plan, *, form: str = "png") -> bytes:
    """Every route as a line over the places, in straight lines; what is left undone is a cross. form: png or svg."""
    picture: Any = Figure(figsize=(10, 10), layout="constrained")
    axes: Any = picture.add_subplot()
    jobs = {job.id: job for job in problem.jobs}
    shifts = {technician.id: technician.shifts for technician in problem.technicians}
    for number, route in enumerate(plan.routes):
        shift, colour = shifts[route.technician][route.shift], COLOURS[number % len(COLOURS)]
        where = [shift.start_place, *_places(problem, route), shift.end_place]
        axes.plot(*_line(problem, where), color=colour, linewidth=1.2, alpha=0.8, label=_row_name(problem, route))
        axes.scatter(*_line(problem, where[1:-1]), color=colour, s=18, zorder=3)
        axes.scatter(*_line(problem, where[:1]), color=colour, marker="s", s=40, zorder=3)
    left = [jobs[one.job].place for one in plan.unserved]
    if left:
        axes.scatter(*_line(problem, left), color=LATE, marker="x", s=30, zorder=4, label="left undone")
    axes.set_title(_title(plan))
    axes.set_xlabel("longitude")
    axes.set_ylabel("latitude")
    if problem.places:
        # A degree of longitude is shorter than one of latitude: roughly, the cosine of the latitude.
        axes.set_aspect(1 / max(0.1, cos(radians(sum(place.lat for place in problem.places) / len(problem.places)))))
    if 0 < len(plan.routes) <= len(COLOURS):
        axes.legend(loc="best", fontsize="small")
    return _bytes(picture, form)


def _draw_row(axes: Any, problem: Problem, route: Route, row: int, *, is_named: bool) -> None:
    due = {job.id: job.due_s for job in problem.jobs}
    _bar(axes, row, route.depart_s, route.end_s, DRIVE, height=0.16)
    for stop in route.stops:
        due_s = due[stop.job]
        is_late = due_s is not None and stop.end_s > due_s
        _bar(axes, row, stop.start_s, stop.end_s, LATE if is_late else WORK)
        if is_named:
            middle = (stop.start_s + stop.end_s) / 2
            axes.text(middle, row, stop.job, ha="center", va="center", color="white", fontsize=6, clip_on=True)
    for call in route.calls:
        _bar(axes, row, call.start_s, call.end_s, LOADING)
    for rest in route.breaks:
        _bar(axes, row, rest.start_s, rest.end_s, REST)


def _bar(axes: Any, row: int, start_s: int, end_s: int, colour: str, *, height: float = BAR_HEIGHT) -> None:
    axes.barh(row, end_s - start_s, left=start_s, height=height, color=colour, edgecolor="white", linewidth=0.5)


def _places(problem: Problem, route: Route) -> list[int]:
    of_job = {job.id: job.place for job in problem.jobs}
    of_depot = {depot.id: depot.place for depot in problem.depots}
    return [of_job[visit.job] if isinstance(visit, Stop) else of_depot[visit.depot] for visit in route.visits()]


def _line(problem: Problem, places: list[int]) -> tuple[list[float], list[float]]:
    return [problem.places[place].lon for place in places], [problem.places[place].lat for place in places]


def _row_name(problem: Problem, route: Route) -> str:
    shifts = next(technician.shifts for technician in problem.technicians if technician.id == route.technician)
    return route.technician if len(shifts) == 1 else f"{route.technician}, shift {route.shift + 1}"


def _title(plan: Plan) -> str:
    served = sum(stop.lead for route in plan.routes for stop in route.stops)
    return f"{served} jobs in {len(plan.routes)} routes, {len(plan.unserved)} left undone"


def _hour(seconds: float, position: int | None = None) -> str:
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}"


def _bytes(picture: Any, form: str) -> bytes:
    kept = BytesIO()
    picture.savefig(kept, format=form, dpi=120, metadata={"Date": None} if form == "svg" else None)
    return kept.getvalue()
