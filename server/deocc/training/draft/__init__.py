"""The draft backend's small network: layers, losses, pictures, validation, export."""
