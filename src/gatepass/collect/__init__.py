"""What the gate is told because somebody asked: git, from the clone that the pipeline works in.

A collector asks, and writes the answer down as a report; the gate reads that like every other report.
"""
