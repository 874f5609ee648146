"""What pages and model cards say of each kind of report: one view each."""
