"""Which meshes training never sees: the split by object, with the reason of each group."""

from __future__ import annotations

from collections.abc import Collection

from deocc.data.lists import FIXED24

TRAIN, HELD_OUT_SPLIT = "train", "held_out"
SPLITS = (TRAIN, HELD_OUT_SPLIT)

# reason -> ids
HELD_OUT = {
    "the benchmark's fixed 24, chosen by nobody": FIXED24,
    "the true meshes of objects in the real photos": (
        "ycb_cracker_box",
        "ycb_pitcher_base",
        "ycb_potted_meat_can",
        "ycb_tomato_soup_can",
    ),
    "close relatives of held-out ones: another of the same set, size or maker's shape": (
        "chen_red_marker",
        "chess_bishop",
        "chess_king",
        "chess_knight",
        "chess_pawn",
        "chess_queen",
        "ycb_medium_clamp",
        "ycb_toy_airplane_b",
        "ycb_toy_airplane_d",
    ),
}
_IDS = frozenset(name for names in HELD_OUT.values() for name in names)


def split_of(name: str, more: Collection[str] = ()) -> str:
    """`held_out` or `train`, by a mesh's id alone.

    more: ids that the user holds out beside ours; any other mesh of theirs is for training.
    """
    return HELD_OUT_SPLIT if name in _IDS or name in more else TRAIN
