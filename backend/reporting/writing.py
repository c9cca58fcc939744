"""A report as a file, and as a letter."""

from backend.kernel.csvtext import csv_text
from backend.reporting.report_schemas import Asked, ReportTable, Unit


def csv_of(table: ReportTable) -> str:
    """Its rows, and none for the total, which would be added up with them. Durations are in seconds, shares 0 to 1."""
    heading = [table.asked.by, *(figure.name for figure in table.figures)]
    return csv_text(heading, [[row.label, *map(_rounded, row.values)] for row in table.rows])


def file_name(asked: Asked) -> str:
    return f"{asked.report}-by-{asked.by}-{asked.first_day}-{asked.last_day}.csv"


def letter_of(table: ReportTable) -> tuple[str, str]:
    """The subject and the text of a letter with the figures for all days together, and what each means."""
    asked = table.asked
    days = f"{asked.first_day}" if asked.first_day == asked.last_day else f"{asked.first_day} to {asked.last_day}"
    title = _words(asked.report)
    figures = [
        f"{_words(figure.name)}: {_written(value, figure.unit)}\n  {figure.definition}"
        for figure, value in zip(table.figures, table.total, strict=True)
    ]
    text = "\n\n".join(
        [f"{title}, {days}.", *figures, f"The figures by {asked.by} are in the file {file_name(asked)}."]
    )
    return f"{title}, {days}", text + "\n"


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def _written(value: float | None, unit: Unit) -> str:
    if value is None:
        return "–"
    if unit is Unit.SHARE:
        return f"{value:.1%}"
    return f"{value / 3600:.1f} h" if unit is Unit.SECONDS else f"{value:g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
