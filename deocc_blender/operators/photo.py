"""Photo and masks from files: open, drop, and the masks found beside a photo."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from .. import capture
from ..properties import DeoccScene, settings_of

PICTURE_GLOB = "*.png;*.jpg;*.jpeg;*.webp;*.bmp;*.tif;*.tiff;*.tga;*.exr;*.hdr"
MASK_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
BESIDE = {"object_mask": ("_mask", "_object"), "occluder_mask": ("_occluder",), "keep_mask": ("_keep",)}
TARGETS = (
    ("OBJECT", "Object", "What is seen of the object", 0),
    ("OCCLUDER", "Occluder", "What hides the object", 1),
    ("KEEP", "Keep", "What is to stay as it is", 2),
)


def load_upright(path: Path) -> bpy.types.Image:
    """The picture of a file; one with EXIF rotation as an upright, packed copy. RuntimeError for none."""
    image = bpy.data.images.load(str(path), check_existing=True)
    if not image.is_dirty and image.packed_file is None:
        image.reload()  # one that is open already may have been saved anew by another program
    if image.size[0] * image.size[1] == 0:
        if image.users == 0:  # it may be open already, and used elsewhere
            bpy.data.images.remove(image)
        raise RuntimeError(f"“{path.name}” is not a picture that can be read")
    orientation = capture.file_orientation(path)
    if orientation == 1:
        return image
    upright = capture.upright_copy(image, orientation)
    if upright != image and image.users == 0:
        name = image.name
        bpy.data.images.remove(image)
        upright.name = name
    return upright


def find_beside(photo: Path) -> dict[str, Path]:
    """The masks that lie beside a photo: x.jpg -> x_mask.png or x_object.png, x_occluder.png, x_keep.png."""
    found = {}
    for target, words in BESIDE.items():
        places = [photo.with_name(photo.stem + word + ending) for word in words for ending in MASK_ENDINGS]
        existing = next((place for place in places if place.is_file()), None)
        if existing:
            found[target] = existing
    return found


def take_photo(settings: DeoccScene, path: Path) -> list[str]:
    """Makes a file the photo, with the masks beside it; returns the names of the masks found."""
    settings.photo = load_upright(path)
    settings.object_mask = settings.occluder_mask = settings.keep_mask = None
    found = find_beside(path)
    for target, place in found.items():
        setattr(settings, target, load_upright(place))
    return [place.name for place in found.values()]


class DEOCC_OT_open_photo(bpy.types.Operator, ImportHelper):
    """Open a photo; masks named x_mask.png and x_occluder.png beside x.jpg come along"""

    bl_idname = "deocc.open_photo"
    bl_label = "Open Photo"
    bl_options = {"REGISTER", "UNDO"}

    # SKIP_SAVE: with the last call's path the button would open that photo once more instead of asking
    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default=PICTURE_GLOB, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.filepath:  # dropped on an editor
            return self.execute(context)
        return ImportHelper.invoke(self, context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            self.report({"ERROR"}, f"There is no file “{path.name}”")
            return {"CANCELLED"}
        settings = settings_of(context)
        try:
            masks = take_photo(settings, path)
        except RuntimeError as error:
            self.report({"ERROR"}, str(error).strip().removeprefix("Error: "))
            return {"CANCELLED"}
        show_in_editor(context, settings.photo)
        found = f" with {', '.join(masks)}" if masks else ""
        self.report({"INFO"}, f"Opened {path.name}{found}")
        return {"FINISHED"}


class DEOCC_OT_mask_file(bpy.types.Operator, ImportHelper):
    """Open a mask of the photo's size, white where true"""

    bl_idname = "deocc.mask_file"
    bl_label = "Open Mask"
    bl_options = {"REGISTER", "UNDO"}

    filter_glob: bpy.props.StringProperty(default=PICTURE_GLOB, options={"HIDDEN"})
    target: bpy.props.EnumProperty(items=TARGETS, name="Mask Of", default="OBJECT", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if settings_of(context).photo is None:
            cls.poll_message_set("Choose a photo first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, path = settings_of(context), Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            self.report({"ERROR"}, f"There is no file “{path.name}”")
            return {"CANCELLED"}
        try:
            mask = load_upright(path)
        except RuntimeError as error:
            self.report({"ERROR"}, str(error).strip().removeprefix("Error: "))
            return {"CANCELLED"}
        mine, photo = tuple(mask.size), tuple(settings.photo.size)
        if mine != photo:
            words = f"The mask is {mine[0]}×{mine[1]} pixels, the photo {photo[0]}×{photo[1]}"
            self.report({"ERROR"}, f"{words}; a mask must have the photo's size")
            return {"CANCELLED"}
        setattr(settings, f"{self.target.lower()}_mask", mask)
        return {"FINISHED"}


class DEOCC_OT_mask_clear(bpy.types.Operator):
    """Take this mask away"""

    bl_idname = "deocc.mask_clear"
    bl_label = "Clear Mask"
    bl_options = {"REGISTER", "UNDO"}

    target: bpy.props.EnumProperty(items=TARGETS, name="Mask Of", default="OBJECT")

    def execute(self, context: bpy.types.Context) -> set[str]:
        setattr(settings_of(context), f"{self.target.lower()}_mask", None)
        return {"FINISHED"}


def show_in_editor(context: bpy.types.Context, image: bpy.types.Image) -> None:
    """Shows the photo in an Image Editor, where one is open."""
    space = context.space_data
    if space is not None and space.type == "IMAGE_EDITOR":
        space.image = image  # type: ignore[attr-defined]


class DEOCC_FH_photo(bpy.types.FileHandler):
    bl_idname = "DEOCC_FH_photo"
    bl_label = "DeOcc Photo"
    bl_import_operator = "deocc.open_photo"
    bl_file_extensions = ".png;.jpg;.jpeg;.webp;.bmp;.tif;.tiff;.tga;.exr;.hdr"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type in ("VIEW_3D", "IMAGE_EDITOR")


CLASSES = (DEOCC_OT_open_photo, DEOCC_OT_mask_file, DEOCC_OT_mask_clear, DEOCC_FH_photo)
