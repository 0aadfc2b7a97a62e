"""How a rank comes up, is guarded and said ready."""
