"""Who is timed against whom, at which work."""

from benches.works.every import WORKS, named

__all__ = ["WORKS", "named"]
