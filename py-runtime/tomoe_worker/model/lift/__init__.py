"""What the lift adds: attention over slices, experts under a hard task level."""
