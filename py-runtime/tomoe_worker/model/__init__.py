"""The networks, torch only: what a parameter means and what a forward pass computes."""
