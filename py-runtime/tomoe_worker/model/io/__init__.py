"""Weights on disk and in memory."""
