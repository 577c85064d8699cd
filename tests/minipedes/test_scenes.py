"""Whole scenes: who hides whom, what boxes enclose, and where things fall in the picture."""

from dataclasses import replace

import numpy as np
import pytest
from people import area, clean_camera, person, view

from plipdet.minipedes.cameras import OCCLUDERS, sample_camera
from plipdet.minipedes.materials import LABEL
from plipdet.minipedes.person_spec import Garment
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.scenes.lens import half_width, scene_lens, wall_distance
from plipdet.minipedes.scenes.render_scene import render_scene
from plipdet.minipedes.scenes.sample_scene import Company, sample_scene
from plipdet.minipedes.scenes.scene_spec import Bystander, Obstacle, SceneSpec
from plipdet.minipedes.scenes.street import street_of

SIZE = (180, 320)
CAMERA = replace(clean_camera(), distances=(6.0, 12.0), depth=16.0)


def at(x, distance, *, person_id=1, heading=0.5, **changes):
    where = view(heading, camera=CAMERA, position=(x, distance))
    return Bystander(person(**changes), where, person_id)


def scene(*people, **changes):
    base = SceneSpec(
        camera=CAMERA,
        people=people,
        obstacles=(),
        crowd=None,
        exposure=1.0,
        tint=(1.0, 1.0, 1.0),
        light_turn=0.0,
        defocus=0.0,
        noise=0.0,
        seed=3,
    )
    return replace(base, **changes)


def render(*people, size=SIZE, **changes):
    return render_scene(scene(*people, **changes), size=size)


def random_scene(number):
    rng = np.random.default_rng(number)
    people = [Company(((sample_person(2, number * 5 + k), k + 1),)) for k in range(3)]
    return sample_scene(sample_camera(2, 1 + number % 6), tuple(people), rng)


def test_the_same_scene_gives_the_same_bytes_even_after_others():
    first = render_scene(random_scene(1), size=SIZE)
    render(at(0, 8))
    street_of.cache_clear()
    second = render_scene(random_scene(1), size=SIZE)
    assert first.image.tobytes() == second.image.tobytes()
    assert [p.box for p in first.people] == [p.box for p in second.people]


def test_a_scene_without_people_has_none_and_is_the_bare_place():
    empty = render()
    assert empty.people == () and empty.crowds == ()
    assert empty.image.shape == (*SIZE, 3) and empty.image.std() > 8


def test_somebody_alone_is_whole_and_stands_where_the_lens_says():
    (seen,) = render(at(0.6, 8.0)).people
    assert seen.visible == 1.0
    left, top, right, bottom = seen.box
    lens = scene_lens(CAMERA, SIZE)
    foot = lens.screen(np.array([[0.6, 0.0, 8.0]]))[0]
    head = lens.screen(np.array([[0.6, 1.7, 8.0]]))[0]
    assert left < foot[0] < right and abs(bottom - foot[1]) < 6 and abs(top - head[1]) < 8
    assert seen.parsing.shape == (bottom - top, right - left)
    edges = (seen.parsing[0], seen.parsing[-1], seen.parsing[:, 0], seen.parsing[:, -1])
    assert all(edge.any() for edge in edges)


def test_only_pixels_of_the_person_and_the_shadow_change():
    empty, full = render(), render(at(0, 8))
    change = np.abs(full.image.astype(int) - empty.image.astype(int)).max(-1) > 12
    left, top, right, bottom = full.people[0].box
    inside = change[top:bottom, left:right]
    assert (inside & (full.people[0].parsing > 0)).sum() > 0.9 * (full.people[0].parsing > 0).sum()
    assert not change[: top - 6].any()


def test_twice_the_pixels_are_twice_the_box():
    (small,), (large,) = (render(at(0.5, 9), size=s).people for s in (SIZE, (360, 640)))
    assert np.abs(2 * np.array(small.box) - np.array(large.box)).max() <= 4


def test_the_farther_is_smaller():
    near, far = (render(at(0, z)).people[0].box for z in (6.5, 11.5))
    ratio = (near[3] - near[1]) / (far[3] - far[1])
    assert ratio == pytest.approx(11.5 / 6.5, rel=0.12)


def test_the_nearer_hides_the_farther_whatever_their_order():
    near, far = at(0.0, 7.0, person_id=1), at(0.1, 9.0, person_id=2)
    for people in ((near, far), (far, near)):
        seen = {p.bystander.person_id: p for p in render(*people).people}
        assert seen[1].visible == 1.0 and 0.02 < seen[2].visible < 0.6
        assert seen[1].box == render(near).people[0].box
        alone = render(far).people[0]
        assert area(alone.parsing, *range(1, 30)) > area(seen[2].parsing, *range(1, 30))


def test_somebody_cut_by_the_border_has_a_box_that_ends_there():
    edge = half_width(scene_lens(CAMERA, SIZE), 8.0)
    (seen,) = render(at(edge, 8)).people
    assert seen.box[2] == SIZE[1] and 0.2 < seen.visible < 0.8
    assert render(at(edge + 2, 8)).people == ()


def test_an_umbrella_is_not_in_the_box():
    umbrella = (Garment("umbrella", "red"),)
    where = at(0, 8, others=umbrella)
    opened = replace(
        where,
        view=replace(
            where.view, umbrella_open=True, pose=replace(where.view.pose, left_arm="pole")
        ),
    )
    (bare,), (seen,) = render(at(0, 8)).people, render(opened).people
    assert abs(seen.box[1] - bare.box[1]) <= 3
    assert seen.box[2] - seen.box[0] < 1.5 * (bare.box[2] - bare.box[0])


@pytest.mark.parametrize("kind", [kind for kind in OCCLUDERS if kind not in ("none", "person")])
def test_obstacles_hide_who_is_behind_them_only(kind):
    def seen(distance):
        thing = Obstacle(kind, 0.0, distance, 1.0, "red")
        (found,) = render(at(0, 8), obstacles=(thing,)).people
        return found

    assert seen(7.2).visible < 0.97
    assert seen(9.0).visible == 1.0


def test_a_crowd_is_a_region_and_nobody():
    crowd = (1.0, 14.5)
    found = render(crowd=crowd)
    (box,) = found.crowds
    assert (
        found.people == () and 0 <= box[0] < box[2] <= SIZE[1] and 0 <= box[1] < box[3] <= SIZE[0]
    )
    lens = scene_lens(CAMERA, SIZE)
    foot = lens.screen(np.array([[1.0, 0.0, 14.5]]))[0]
    assert box[0] < foot[0] < box[2] and abs(box[3] - foot[1]) < 8
    empty = render()
    change = np.abs(found.image.astype(int) - empty.image.astype(int)).max(-1) > 25
    assert change[box[1] : box[3], box[0] : box[2]].sum() > 0.9 * change.sum() > 0


def test_the_sun_throws_a_shadow_to_the_other_side():
    def change(azimuth):
        camera = replace(CAMERA, key=1.5, sun=(azimuth, 0.6))
        who = replace(at(0, 8), view=replace(at(0, 8).view, camera=camera))
        bare, full = render(camera=camera), render(who, camera=camera)
        left, _, right, bottom = full.people[0].box
        darker = bare.image.astype(int).sum(-1) - full.image.astype(int).sum(-1)
        darker[:, left:right] = 0
        foot = darker[bottom - 30 :]
        return foot[:, :left].clip(0).sum(), foot[:, right:].clip(0).sum()

    (left, right), (other_left, other_right) = change(-1.5), change(1.5)
    assert right > 3 * left and other_left > 3 * other_right


def test_statues_and_posters_are_never_people():
    """Of twelve places some have what looks human; without people nobody is told."""
    places = [sample_camera(5, number) for number in range(1, 13)]
    streets = [street_of(camera, SIZE) for camera in places]
    assert sum(len(street.things) for street in streets) > 12
    assert all(render(camera=camera).people == () for camera in places[:3])


def test_everybody_stands_before_the_backdrop_and_hardly_anybody_in_another():
    together = 0
    for number in range(30):
        spec = random_scene(number)
        spots = np.array([p.view.position for p in spec.people])
        walls = [wall_distance(spec.camera, x) for x, _ in spots]
        assert (spots[:, 1] <= np.array(walls) - 0.59).all()
        gaps = np.linalg.norm(spots[:, None] - spots[None], axis=-1)
        together += int((gaps[np.triu_indices(len(spots), 1)] < 0.4).sum())
        assert {p.view.light_turn for p in spec.people} == {spec.light_turn}
    assert together <= 1


def test_companions_walk_side_by_side():
    two = Company(((person(), 1), (person(), 2)))
    gaps, turns = [], []
    for number in range(40):
        spec = sample_scene(CAMERA, (two,), np.random.default_rng(number))
        first, second = (p.view for p in spec.people)
        gaps.append(np.hypot(*np.subtract(first.position, second.position)))
        turns.append(abs(first.heading - second.heading))
    side_by_side = np.array(gaps) < 1.3
    assert 0.6 < side_by_side.mean() < 0.98
    assert np.array(turns)[side_by_side].mean() < 0.35


def test_labels_are_of_the_parsing():
    (seen,) = render(at(0, 7)).people
    assert {LABEL["upper"], LABEL["lower"], LABEL["hair"]} <= set(np.unique(seen.parsing))
