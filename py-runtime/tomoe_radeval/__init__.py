"""Clinical metrics by the package radeval, in an environment of its own, from weights that the user gives."""
