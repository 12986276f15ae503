"""Benchmarks: each verifies what is made before it shows how fast; a wrong output shows no number.

``environment`` makes the environment they run in, ``work`` says what is done to which images, ``folder`` has them in
files, ``peers`` does it the way each peer's users do, ``check`` verifies it, ``works`` says who is timed against whom,
``harness`` times them, each in a process of its own, and ``results``, ``show`` and ``chart`` tell.
"""
