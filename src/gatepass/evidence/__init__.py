"""Evidence: one module for each report format, in a folder for each kind. README.md has the recipe."""

from gatepass.evidence._collection import asker_of
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._glob import matching
from gatepass.evidence._head import Head
from gatepass.evidence._json import parse_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence._workspace import in_workspace

__all__ = ["Format", "Head", "OpenReport", "Reading", "asker_of", "in_workspace", "matching", "parse_json"]
