"""Params: what is drawn for a sample, and the numbers that follow from it. Knows no pixels."""
