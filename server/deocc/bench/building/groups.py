"""Groups of categories for the tables: most categories have one object, which says nothing of them."""

from __future__ import annotations

OTHER = "other"
_MEMBERS = {
    "furniture": "bench cabinet chair lamp picture rack sofa stool table",
    "vehicle": "airplane barge boat car robot train truck vehicle wheel",
    "packaging": "bag box box_stack carton container dumpster parcel waste_bin",
    "bottle or can": "bottle can jar vase",
    "tableware": "bowl cup kitchen_tool mug pitcher plate teapot",
    "tool or stationery": "clamp hand_tool padlock pen power_tool scissors stapler stationery",
    "fruit or ball": "ball fruit vegetable",
    "toy or game": "block board_game chess_piece plush sport toy toy_brick",
    "electronics": "appliance electronics headphones instrument remote",
    "street or building": "barrier building fountain hydrant mailbox sign statue traffic_barrel",
}
GROUPS = (*_MEMBERS, OTHER)
_GROUP_OF = {category: group for group, members in _MEMBERS.items() for category in members.split()}


def group_of(category: str) -> str:
    """The group of a category as `objects.json` names it ("chess_piece"); "other" where it is unknown."""
    return _GROUP_OF.get(category.strip().lower().replace(" ", "_"), OTHER)
