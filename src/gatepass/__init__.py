"""gatepass: a policy-as-code compliance gate for CI."""

__version__ = "0.1.0"
