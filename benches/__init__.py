"""Benchmarks: each verifies what is made before it shows how fast; a wrong output shows no number."""
