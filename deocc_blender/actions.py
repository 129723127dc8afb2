"""Which operator mends a fault: the wire's `action` word -> operator and its button's label. One table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    operator: str
    label: str
    needs_job: bool = False  # the operator takes the job's id


REMEDIES = {
    "open_photo": Remedy("deocc.open_photo", "Open Photo…"),
    "edit_masks": Remedy("deocc.mask_file", "Open a Mask…"),
    "edit_options": Remedy("deocc.options_reset", "Reset Options"),
    "choose_backend": Remedy("deocc.choose_backend", "Use Draft"),
    "edit_address": Remedy("deocc.open_preferences", "Edit Address"),
    "edit_token": Remedy("deocc.open_preferences", "Edit Token"),
    "online_access": Remedy("deocc.open_system_preferences", "Open Preferences"),
    "server_setup": Remedy("deocc.open_preferences", "Open Preferences"),
    "server_start": Remedy("deocc.server_start", "Start"),
    "server_update": Remedy("deocc.server_update", "Update Server"),
    "update_addon": Remedy("deocc.open_extensions", "Update Add-on"),
    "retry": Remedy("deocc.retry", "Try Again", needs_job=True),
    "retry_smaller": Remedy("deocc.retry_smaller", "Try Smaller", needs_job=True),
    "cancel": Remedy("deocc.cancel", "Cancel", needs_job=True),
    "free_space": Remedy("deocc.open_data_folder", "Open Data Folder"),
    "show_log": Remedy("deocc.server_log", "View Log"),
}
