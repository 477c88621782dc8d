"""``python -m gatepass``: the same as the command ``gatepass``."""

from gatepass.cli import main

main()
