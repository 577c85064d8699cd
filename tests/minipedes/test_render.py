from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from people import SMALL, area, person, view

from plipdet.minipedes.cameras import OCCLUDERS, sample_camera, sample_view
from plipdet.minipedes.dressing import dress_person
from plipdet.minipedes.materials import LABEL
from plipdet.minipedes.person_spec import (
    BAGS,
    HAIR_STYLES,
    HATS,
    LOWER_GARMENTS,
    OTHER_BELONGINGS,
    PATTERNS,
    SHOES,
    UPPER_GARMENTS,
    Garment,
)
from plipdet.minipedes.render import render_person
from plipdet.minipedes.sample_person import sample_person


def render(spec, picture=None):
    return render_person(spec, picture or view(), size=SMALL)


def test_same_seed_gives_the_same_bytes_even_after_other_people():
    spec, camera = sample_person(3, 8), sample_camera(3, 2)
    picture = sample_view(spec, camera, np.random.default_rng(1))
    first = render_person(spec, picture, size=SMALL)
    dress_person.cache_clear()
    render(person())
    second = render_person(spec, picture, size=SMALL)
    assert first.image.tobytes() == second.image.tobytes()
    assert first.parsing.tobytes() == second.parsing.tobytes()
    assert first.box == second.box


def test_shapes_and_box_enclose_the_parsing():
    result = render(person())
    assert result.image.shape == (*SMALL, 3) and result.image.dtype == np.uint8
    assert result.parsing.shape == SMALL and result.parsing.dtype == np.uint8
    left, top, right, bottom = result.box
    inside = result.parsing[top:bottom, left:right]
    assert area(result.parsing, *range(1, 30)) == area(inside, *range(1, 30)) > 900
    assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any()


@pytest.mark.parametrize("kind", UPPER_GARMENTS)
@pytest.mark.parametrize("heading", [0.4, 2.8])
def test_every_upper_garment_shows(kind, heading):
    lower = Garment("none", "black") if kind == "dress" else Garment("jeans", "blue")
    parsing = render(person(upper=Garment(kind, "red"), lower=lower), view(heading)).parsing
    label = {"dress": "dress", "jacket": "outer", "coat": "outer"}.get(kind, "upper")
    assert area(parsing, LABEL[label]) > 250
    others = {"dress", "outer", "upper", "inner"} - {label}
    assert area(parsing, *(LABEL[name] for name in others)) == 0


@pytest.mark.parametrize("kind", [kind for kind in LOWER_GARMENTS if kind != "none"])
def test_every_lower_garment_shows(kind):
    parsing = render(person(lower=Garment(kind, "green"))).parsing
    assert area(parsing, LABEL["skirt" if "skirt" in kind else "lower"]) > 120
    assert area(parsing, LABEL["lower" if "skirt" in kind else "skirt"]) == 0


def test_shorts_and_skirts_bare_the_legs_and_trousers_do_not():
    legs = (LABEL["left-leg"], LABEL["right-leg"])
    bare = {
        k: area(render(person(lower=Garment(k, "grey"))).parsing, *legs) for k in LOWER_GARMENTS[:5]
    }
    assert bare["shorts"] > 100 and bare["skirt"] > 80
    assert bare["trousers"] < 12 and bare["jeans"] < 12


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_hair_shows_unless_bald(style):
    shown = area(render(person(hair_style=style), view(2.6)).parsing, LABEL["hair"])
    assert shown == 0 if style == "bald" else shown > 25


def test_long_hair_shows_more_than_short_from_behind():
    shown = {
        style: area(render(person(hair_style=style), view(3.1)).parsing, LABEL["hair"])
        for style in ("short", "medium", "long")
    }
    assert shown["short"] < shown["medium"] < shown["long"]


@pytest.mark.parametrize("kind", [kind for kind in HATS if kind != "none"])
def test_every_hat_shows(kind):
    assert area(render(person(hat=Garment(kind, "red"))).parsing, LABEL["hat"]) > 20


@pytest.mark.parametrize("kind", SHOES)
def test_every_shoe_shows_on_both_feet(kind):
    parsing = render(person(shoes=Garment(kind, "red"))).parsing
    assert area(parsing, LABEL["left-shoe"]) > 4 and area(parsing, LABEL["right-shoe"]) > 4


@pytest.mark.parametrize("kind", [kind for kind in BAGS if kind != "none"])
def test_every_bag_shows(kind):
    spec = person(bag=Garment(kind, "red"))
    shown = [area(render(spec, view(h)).parsing, LABEL["bag"]) for h in (0.3, 1.9, 3.1, -1.3)]
    assert max(shown) > 60 and sum(s > 8 for s in shown) >= 3
    assert area(render(person()).parsing, LABEL["bag"]) == 0


@pytest.mark.parametrize("kind", OTHER_BELONGINGS)
@pytest.mark.parametrize("opened", [False, True])
def test_every_belonging_shows(kind, opened):
    spec = person(others=(Garment(kind, "red"),))
    pose = replace(view().pose, left_arm="phone" if kind == "phone" else "pole")
    parsing = render(spec, view(0.3, pose=pose, umbrella_open=opened)).parsing
    assert area(parsing, LABEL[kind]) > 8


def test_glasses_are_drawn_on_the_face():
    close = replace(view(0.0), crop=(0.0, -0.4, 0.25))
    parsing = render_person(person(glasses=True), close, size=SMALL).parsing
    assert area(parsing, LABEL["glasses"]) > 8


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_bring_in_the_second_colour_except_plain(pattern):
    upper = Garment("t-shirt", "red", pattern, None if pattern == "plain" else "green")
    result = render_person(person(upper=upper), view(0.0), size=(256, 128))
    image = result.image[result.parsing == LABEL["upper"]].astype(int)
    green = (image[:, 1] > image[:, 0] + 15).mean()
    assert green == 0 if pattern == "plain" else green > 0.02 or pattern == "checked"
    if pattern == "checked":
        assert image[:, 1].std() > 12


def test_another_colour_changes_that_garment_and_little_else():
    red, blue = (render(person(upper=Garment("sweater", colour))) for colour in ("red", "blue"))
    assert np.array_equal(red.parsing, blue.parsing)
    change = np.abs(red.image.astype(int) - blue.image.astype(int)).sum(-1)
    mine = red.parsing == LABEL["upper"]
    near = np.zeros_like(mine)
    rows, columns = np.nonzero(mine)
    for dr in range(-3, 4):
        for dc in range(-3, 4):
            near[np.clip(rows + dr, 0, SMALL[0] - 1), np.clip(columns + dc, 0, SMALL[1] - 1)] = True
    assert change[mine].mean() > 60
    assert change[~near].mean() < 0.5


def test_red_looks_red_and_blue_looks_blue():
    result = render(person(upper=Garment("t-shirt", "red"), lower=Garment("trousers", "blue")))
    upper = result.image[result.parsing == LABEL["upper"]].mean(0)
    lower = result.image[result.parsing == LABEL["lower"]].mean(0)
    assert upper[0] > upper[1] + 40 and upper[0] > upper[2] + 40
    assert lower[2] > lower[0] + 40


def test_a_coat_makes_another_silhouette_than_a_shirt():
    coat = render(person(upper=Garment("coat", "red"))).parsing > 0
    shirt = render(person()).parsing > 0
    lower = slice(int(SMALL[0] * 0.5), int(SMALL[0] * 0.7))
    assert coat[lower].sum() > 1.1 * shirt[lower].sum()


def test_open_jacket_shows_what_is_worn_under_it():
    spec = person(upper=Garment("jacket", "black"), inner=Garment("t-shirt", "yellow"))
    assert area(render(spec, view(0.0)).parsing, LABEL["inner"]) > 25
    assert area(render(spec, view(3.14)).parsing, LABEL["inner"]) == 0


def test_left_is_left():
    parsing = render(person(), view(0.0)).parsing
    left = np.nonzero(parsing == LABEL["left-arm"])[1].mean()
    right = np.nonzero(parsing == LABEL["right-arm"])[1].mean()
    assert left > right + 10  # facing the camera, the left arm is on the picture's right


@pytest.mark.parametrize("occluder", [name for name in OCCLUDERS if name != "none"])
def test_occluders_hide_labels(occluder):
    free = area(render(person()).parsing, *range(1, 30))
    hidden = area(
        render(person(), view(occluder=occluder, occluder_side=0.3)).parsing, *range(1, 30)
    )
    assert hidden < free


def test_the_person_casts_a_shadow_and_the_sun_turns_it():
    sunny = replace(view().camera, key=1.5, ground="asphalt")
    first, second = (
        render(person(), view(camera=replace(sunny, sun=(azimuth, 0.6)))) for azimuth in (-1.5, 1.5)
    )
    away = (first.parsing == 0) & (second.parsing == 0)
    foot = slice(int(SMALL[0] * 0.85), SMALL[0])
    change = first.image.astype(int) - second.image.astype(int)
    change = np.where(away[..., None], change, 0)[foot].sum(-1)
    assert change[:, : SMALL[1] // 2].mean() * change[:, SMALL[1] // 2 :].mean() < 0


def test_many_people_render_without_a_flaw():
    for number in range(12):
        spec, camera = sample_person(5, number), sample_camera(5, number)
        picture = sample_view(spec, camera, np.random.default_rng(number))
        result = render_person(spec, picture, size=SMALL)
        assert np.isfinite(result.image.astype(float)).all()
        assert result.image.std() > 8
        assert area(result.parsing, *range(1, 30)) > 600
