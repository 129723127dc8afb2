"""DeOcc for Blender: whole objects from photos in which they are half hidden. Only (un)registers."""

from __future__ import annotations


def _modules():
    # imported here and not above, so that the modules without bpy can be imported and tested without it
    from . import operators, panel, preferences, properties

    return (preferences, properties, operators, panel)


def register() -> None:
    import bpy

    from . import properties, watch

    for module in _modules():
        for one in module.CLASSES:
            bpy.utils.register_class(one)
    bpy.types.Scene.deocc = bpy.props.PointerProperty(type=properties.DeoccScene)
    watch.start()


def unregister() -> None:
    import bpy

    from . import drawing, watch

    watch.end()
    drawing.forget_pictures()
    del bpy.types.Scene.deocc
    for module in reversed(_modules()):
        for one in reversed(module.CLASSES):
            bpy.utils.unregister_class(one)
