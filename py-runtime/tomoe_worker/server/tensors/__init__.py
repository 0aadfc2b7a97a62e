"""Arrow bytes to torch tensors, inline and by file region."""
