"""Scenes: a folder made by hand, every error of such a folder, and the generated scene against its own geometry."""

import json
import math

import numpy as np
import pytest
from fieldbench.datasets import _scene, scene_analytic, scene_room, scene_transforms
from fieldbench.errors import UserError
from PIL import Image

from tests.radiance import pictures
from tests.radiance.scenes import inside

ANGLE = 2 * math.atan(0.5)  # of a camera whose focal length is the width of its picture


def pose(x=0.0):
    """A camera at (x, 0, 3) that looks down."""
    made = np.eye(4)
    made[:3, 3] = x, 0, 3
    return made.tolist()


def make(folder, size=(4, 6), **changes):
    """A scene of two training views and one test view; returns transforms_train.json."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 2), ("test", 1)):
        (folder / part).mkdir(parents=True)
        frames = []
        for number in range(count):
            pixels = generator.integers(0, 256, (*size, 4), dtype=np.uint8)
            Image.fromarray(pixels, "RGBA").save(folder / part / f"r_{number}.png")
            frames.append({"file_path": f"./{part}/r_{number}", "transform_matrix": pose(number)})
        content = {"camera_angle_x": ANGLE, "frames": frames, **changes.get(part, {})}
        content = {key: value for key, value in content.items() if value is not None}
        (folder / f"transforms_{part}.json").write_text(json.dumps(content))
    return folder / "transforms_train.json"


def load(path, **params):
    return scene_transforms.load(path=str(path), data_root=None, download=False, **{"bound": 1.5, **params})


def test_a_folder_is_read(tmp_path):
    scene = load(make(tmp_path / "toy"))
    assert scene["image"].dims == ("view", "y", "x", "channel") and scene["image"].shape == (3, 4, 6, 4)
    assert scene["split"].values.tolist() == ["train", "train", "test"]
    assert scene["pose"].values[:, 0, 3].tolist() == [0, 1, 0]
    assert scene.attrs["title"] == "toy" and scene.attrs["kind"] == "scene" and scene.attrs["notes"] == ""
    assert scene["intrinsics"].values == pytest.approx(np.tile([6, 6, 3, 2], (3, 1)))
    assert scene.attrs["bound"] == 1.5
    straight = np.asarray(Image.open(tmp_path / "toy" / "train" / "r_1.png")).astype(float)
    expected = np.rint(straight[..., :3] * straight[..., 3:] / 255)
    assert np.abs(scene["image"].values[1, ..., :3] - expected).max() <= 1
    assert np.array_equal(scene["image"].values[1, ..., 3], straight[..., 3])


def test_blocks_become_the_mean_of_colour_times_alpha(tmp_path):
    """A block of one opaque red pixel and three transparent ones of any colour: a quarter of red, alpha a quarter."""
    file = make(tmp_path, size=(2, 2))
    pixels = np.full((2, 2, 4), [9, 200, 33, 0], np.uint8)
    pixels[0, 0] = 255, 0, 0, 255
    Image.fromarray(pixels, "RGBA").save(tmp_path / "train" / "r_0.png")
    scene = load(file, reduce=2)
    assert scene["image"].values[0].tolist() == [[[64, 0, 0, 64]]]
    assert scene["intrinsics"].values[0] == pytest.approx(
        [1, 1, 0.5, 0.5]
    )  # of a picture that is one pixel wide


def test_missing_pictures_are_skipped_and_listed(tmp_path):
    file = make(tmp_path)
    (tmp_path / "train" / "r_0.png").unlink()
    scene = load(file)
    assert scene.sizes["view"] == 2
    assert scene.attrs["notes"] == "transforms_train.json: no picture for 1 frames: r_0."


def test_of_many_missing_pictures_a_few_are_named(tmp_path):
    file = make(tmp_path)
    listed = json.loads(file.read_text())
    gone = [{**listed["frames"][0], "file_path": f"./train/gone_{number}"} for number in range(9)]
    file.write_text(json.dumps({**listed, "frames": [*listed["frames"], *gone]}))
    assert "9 frames: gone_0, gone_1, gone_2, gone_3, gone_4, 4 more." in load(file).attrs["notes"]


@pytest.mark.parametrize("name", ["../other/train/r_0", "{other}/train/r_0.png", "link/r_0"])
def test_pictures_outside_the_folder_are_refused_unless_allowed(tmp_path, name):
    make(tmp_path / "other")
    frames = [{"file_path": name.format(other=tmp_path / "other"), "transform_matrix": pose()}]
    file = make(tmp_path / "toy", train={"frames": frames})
    (tmp_path / "toy" / "link").symlink_to(tmp_path / "other" / "train")
    with pytest.raises(UserError, match=r"lies outside its folder.*outside: true"):
        load(file)
    assert load(file, outside=True).sizes["view"] == 2


def test_some_of_the_views(tmp_path):
    scene = load(make(tmp_path), views=1)
    assert scene["split"].values.tolist() == ["train", "test"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": {"frames": []}}, "no frames"),
        ({"train": {"frames": None}}, "no frames"),
        ({"train": {"camera_angle_x": None}}, "lacks `camera_angle_x`"),
        ({"train": {"frames": [{"file_path": "r"}]}}, "lacks `transform_matrix`"),
        (
            {"train": {"frames": [{"file_path": "nowhere", "transform_matrix": pose()}]}},
            "no picture that exists",
        ),
        (
            {
                "test": {
                    "frames": [
                        {"file_path": "test/r_0.png", "transform_matrix": np.diag([2, 2, 2, 1]).tolist()}
                    ]
                }
            },
            "rigid",
        ),
        (
            {
                "test": {
                    "frames": [{"file_path": "test/r_0", "transform_matrix": np.diag([1, 1, -1, 1]).tolist()}]
                }
            },
            "rigid",
        ),
        ({"test": {"frames": [{"file_path": "test/r_0", "transform_matrix": [[1, 0], [0, 1]]}]}}, "rigid"),
    ],
)
def test_what_is_no_scene_is_an_error(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        load(make(tmp_path, **changes))


def spoil_size(folder):
    Image.new("RGBA", (5, 5)).save(folder / "test" / "r_0.png")


def spoil_picture(folder):
    (folder / "train" / "r_0.png").write_bytes(b"no picture")


def spoil_json(folder):
    (folder / "transforms_test.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_size, "differs in size"),
        (spoil_picture, "not a picture"),
        (spoil_json, "damaged"),
    ],
)
def test_damaged_files_are_errors(tmp_path, spoil, message):
    file = make(tmp_path)
    spoil(tmp_path)
    with pytest.raises(UserError, match=message):
        load(file)


@pytest.mark.parametrize("reduce", [0, 5])
def test_a_wrong_reduction_is_an_error(tmp_path, reduce):
    with pytest.raises(UserError, match="`reduce`"):
        load(make(tmp_path), reduce=reduce)


def test_a_camera_looks_at_its_target():
    made = _scene.look_at(np.array([3.0, 4, 0]))
    assert made[:3, 2] == pytest.approx([0.6, 0.8, 0])  # backwards
    assert made[:3, 1] == pytest.approx([0, 0, 1])  # up
    _scene.check_rigid(made, "it")
    _scene.check_rigid(_scene.look_at(np.array([0.0, 0, 2])), "one that looks along the world's vertical")


def test_the_generated_scene():
    scene = scene_analytic.load(size=16, train=4, test=2)
    again = scene_analytic.load(size=16, train=4, test=2)
    assert scene.identical(again)
    alpha = scene["image"].values[..., 3]
    assert 0.1 < (alpha > 0).mean() < 0.6 and (alpha == 255).any() and ((alpha > 0) & (alpha < 255)).any()
    assert (scene["image"].values[..., :3] <= alpha[..., None]).all()  # colour times alpha
    assert scene.attrs["box"].tolist() == pytest.approx([-0.79, -0.69, -0.55, 0.67, 0.66, 0.6])


def test_a_ray_through_the_middle_of_a_ball_crosses_its_diameter():
    (centre, radius, _) = scene_analytic.BALLS[0]
    direction = np.array([[0.0, 0, -1]])
    origin = np.array([[centre[0], centre[1], 3.0]])
    found = scene_analytic.radiance(origin, direction, 1.5)
    assert found[0, 3] == pytest.approx(-math.expm1(-1.5 * 2 * radius))
    assert scene_analytic.radiance(origin, direction, None)[0, 3] == 1
    assert scene_analytic.radiance(origin, -direction, None)[0, 3] == 0


def test_a_ray_along_an_axis_crosses_a_box():
    (centre, half, _) = scene_analytic.BOXES[1]
    direction = np.array([[0.0, 1, 0]])
    found = scene_analytic.radiance(np.array([[centre[0], -3.0, centre[2]]]), direction, 2.0)
    through_ball = inside(np.array([[centre[0], y, centre[2]] for y in np.linspace(-1, 0, 2001)])).mean()
    assert found[0, 3] == pytest.approx(-math.expm1(-2 * (2 * half[1] + through_ball)), abs=2e-3)


def test_alpha_agrees_with_the_density_summed_along_rays():
    """Against sums of `inside` along random rays: two forms of one geometry."""
    generator = np.random.default_rng(3)
    origins = generator.normal(size=(300, 3))
    origins *= 3 / np.linalg.norm(origins, axis=1, keepdims=True)
    directions = generator.uniform(-0.6, 0.6, (300, 3)) - origins
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    t = np.linspace(1, 5, 4001)[:-1] + 0.0005
    length = 0.001 * inside(origins[:, None] + t[:, None] * directions[:, None]).sum(1)
    found = scene_analytic.radiance(origins, directions, 3.0)[:, 3]
    assert (length > 0).sum() > 100
    assert found == pytest.approx(-np.expm1(-3 * length), abs=0.01)


def test_the_highlight_moves_with_the_viewer():
    """The same point of a ball, seen from two sides, differs in brightness."""
    (centre, radius, _) = scene_analytic.BALLS[2]
    point = np.array(centre) + radius * scene_analytic.LAMP
    views = np.stack([scene_analytic.LAMP, scene_analytic.LAMP + np.array([0.6, 0.6, 0])])
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    seen = scene_analytic.radiance(point + 2 * views, -views, None)
    assert seen[0, :3].sum() > seen[1, :3].sum() + 0.3


@pytest.mark.parametrize("wrong", [{"size": 0}, {"test": 0}, {"density": -1.0}])
def test_numbers_that_make_no_scene_are_errors(wrong):
    with pytest.raises(UserError, match="scene_analytic"):
        scene_analytic.load(**wrong)


def test_a_room_has_its_walls_and_its_window_shows_what_lies_beyond():
    """Distances by hand: the wall behind, the ball beyond the window, and the clouds beside it."""
    (centre, radius, tint) = scene_room.BALLS[-1]
    origins = np.zeros((3, 3))
    directions = np.array([[-1.0, 0, 0], centre, [scene_room.SKY, -6.0, 0.0]])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    seen, distance = scene_room.colour(origins, directions)
    beyond = scene_room.SKY / directions[2, 0]
    assert distance == pytest.approx([scene_room.ROOM[0], np.linalg.norm(centre) - radius, beyond])
    assert (seen[1] <= tint).all() and seen[2, 2] > seen[2, 0]


def test_a_room_is_seen_from_inside_and_has_depths_near_and_far():
    scene = scene_room.load(size=12, train=5, test=2)
    assert scene["image"].shape == (7, 12, 12, 4) and (scene["image"].values[..., 3] == 255).all()
    places = scene["pose"].values[:, :3, 3]
    assert (np.abs(places) < scene_room.ROOM).all() and scene.attrs["bound"] == 16
    directions = -scene["pose"].values[:, :3, 2].astype(float)
    assert np.ptp(scene_room.colour(places.astype(float), directions)[1]) > 2
    assert scene.equals(scene_room.load(size=12, train=5, test=2))
    with pytest.raises(UserError, match="scene_room"):
        scene_room.load(size=0)


def test_a_survey_counts_views_and_reads_one_picture(tmp_path):
    file = make(tmp_path / "toy")
    assert scene_transforms.survey(str(file)) == ((4, 6), True, 2, 1)
    (tmp_path / "toy" / "train" / "r_0.png").unlink()
    assert scene_transforms.survey(str(file)).train == 1
    (tmp_path / "toy" / "transforms_test.json").unlink()
    with pytest.raises(UserError, match="has 1 views and no list of test views"):
        scene_transforms.survey(str(file))


def test_a_moved_scene_says_where_it_was(tmp_path):
    """A point of the files lies at (x - origin) scale; what surrounds the cube is as many times as large as asked for."""
    file = pictures.write(tmp_path / "toy", shift=(4.0, 0.0, -1.0))
    scene, large = (load(file, bound=None, surroundings=times) for times in (1.0, 4.0))
    listed = json.loads(file.read_text())["frames"][0]["transform_matrix"]
    place = (np.array(listed)[:3, 3] - scene.attrs["origin"]) * scene.attrs["scale"]
    np.testing.assert_allclose(scene["pose"].values[0, :3, 3], place, rtol=1e-5)
    np.testing.assert_allclose(scene.attrs["origin"], [4, 0, -1], atol=1e-5)
    assert large.attrs["bound"] == 4 * scene.attrs["bound"]
    kept = load(file, bound=5.0, surroundings=4.0)
    assert kept.attrs["bound"] == 5 and kept.attrs["scale"] == 1 and (kept.attrs["origin"] == 0).all()
