"""The gRPC calls: a session, its stage, its feed, its faults."""
