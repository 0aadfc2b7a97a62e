"""Rows of files that other programs wrote, read a second time."""
