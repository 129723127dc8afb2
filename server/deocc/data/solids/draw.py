"""A made-up solid from a generator: a family is drawn, built, posed and painted; the door to this folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deocc.data.solids import (
    abstract,
    boxes,
    craft,
    creatures,
    cutlery,
    cycles,
    figures,
    food,
    furniture,
    gadgets,
    machines,
    plants,
    tableware,
    tools,
    toys,
    vehicles,
    vessels,
    wear,
)
from deocc.data.solids.curves import Chance
from deocc.data.solids.finish import finished
from deocc.data.solids.paints import Paints
from deocc.data.solids.piece import Piece
from deocc.data.textured import Textured


@dataclass(frozen=True)
class Family:
    """How a kind of thing is built, how often it is drawn, and the share of it that lies on a side."""

    build: Callable[[Chance], list[Piece]]
    weight: float = 1.0
    lying: float = 0.0


FAMILIES: dict[str, Family] = {
    "bottle": Family(vessels.bottle, 1.5, 0.15),
    "can": Family(vessels.can, 1.0, 0.15),
    "cup": Family(tableware.cup, 1.2, 0.1),
    "bowl": Family(tableware.bowl, 0.8),
    "vase": Family(vessels.vase, 0.8, 0.05),
    "pitcher": Family(tableware.pitcher, 1.0),
    "pan": Family(tableware.pan, 0.8),
    "glass": Family(tableware.glass, 0.5),
    "bucket": Family(vessels.bucket, 0.6, 0.1),
    "table": Family(furniture.table),
    "chair": Family(furniture.chair, 1.3),
    "stool": Family(furniture.stool, 0.6),
    "shelf": Family(furniture.shelf, 0.8),
    "sofa": Family(furniture.sofa, 0.7),
    "lamp": Family(furniture.lamp),
    "bed": Family(furniture.bed, 0.4),
    "carton": Family(boxes.carton, 1.6, 0.15),
    "chest": Family(boxes.chest, 0.8),
    "crate": Family(boxes.crate, 0.6),
    "book": Family(boxes.book, 0.8),
    "suitcase": Family(boxes.suitcase, 0.6, 0.15),
    "hammer": Family(tools.hammer, 0.7),
    "driver": Family(tools.driver, 0.7),
    "knife": Family(cutlery.knife, 0.5),
    "spoon": Family(cutlery.spoon, 0.7),
    "scissors": Family(cutlery.scissors, 0.7),
    "clamp": Family(tools.clamp, 0.7),
    "wrench": Family(tools.wrench, 0.5),
    "drill": Family(tools.drill, 0.7, 0.3),
    "quadruped": Family(creatures.quadruped, 1.3, 0.05),
    "bird": Family(creatures.bird, 0.8),
    "fish": Family(creatures.fish, 0.6),
    "person": Family(figures.person, 1.3, 0.08),
    "turtle": Family(creatures.turtle, 0.5),
    "potted": Family(plants.potted, 1.0),
    "tree": Family(plants.tree, 0.6),
    "mushroom": Family(plants.mushroom, 0.4),
    "fruit": Family(food.fruit, 1.0, 0.2),
    "bread": Family(food.bread, 0.6),
    "screen": Family(gadgets.screen, 0.7),
    "laptop": Family(gadgets.laptop, 0.5),
    "telephone": Family(gadgets.telephone, 0.7, 0.2),
    "camera": Family(gadgets.camera, 0.7),
    "radio": Family(gadgets.radio, 0.7),
    "machine": Family(machines.machine, 0.7),
    "headphones": Family(machines.headphones, 0.5, 0.4),
    "keyboard": Family(machines.keyboard, 0.4),
    "car": Family(vehicles.car, 1.2),
    "lorry": Family(vehicles.lorry, 0.7),
    "engine": Family(vehicles.engine, 0.6),
    "aeroplane": Family(craft.aeroplane, 0.6),
    "boat": Family(craft.boat, 0.6),
    "bicycle": Family(cycles.bicycle, 0.7),
    "cart": Family(vehicles.cart, 0.5),
    "shoe": Family(wear.shoe, 1.1, 0.1),
    "hat": Family(wear.hat, 0.6),
    "bag": Family(wear.bag, 0.8),
    "umbrella": Family(wear.umbrella, 0.4),
    "spectacles": Family(wear.spectacles, 0.4),
    "toy": Family(toys.toy, 1.0),
    "sphere": Family(toys.sphere, 0.4),
    "pile": Family(abstract.pile, 1.2),
    "bracket": Family(abstract.bracket, 1.0, 0.2),
    "pipe": Family(abstract.pipe, 0.8),
    "crystal": Family(abstract.crystal, 0.8),
    "turned": Family(abstract.turned, 0.8, 0.3),
    "blend": Family(abstract.blend, 0.8, 0.2),
    "bolt": Family(tools.bolt, 0.5, 0.4),
}


def drawn_solid(rng: np.random.Generator) -> Textured:
    """A thing of a drawn family, normalised, +Z up; on its base, or on a side where such things lie about."""
    weights = np.array([family.weight for family in FAMILIES.values()])
    name = list(FAMILIES)[int(rng.choice(len(weights), p=weights / weights.sum()))]
    return solid_of(name, rng)


def solid_of(name: str, rng: np.random.Generator) -> Textured:
    """A thing of the family of that name."""
    chance = Chance(rng)
    pieces = posed(FAMILIES[name].build(chance), FAMILIES[name].lying, chance)
    return finished(pieces, Paints(chance))


def posed(pieces: list[Piece], lying: float, chance: Chance) -> list[Piece]:
    """Turned about +Z by any angle, and before that, for a share of them, laid on a side."""
    if chance.happens(lying):
        roll = chance.one_of((0.0, 0.0, 180.0, 90.0))  # on a broad side, or on a narrow one
        pieces = [one.turned("z", roll).turned("x", 90) for one in pieces]
    yaw = chance.between(0, 360)
    return [one.turned("z", yaw) for one in pieces]
