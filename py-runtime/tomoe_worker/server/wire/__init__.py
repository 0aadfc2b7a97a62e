"""Messages to specs and back: the checked walk over the descriptors, and the pairs that differ."""
