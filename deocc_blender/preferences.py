"""Add-on preferences: which server, its token, its Python and the data folder; never in a .blend."""

from __future__ import annotations

import tomllib
from pathlib import Path

import bpy

from .connection import Connection, default_data_dir


def addon_version() -> str:
    """The manifest's version, which is also the name of the server's environment."""
    with (Path(__file__).parent / "blender_manifest.toml").open("rb") as manifest:
        return str(tomllib.load(manifest)["version"])


def _server_changed(_self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    from . import watch  # which reads the preferences, too

    watch.look_now()


def _address_changed(self: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    self.plain_http = False  # type: ignore[attr-defined]  # confirmed for one address only
    _server_changed(self, context)


def _licences_changed(_self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    from . import watch

    watch.licences_changed()


class DeoccPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__ or "deocc"

    server_address: bpy.props.StringProperty(
        name="Remote Server",
        description="Host or host:port of a server on another machine; empty for the one on this machine",
        update=_address_changed,
    )
    server_token: bpy.props.StringProperty(
        name="Token",
        description="The remote server's token, from the file of that name in its data folder",
        subtype="PASSWORD",
        update=_server_changed,
    )
    plain_http: bpy.props.BoolProperty(
        name="Allow Plain HTTP to This Address",
        description="Send photos unencrypted; only for a network you trust",
        update=_server_changed,
    )
    server_python: bpy.props.StringProperty(
        name="Server's Python",
        description="The Python that holds the DeOcc server; empty for the one set up for this version",
        subtype="FILE_PATH",
        update=_server_changed,
    )
    data_dir: bpy.props.StringProperty(
        name="Data Folder",
        description="Where the local server keeps jobs, results and weights; empty for the usual place",
        subtype="DIR_PATH",
        update=_server_changed,
    )
    commercial_only: bpy.props.BoolProperty(
        name="Commercially Usable Only",
        description="Hide the weights, and the backends they belong to, whose licence allows no commercial "
        "use; a server started from here refuses them, too",
        update=_licences_changed,
    )
    known_server: bpy.props.StringProperty(options={"HIDDEN"})  # id of the user's own server, seen last
    known_best: bpy.props.StringProperty(options={"HIDDEN"})  # the best backend that was ready then

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "server_python")
        column.prop(self, "data_dir")
        column.prop(self, "commercial_only")
        column.separator()
        column.prop(self, "server_address")
        column.prop(self, "server_token")
        if self.server_address:
            column.prop(self, "plain_http")


def preferences() -> DeoccPreferences:
    return bpy.context.preferences.addons[__package__].preferences  # type: ignore[index,return-value]


_version = ""


def connection() -> Connection:
    """The preferences as plain values for a thread."""
    global _version
    _version = _version or addon_version()
    said = preferences()
    chosen = said.data_dir.strip()
    return Connection(
        data_dir=Path(bpy.path.abspath(chosen)) if chosen else default_data_dir(),
        version=_version,
        address=said.server_address.strip(),
        token=said.server_token.strip(),
        python=bpy.path.abspath(said.server_python.strip()) if said.server_python.strip() else "",
        online=bool(bpy.app.online_access),
        plain_http=said.plain_http,
        commercial_only=said.commercial_only,
    )


CLASSES = (DeoccPreferences,)
