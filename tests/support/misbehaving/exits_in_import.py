"""Fails while it imports."""

raise RuntimeError("libtorch_cpu.so: cannot open shared object file")
