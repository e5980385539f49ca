"""The version of this distribution, `archspec-nn`; the build backend reads it here."""

__version__ = "0.1.0"
