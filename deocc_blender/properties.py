"""Scene.deocc: what the user has filled in. Backends and options are the server's, kept by name."""

from __future__ import annotations

import math
from pathlib import PurePath

import bpy

from . import capture
from .replies import BackendCard, Option

MAX_VARIANTS = 16
_choice_items: dict[str, list[tuple[str, str, str]]] = {}  # Blender keeps no reference to an enum's strings


def _choices(self: bpy.types.PropertyGroup, _context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    said = self.choices  # type: ignore[attr-defined]
    if said not in _choice_items:
        words = [word for word in said.split("\n") if word] or ["-"]
        _choice_items[said] = [(word, word.replace("_", " ").capitalize(), "") for word in words]
    return _choice_items[said]


def _clamp(self: bpy.types.PropertyGroup, name: str) -> None:
    """Keeps a value in its option's range: Blender's own limits are fixed at registration."""
    value = getattr(self, name)
    kept = type(value)(min(max(value, self.minimum), self.maximum))  # type: ignore[attr-defined]
    if kept != value:
        setattr(self, name, kept)


# named functions: Blender evaluates the annotations below where a lambda's own globals are not seen
def _clamp_int(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    _clamp(self, "as_int")


def _clamp_float(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    _clamp(self, "as_float")


class DeoccOption(bpy.types.PropertyGroup):
    """One option of one backend; which of the values counts is said by `type`."""

    backend: bpy.props.StringProperty()
    type: bpy.props.StringProperty()
    title: bpy.props.StringProperty()
    help: bpy.props.StringProperty()
    choices: bpy.props.StringProperty()
    minimum: bpy.props.FloatProperty(default=-math.inf)
    maximum: bpy.props.FloatProperty(default=math.inf)
    as_bool: bpy.props.BoolProperty()
    as_int: bpy.props.IntProperty(update=_clamp_int)
    as_float: bpy.props.FloatProperty(update=_clamp_float)
    as_choice: bpy.props.EnumProperty(items=_choices)

    @property
    def value_name(self) -> str:
        return f"as_{self.type}" if self.type in ("bool", "int", "float", "choice") else ""

    def describe(self, backend: str, option: Option) -> None:
        """Takes over the server's declaration; the value stays where its type does, else is the default."""
        known = self.type == option.type and self.choices == "\n".join(option.choices)
        self.name, self.backend, self.type = option.name, backend, option.type
        self.title, self.help, self.choices = option.title, option.help, "\n".join(option.choices)
        self.minimum = -math.inf if option.minimum is None else option.minimum
        self.maximum = math.inf if option.maximum is None else option.maximum
        if not known and self.value_name:
            setattr(self, self.value_name, option.default)


def _photo_changed(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    photo = self.photo  # type: ignore[attr-defined]
    self.alpha_share = capture.alpha_share(photo) if photo else 0.0  # type: ignore[attr-defined]
    if photo:
        photo.preview_ensure()  # the panel's thumbnail; Blender makes it in the background


def _mask_changed(name: str):
    def update(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
        mask = getattr(self, name)
        setattr(self, f"{name}_share", capture.mask_share(mask) if mask else 0.0)

    return update


class DeoccScene(bpy.types.PropertyGroup):
    photo: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Photo",
        description="The photo that shows the object",
        update=_photo_changed,
    )
    object_mask: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Object Mask",
        description="White where the object is seen, of the photo's size; empty for the photo's own alpha",
        update=_mask_changed("object_mask"),
    )
    occluder_mask: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Occluder Mask",
        description="White where something hides the object, of the photo's size",
        update=_mask_changed("occluder_mask"),
    )
    keep_mask: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Keep Mask",
        description="White where the photo is to stay as it is, of the photo's size",
        update=_mask_changed("keep_mask"),
    )
    alpha_share: bpy.props.FloatProperty(options={"HIDDEN"})
    object_mask_share: bpy.props.FloatProperty(options={"HIDDEN"})
    occluder_mask_share: bpy.props.FloatProperty(options={"HIDDEN"})
    keep_mask_share: bpy.props.FloatProperty(options={"HIDDEN"})
    name: bpy.props.StringProperty(name="Name", description="The new object's name; empty for the photo's")
    backend: bpy.props.StringProperty(name="Backend", description="Empty for the best one that is ready")
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another seed invents the unseen side differently",
        min=0,
        max=2**31 - 1 - MAX_VARIANTS,
    )
    variants: bpy.props.IntProperty(
        name="Variants",
        description="How many seeds to try, one after another",
        default=1,
        min=1,
        max=MAX_VARIANTS,
    )
    options: bpy.props.CollectionProperty(type=DeoccOption)

    def has_object(self) -> bool:
        return self.object_mask is not None or self.alpha_share > 0

    def missing(self) -> str:
        """What must be chosen before the big button works, as a sentence; "" where nothing is missing."""
        if self.photo is None:
            return "Choose a photo first"
        return "" if self.has_object() else "Show which object: open or choose its mask"

    def object_name(self) -> str:
        """What the object is called: the user's word, else the photo's file name without its ending."""
        photo = self.photo.name if self.photo else "Object"
        return (self.name.strip() or PurePath(photo).stem or "Object")[:50]

    def options_of(self, backend: str) -> list[DeoccOption]:
        return [option for option in self.options if option.backend == backend]

    def option_values(self, backend: str) -> dict[str, bool | int | float | str]:
        """A backend's options by name, as the wire wants them."""
        return {
            option.name: getattr(option, option.value_name)
            for option in self.options_of(backend)
            if option.value_name
        }


def settings_of(context: bpy.types.Context) -> DeoccScene:
    return context.scene.deocc  # type: ignore[union-attr]


def sync_options(settings: DeoccScene, cards: tuple[BackendCard, ...]) -> None:
    """Makes the file's options those the server declares, values kept by name; `cards` are all it has."""
    declared = {(card.name, option.name): option for card in cards for option in card.options}
    for at in reversed(range(len(settings.options))):
        option = settings.options[at]
        if (option.backend, option.name) not in declared:
            settings.options.remove(at)
    present = {(option.backend, option.name): option for option in settings.options}
    for key, option in declared.items():
        (present.get(key) or settings.options.add()).describe(key[0], option)
    if settings.backend not in {card.name for card in cards}:
        settings.backend = ""


CLASSES = (DeoccOption, DeoccScene)
