"""Reference metric libraries behind one interface; see README.md."""
