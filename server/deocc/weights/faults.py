"""What can be wrong with weights, each as one sentence for people."""

from __future__ import annotations

from pathlib import Path

from deocc.errors import DeoccError, InputFault, disk_full, is_disk_full


class WeightsFault(InputFault):
    """Weights that are missing, damaged, another model's or not allowed here.

    Codes: weights_missing, weights_wrong, weights_damaged, weights_unpublished, weights_noncommercial.
    """


def wrong_weights(
    message: str, hint: str = "Choose the file that was published for this model."
) -> WeightsFault:
    """The fault of a file that is no checkpoint, is cut off, or belongs to another model."""
    return WeightsFault("weights_wrong", message, hint, "weights_import")


def damaged_weights(title: str, published: bool) -> WeightsFault:
    """The fault of installed weights that are not as they were installed."""
    message = f"{title}: some of its files are damaged or gone."
    if published:
        return WeightsFault("weights_damaged", message, "Fetch it again.", "weights_fetch")
    return WeightsFault("weights_damaged", message, "Import it again.", "weights_import")


def folder_fault(error: OSError, folder: Path) -> DeoccError:
    """What a person reads where the system lets nothing be written into the weights' folder."""
    if is_disk_full(error):
        return disk_full()
    return WeightsFault(
        "weights_folder",
        f"The weights' folder {folder} can't be written: {error.strerror or error}.",
        "Choose another with --weights-dir.",
    )
