"""The figures of `truckroll bench eta`: shares and widths, which no machine makes better or worse."""

from rich.console import Console

from backend.bench.eta.calibration import Said, of_lead, play
from backend.bench.figures import Figure, Report, report

DAYS, FITTED_DAYS, TECHNICIANS, SEED = 30, 20, 10, 1
MINUTE = 60.0
LEADS = {"two_hours": (110, 120), "one_hour": (50, 60), "half_an_hour": (20, 30)}


def run(console: Console, *, quick: bool) -> Report:
    """Thirty days of ten technicians, after twenty other days by which the model was fitted; quick: of three."""
    technicians = 3 if quick else TECHNICIANS
    console.print(f"{DAYS} days of {technicians} technicians, fitted to {FITTED_DAYS} others, seed {SEED}")
    said = play(days=DAYS, fitted_days=FITTED_DAYS, technicians=technicians, seed=SEED)
    return report("eta", [figure for lead in LEADS for figure in _figures(said, lead)])


def _figures(said: list[Said], lead: str) -> list[Figure]:
    over, up_to = LEADS[lead]
    found = of_lead(said, over_s=over * MINUTE, up_to_s=up_to * MINUTE)
    detail = f"{found.arrivals} arrivals, {over} to {up_to} minutes before; the interval means 90 %"
    share = Figure(
        name=f"eta_inside_{lead}", value=100 * found.share_inside, unit="%", better="higher", must=85, detail=detail
    )
    width = Figure(
        name=f"eta_width_{lead}_minutes",
        value=found.median_width_minutes,
        unit="min",
        must=60 if lead == "two_hours" else None,
        detail="median width of the interval",
    )
    return [share, width]
