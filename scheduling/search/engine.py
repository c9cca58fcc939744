"""Which engine answers: the search, or the reference engine where Numba is missing."""

try:
    from scheduling.search.solving import solve, warm
except ModuleNotFoundError as missing:
    if missing.name != "numba":
        raise
    from scheduling.reference import solve

    def warm() -> None:
        """There is nothing to compile."""


__all__ = ["solve", "warm"]
