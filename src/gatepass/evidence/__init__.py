"""Evidence: one module for each report format, in a folder for each kind. README.md has the recipe."""

from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._open import OpenReport

__all__ = ["Format", "Head", "OpenReport", "Reading"]
