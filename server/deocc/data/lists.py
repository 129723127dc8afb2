"""Lists of objects with a name, so that figures of different days are of the same objects."""

from __future__ import annotations

from pathlib import Path

from deocc.errors import InputFault

# of the 114 ids of our development objects, sorted, every 4.75th: chosen by nobody
FIXED24 = (
    "aws_chandelier1",
    "aws_palletjackb1",
    "aws_shoerack1",
    "chen_blue_marker",
    "chen_orion_pie",
    "chen_shampoo",
    "chess_chessboard",
    "chess_rook",
    "gazebo_construction_barrel",
    "gazebo_fountain",
    "gazebo_mars_rover",
    "gazebo_suv",
    "gso_Diamond_Visions_Scissors_Red",
    "gso_Sterilite_Caddy_Blue_Sky_17_58_x_12_58_x_9_14",
    "kaolin_armchair",
    "playcanvas_cat_statue",
    "polyhaven_wooden_table_02",
    "ycb_extra_large_clamp",
    "ycb_large_clamp",
    "ycb_lemon",
    "ycb_padlock",
    "ycb_plate",
    "ycb_sponge",
    "ycb_toy_airplane_c",
)
NAMED = {"fixed24": FIXED24}


def ids_of(words: str) -> tuple[str, ...]:
    """The ids behind a list's name, a text file of one id a line (# begins a remark), or ids with commas."""
    if not words:
        return ()
    if words in NAMED:
        return NAMED[words]
    path = Path(words)
    if path.is_file():
        lines = (line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines())
        ids = tuple(line for line in lines if line)
    else:
        ids = tuple(one.strip() for one in words.split(",") if one.strip())
    if not ids:
        raise InputFault("empty_list", f"“{words}” names no object.", f"Known lists: {', '.join(NAMED)}.")
    return ids
