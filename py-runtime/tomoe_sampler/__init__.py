"""The sampler of sweeps: Optuna behind one question and one answer, in an environment of its own."""
