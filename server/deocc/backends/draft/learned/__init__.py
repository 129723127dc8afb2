"""The small network at work: photo to crops, passes, seeds, and the solid of its two depths."""
