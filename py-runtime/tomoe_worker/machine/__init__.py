"""What the machine says: control groups and limits. No torch, no grpc."""
