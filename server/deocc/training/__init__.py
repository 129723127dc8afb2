"""Training: one plain loop, and what each network brings to it."""
