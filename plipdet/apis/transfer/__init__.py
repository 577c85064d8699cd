"""Transfer of pre-trained encoders to every task that a folder has data for, as one table."""

from .transfer_data import absent_data, find_data
from .transfer_plan import TransferPlan, plan_transfer
from .transfer_rows import TransferRow, read_rows
from .transfer_runs import TransferRuns
from .transfer_table import as_markdown, transfer_result
from .transfer_tasks import FULL, MINI, PROTOCOLS, TASKS, Column, columns_of, read_recipes

__all__ = [
    "FULL",
    "MINI",
    "PROTOCOLS",
    "TASKS",
    "Column",
    "TransferPlan",
    "TransferRow",
    "TransferRuns",
    "absent_data",
    "as_markdown",
    "columns_of",
    "find_data",
    "plan_transfer",
    "read_recipes",
    "read_rows",
    "transfer_result",
]
