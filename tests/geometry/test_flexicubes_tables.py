"""The generated cube tables against the properties that any such table has, and the published counts."""

from __future__ import annotations

from collections import Counter

import pytest

torch = pytest.importorskip("torch")

from deocc.geometry.flexicubes_tables import (  # noqa: E402
    EDGES,
    ambiguous_faces,
    crossed_edges,
    cube_tables,
    edge_axis,
    face_joints,
    loops,
)

CASES = range(256)


def test_the_twelve_edges_are_the_cubes_and_run_along_their_axes():
    assert len({frozenset(pair) for pair in EDGES}) == 12
    for edge, (first, second) in enumerate(EDGES):
        assert (first ^ second).bit_count() == 1  # endpoints differ in one coordinate
        low_to_high = first < second
        assert low_to_high == (edge_axis(edge) != 1)  # y edges run from high to low
    assert Counter(edge_axis(edge) for edge in range(12)) == {0: 4, 1: 4, 2: 4}


def test_every_crossed_edge_is_joined_twice_and_lies_in_one_loop():
    for case in CASES:
        joined = Counter(edge for joint in face_joints(case) for edge in joint)
        assert joined == dict.fromkeys(crossed_edges(case), 2)  # an edge lies in two faces
        assert sorted(edge for loop in loops(case) for edge in loop) == crossed_edges(case)
        assert all(3 <= len(loop) <= 7 for loop in loops(case))


def test_a_loop_is_closed_by_as_many_joints_as_it_has_edges():
    for case in CASES:
        for loop in loops(case):
            inside = [joint for joint in face_joints(case) if joint[0] in loop]
            assert len(inside) == len(loop) and all(b in loop for _, b in inside)


def test_a_case_and_its_inverse_cross_the_same_edges():
    for case in CASES:
        assert crossed_edges(case) == crossed_edges(255 - case)
        assert ambiguous_faces(case) == ambiguous_faces(255 - case)


def test_counts_of_loops_are_those_of_dual_marching_cubes():
    counts = Counter(len(loops(case)) for case in CASES)
    # 162 with one vertex, 82 with two; three and four only where opposite corners alternate
    assert counts == {0: 2, 1: 162, 2: 82, 3: 8, 4: 2}
    assert {case for case in CASES if len(loops(case)) == 4} == {0b01101001, 0b10010110}


def test_36_cases_are_problematic_24_of_five_corners_and_12_of_six():
    tables = cube_tables(torch.device("cpu"))
    problematic = tables.problematic.nonzero()[:, 0].tolist()
    assert Counter(case.bit_count() for case in problematic) == {5: 24, 6: 12}
    for case in problematic:
        assert len(ambiguous_faces(case)) == 1 and len(loops(case)) == 1
        assert len(loops(255 - case)) == 2  # the other joining parts the sheet in two
    assert (tables.doubtful_step.abs().sum(1) == tables.problematic.long()).all()


def test_tables_on_tensors_say_what_the_rules_say():
    tables = cube_tables(torch.device("cpu"))
    for case in CASES:
        assert int(tables.loop_count[case]) == len(loops(case))
        assert tables.crossed[case].nonzero()[:, 0].tolist() == crossed_edges(case)
        for number, loop in enumerate(loops(case)):
            assert tables.loops[case, number].nonzero()[:, 0].tolist() == loop
            assert all(int(tables.loop_of_edge[case, edge]) == number for edge in loop)


def test_tables_are_made_once():
    assert cube_tables(torch.device("cpu")) is cube_tables(torch.device("cpu"))
