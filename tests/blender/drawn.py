"""A panel drawn into a layout that writes down what it is told: words, [operator] and (picture)."""

import bpy


class Layout:
    """Takes any call a panel makes and keeps the words, the operators and the icons beside words."""

    def __init__(self, said=None, icons=None):
        self.said = [] if said is None else said
        self.icons = [] if icons is None else icons

    def __getattr__(self, name):
        def call(*arguments, **words):
            if name == "operator":
                self.said.append(f"[{arguments[0]}]")
            if name == "template_icon":  # its number is 0 without a window
                self.said.append("(picture)")
            if words.get("text"):
                self.said.append(words["text"])
            if name == "label":
                self.icons.append(words.get("icon", "NONE"))
            return Layout(self.said, self.icons)

        return call


def drawn(name: str) -> str:
    return " ".join(layout_of(name).said)


def icons(name: str) -> list[str]:
    return layout_of(name).icons


def layout_of(name: str) -> Layout:
    kind = getattr(bpy.types, name)
    layout = Layout()
    panel = type("Drawn", (), {"layout": layout})()
    kind.draw(panel, bpy.context)  # it uses nothing of itself but the layout
    return layout
