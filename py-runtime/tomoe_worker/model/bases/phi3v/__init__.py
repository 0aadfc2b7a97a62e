"""The Phi-3-V layout: CLIP tower, projector, Phi-3 decoder, tokenizer."""
