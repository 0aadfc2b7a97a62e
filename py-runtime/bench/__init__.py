"""Peers of the benchmarks in ts/bench: what a stock set-up would do. Not part of the worker."""
