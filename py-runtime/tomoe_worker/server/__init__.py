"""The only door out of the worker: gRPC, Arrow and ZeroMQ on one side, specs and torch on the other."""
