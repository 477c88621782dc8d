"""The way into each forge: its address, the token of the environment, and what that must be allowed.

Collectors ask through it and postings tell through it; what is asked and told stands in their own folders.
"""

from gatepass.forges._way import Way

__all__ = ["Way"]
