"""Derives what a scorecard prints from its rows, by the reference libraries; see README.md."""
