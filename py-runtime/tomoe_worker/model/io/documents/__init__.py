"""Plain JSON to frozen dataclasses and back, with a version a section."""
