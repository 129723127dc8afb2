"""A panel drawn into a layout that writes down what it is told: words, [operator] and (picture)."""

import bpy


class Layout:
    """Takes any call a panel makes and keeps the words and the operators."""

    def __init__(self, said=None):
        self.said = [] if said is None else said

    def __getattr__(self, name):
        def call(*arguments, **words):
            if name == "operator":
                self.said.append(f"[{arguments[0]}]")
            if name == "template_icon":  # its number is 0 without a window
                self.said.append("(picture)")
            if words.get("text"):
                self.said.append(words["text"])
            return Layout(self.said)

        return call


def drawn(name: str) -> str:
    kind = getattr(bpy.types, name)
    layout = Layout()
    panel = type("Drawn", (), {"layout": layout})()
    kind.draw(panel, bpy.context)  # it uses nothing of itself but the layout
    return " ".join(layout.said)
