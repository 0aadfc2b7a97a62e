"""One training stage on one rank, torch only."""
