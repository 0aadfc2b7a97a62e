"""What the machine says: disk, processes, control groups and limits. No grpc; torch in memory.py alone."""
