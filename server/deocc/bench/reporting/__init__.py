"""Records -> tables, plots, sheets."""
