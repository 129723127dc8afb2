"""Which operator mends a fault: the wire's `action` word -> operator and its button's label. No bpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """takes: the operator's property that says which job, backend or weights are meant; "" for none."""

    operator: str
    label: str
    takes: str = ""


REMEDIES = {
    "open_photo": Remedy("deocc.open_photo", "Open Photo…"),
    "edit_masks": Remedy("deocc.mask_file", "Open a Mask…"),
    "edit_options": Remedy("deocc.options_reset", "Reset Options"),
    "choose_backend": Remedy("deocc.choose_backend", "Use Draft", "name"),
    "install_packages": Remedy("deocc.copy_install_command", "Copy the Command", "name"),
    "weights_fetch": Remedy("deocc.weights_fetch", "Download", "backend"),
    "weights_import": Remedy("deocc.weights_import", "Import a File…", "backend"),
    "weights_cancel": Remedy("deocc.weights_cancel", "Cancel", "backend"),
    "edit_address": Remedy("deocc.open_preferences", "Edit Address"),
    "edit_token": Remedy("deocc.open_preferences", "Edit Token"),
    "online_access": Remedy("deocc.open_system_preferences", "Open Preferences"),
    "server_setup": Remedy("deocc.open_preferences", "Open Preferences"),
    "server_start": Remedy("deocc.server_start", "Start"),
    "server_update": Remedy("deocc.server_update", "Update Server"),
    "update_addon": Remedy("deocc.open_extensions", "Update Add-on"),
    "retry": Remedy("deocc.retry", "Try Again", "job_id"),
    "retry_smaller": Remedy("deocc.retry_smaller", "Try Smaller", "job_id"),
    "cancel": Remedy("deocc.cancel", "Cancel", "job_id"),
    "free_space": Remedy("deocc.open_data_folder", "Open Data Folder"),
    "show_log": Remedy("deocc.server_log", "View Log"),
}
