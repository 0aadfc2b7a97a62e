"""A trained model taken apart into what other tools read and what is Tomoe's own."""
