"""The plan in force in the planner's terms: who has which job when, with the times that were told to people. Pure."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling import Job, Route, RouteStop, Technician, TravelMatrix

DutyKey = tuple[str, int]


@dataclass(frozen=True)
class Post:
    """A job at its place in the plan in force; of a crew's job, one of its people's. is_lead: whether they lead the crew."""

    job: Job
    key: DutyKey
    start_s: int
    is_lead: bool = True


def in_force(posts: Collection[Post], technicians: Sequence[Technician], travel: TravelMatrix) -> tuple[Route, ...]:
    """The routes of these posts, at the times that were told to people, not the earliest possible ones."""
    people = {technician.id: technician for technician in technicians}
    duties: defaultdict[DutyKey, list[Post]] = defaultdict(list)
    for post in posts:
        duties[post.key].append(post)
    return tuple(
        _route(key, people[key[0]], sorted(duty, key=_by_time), travel) for key, duty in sorted(duties.items())
    )


def _route(key: DutyKey, technician: Technician, posts: Sequence[Post], travel: TravelMatrix) -> Route:
    shift = technician.shifts[key[1]]
    way = [shift.start_place, *(post.job.place for post in posts), shift.end_place]
    drives_s = [travel.seconds.item(origin, destination) for origin, destination in pairwise(way)]
    stops: list[RouteStop] = []
    for post, drive_s in zip(posts, drives_s[:-1], strict=True):
        stops.append(_stop(post, drive_s, stops[-1].end_s if stops else shift.start_s))
    home_s = stops[-1].end_s + drives_s[-1]
    return Route(
        technician=key[0],
        shift=key[1],
        stops=tuple(stops),
        breaks=(),
        depart_s=stops[0].start_s - stops[0].travel_s,
        end_s=home_s,
        travel_s=sum(stop.travel_s for stop in stops) + drives_s[-1],
    )


def _stop(post: Post, drive_s: int, free_s: int) -> RouteStop:
    travel_s = 0 if post.job.frozen else drive_s
    end_s = post.start_s + post.job.duration_s
    arrival_s = post.start_s if post.job.frozen else min(post.start_s, free_s + drive_s)
    times = {"travel_s": travel_s, "arrival_s": arrival_s, "start_s": post.start_s, "end_s": end_s}
    return RouteStop(job=post.job.id, lead=post.is_lead, **times)


def _by_time(post: Post) -> tuple[bool, int]:
    return post.job.frozen is None, post.start_s
