"""Kernels: (image, params) -> pixels. They see numbers and images, never a random generator."""
