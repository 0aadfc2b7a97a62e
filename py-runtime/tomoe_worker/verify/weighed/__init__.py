"""Scores by models whose weights the user gives, computed a second time."""
