"""Reports: one module for each output format. See `_report` for the contract, README.md for the recipe."""

from gatepass.reports._report import RecordInfo, Report, ReportContext

__all__ = ["RecordInfo", "Report", "ReportContext"]
