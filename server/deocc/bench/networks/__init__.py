"""What the networks cost on this machine, stage by stage: `deocc bench networks`."""
