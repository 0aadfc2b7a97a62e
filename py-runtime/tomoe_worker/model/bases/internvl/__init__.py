"""InternVL in the layout of transformers: vision tower with layer scale, pixel shuffle, any text config."""
