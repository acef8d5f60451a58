"""Benchmarks: ratios measured in one run, on whatever machine this is. Never part of the tests."""
