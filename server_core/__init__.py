"""The POP3 core of Postroom: headless, usable as a library, without any Qt."""

__version__ = "0.1.0"
