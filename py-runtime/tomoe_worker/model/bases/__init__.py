"""The 2D models that can be lifted, a folder each."""
