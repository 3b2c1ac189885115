"""What people's lists of cameras and pictures have: each is read right, or refused in one sentence that says why."""

import json
import math

import numpy as np
import pytest
from fieldbench.datasets import _lens, _viewing, scene_analytic, scene_transforms
from fieldbench.errors import UserError
from PIL import Image

SIZE = 40
DATA = scene_analytic.load(size=SIZE, train=8, test=2)
FOCAL = float(DATA.intrinsics.values[0, 0])
ANGLE = 2 * math.atan(SIZE / 2 / FOCAL)


class Folder:
    """A scene's folder that a case changes before it is read: `lists` by split, pictures as files."""

    def __init__(self, path):
        self.path, self.lists = path, {}
        for split in ("train", "test"):
            (path / split).mkdir(parents=True)
            frames = []
            for number, view in enumerate(np.flatnonzero(DATA.split.values == split)):
                pixels = DATA.image.values[view].astype(float)
                pixels[..., :3] *= 255 / np.maximum(pixels[..., 3:], 1)
                Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8)).save(
                    path / split / f"{number}.png"
                )
                pose = DATA.pose.values[view].astype(float).tolist()
                frames.append({"file_path": f"./{split}/{number}", "transform_matrix": pose})
            self.lists[split] = {"camera_angle_x": ANGLE, "frames": frames}

    @property
    def frames(self):
        return [frame for content in self.lists.values() for frame in content["frames"]]

    def say(self, **keys):
        """Say of all frames of both lists; None takes a key away."""
        for content in self.lists.values():
            content.update(keys)
            for key in [key for key, value in keys.items() if value is None]:
                del content[key]

    def redraw(self, change, suffix=".png", **options):
        """Write every picture anew."""
        for frame in self.frames:
            file = self.path / f"{frame['file_path']}.png"
            picture = change(Image.open(file).copy())
            file.unlink()
            picture.save(file.with_suffix(suffix), **options)

    def turn(self, change):
        """Change every pose, (4, 4)."""
        for frame in self.frames:
            frame["transform_matrix"] = np.asarray(change(np.array(frame["transform_matrix"]))).tolist()

    def load(self, name="transforms_train.json", **options):
        for split, content in self.lists.items():
            text = json.dumps(content)
            (self.path / f"transforms_{split}.json").write_text(text, encoding="utf-8")
        return scene_transforms.load(path=str(self.path / name), data_root=None, download=False, **options)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "scene")


def scaled_poses(scene):
    """Poses in units of the scene's cube."""
    poses = scene.pose.values.copy()
    poses[:, :3, 3] /= scene.attrs["bound"]
    return poses


def assert_as_rendered(scene, colours=1):
    """The same views as the scene was rendered in, whatever its unit of length."""
    poses = scaled_poses(scene)
    assert poses[:, :3, :3] == pytest.approx(DATA.pose.values[:, :3, :3], abs=1e-5)
    distance = np.linalg.norm(poses[:, :3, 3], axis=1)
    assert distance == pytest.approx(np.full(len(distance), 2 * FOCAL / SIZE), rel=1e-3)
    assert scene.intrinsics.values == pytest.approx(DATA.intrinsics.values)
    assert np.abs(scene.image.values.astype(int) - DATA.image.values).max() <= colours


def fl_alone(f):
    f.say(camera_angle_x=None, fl_x=FOCAL, fl_y=FOCAL, cx=SIZE / 2, cy=SIZE / 2, w=SIZE, h=SIZE)


def angle_y_alone(f):
    f.say(camera_angle_x=None, camera_angle_y=ANGLE)


def counted_in_other_pixels(f):
    f.say(camera_angle_x=None, fl_x=20 * FOCAL, w=20 * SIZE, h=20 * SIZE, cx=10 * SIZE, cy=10 * SIZE)


def own_angles(f):
    f.say(camera_angle_x=1.4)
    for frame in f.frames:
        frame["camera_angle_x"] = ANGLE


def text_for_number(f):
    f.say(camera_angle_x=str(ANGLE))


def suffixes(f):
    for frame in f.frames:
        frame["file_path"] += ".png"


def dots(f):
    for frame in f.frames:
        file = f.path / f"{frame['file_path']}.png"
        file.rename(file.with_name(f"cam.1_{file.name}"))
        frame["file_path"] = str(file.with_name(f"cam.1_{file.stem}").relative_to(f.path))


def double_suffixes(f):
    for frame in f.frames:
        file = f.path / f"{frame['file_path']}.png"
        file.rename(f"{file}.png")
        frame["file_path"] += ".png"


def of_another_machine(f):
    for frame in f.frames:
        frame["file_path"] = "/home/someone/scene/" + frame["file_path"].removeprefix("./")


def of_another_machine_without_folders(f):
    for frame in f.frames:
        frame["file_path"] = "C:\\renders\\" + frame["file_path"].rsplit("/", 1)[1]


def backslashes(f):
    for frame in f.frames:
        frame["file_path"] = frame["file_path"].replace("/", "\\")


def three_rows(f):
    f.turn(lambda pose: pose[:3])


def ten_times_as_large(f):
    f.turn(lambda pose: np.block([[pose[:3, :3], 10 * pose[:3, 3:]], [pose[3:]]]))
    f.say(aabb_scale=16, scale=0.33, offset=[0.5, 0.5, 0.5])


def a_hundredth(f):
    f.turn(lambda pose: np.block([[pose[:3, :3], 0.01 * pose[:3, 3:]], [pose[3:]]]))


def elsewhere(f):
    f.turn(lambda pose: np.block([[pose[:3, :3], pose[:3, 3:] + [[1], [-2], [3]]], [pose[3:]]]))


def webp(f):
    f.redraw(lambda picture: picture, ".webp", lossless=True)


def turned_by_exif(f):
    exif = Image.Exif()
    exif[0x0112] = 6
    f.redraw(lambda picture: picture.transpose(Image.Transpose.ROTATE_90), exif=exif)


def unused_keys(f):
    f.say(n_extra_learnable_dims=8, applied_transform=[[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, -1, 0]])


def named_val(f):
    f.lists["val"] = f.lists.pop("test")


def repeated(f):
    f.lists["train"]["frames"] += f.lists["train"]["frames"][:3]


@pytest.mark.parametrize(
    "case",
    [
        fl_alone,
        angle_y_alone,
        counted_in_other_pixels,
        own_angles,
        text_for_number,
        suffixes,
        dots,
        double_suffixes,
        of_another_machine,
        of_another_machine_without_folders,
        backslashes,
        three_rows,
        ten_times_as_large,
        a_hundredth,
        elsewhere,
        webp,
        turned_by_exif,
        unused_keys,
        named_val,
        repeated,
    ],
)
def test_it_is_read_right(folder, case):
    case(folder)
    assert_as_rendered(folder.load())


def test_a_byte_order_mark_is_no_fault(folder):
    folder.load()
    for name in ("transforms_train.json", "transforms_test.json"):
        file = folder.path / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    scene = scene_transforms.load(
        path=str(folder.path / name.replace("test", "train")), data_root=None, download=False
    )
    assert_as_rendered(scene)


@pytest.mark.parametrize(
    ("change", "suffix", "options", "colours"),
    [
        (lambda p: p.convert("RGB"), ".png", {}, 1),
        (lambda p: p.convert("RGB"), ".jpg", {"quality": 100, "subsampling": 0}, 4),
        (lambda p: p.quantize(256), ".png", {}, 40),
        (lambda p: p.convert("LA"), ".png", {}, None),
    ],
)
def test_kinds_of_pictures(folder, change, suffix, options, colours):
    straight = [
        np.asarray(change(Image.open(folder.path / f"train/{n}.png").copy()).convert("RGBA"))
        for n in range(8)
    ]
    folder.redraw(change, suffix, **options)
    scene = folder.load()
    expected = np.rint(np.array(straight, float) * ([1] * 4))
    expected[..., :3] *= expected[..., 3:] / 255
    assert np.abs(scene.image.values[:8] - expected).max() <= (colours or 1)
    assert ("no alpha" in scene.attrs["notes"]) == (change(Image.new("RGBA", (1, 1))).mode == "RGB")


def test_sixteen_bits_become_eight(folder):
    folder.redraw(lambda p: Image.fromarray(np.asarray(p.convert("L")).astype(np.uint16) * 257))
    scene = folder.load()
    grey = np.asarray(Image.open(folder.path / "train/0.png"))
    assert np.abs(scene.image.values[0, ..., 0].astype(int) - grey // 257).max() <= 1


def test_colours_that_are_multiplied_by_alpha_already(folder):
    def multiply(picture):
        values = np.asarray(picture).astype(float)
        values[..., :3] *= values[..., 3:] / 255
        return Image.fromarray(values.round().astype(np.uint8))

    assert "multiplied" not in folder.load().attrs["notes"]
    folder.redraw(multiply)
    scene = folder.load()
    assert_as_rendered(scene, colours=2)
    assert "multiplied by alpha already" in scene.attrs["notes"]


def test_two_focal_lengths_and_a_principal_point_off_the_middle(folder):
    folder.say(camera_angle_x=None, fl_x=50.0, fl_y=60.0, cx=26.0, cy=16.0, w=SIZE, h=SIZE)
    assert folder.load(reduce=2).intrinsics.values[0].tolist() == [25, 30, 13, 8]


def test_lenses_of_single_frames(folder):
    folder.lists["train"]["frames"][2].update(fl_x=30.0, fl_y=30.0)
    focal = folder.load().intrinsics.values[:, 0]
    assert focal[2] == 30 and focal[[0, 1, 3, -1]] == pytest.approx([FOCAL] * 4)


def bent_picture(lens):
    """A picture of a grid of dots through a lens, and where the dots lie without distortion."""
    grid = np.stack(np.meshgrid([-0.2, 0.0, 0.2], [-0.2, 0.0, 0.2]), -1).reshape(-1, 2)
    picture = np.zeros((SIZE * 5, SIZE * 5, 4), np.float32)
    rows, columns = np.mgrid[: SIZE * 5, : SIZE * 5] + 0.5
    for x, y in grid:
        u, v = _lens.bent(lens, np.array([x]), np.array([y]))
        away = (columns - lens.cx - u[0] * lens.fx) ** 2 + (rows - lens.cy - v[0] * lens.fy) ** 2
        picture[..., :3] += 255 * np.exp(-away / 18)[..., None]
    picture[..., 3] = 255
    return picture, grid


BENT = {
    "opencv": {"radial": (0.3, -0.1, 0, 0), "tangential": (0.01, 0.0)},
    "fisheye": {"radial": (0.1, 0, 0, 0), "fisheye": True},
}


@pytest.mark.parametrize("lens", BENT.values(), ids=BENT)
def test_distortion_is_taken_out(lens):
    """Dots that the lens bends lie, once straightened, where a pinhole images them."""
    made = _lens.Lens(200.0, 200.0, 104.0, 98.0, **lens)
    picture, grid = bent_picture(made)
    straight, left = _lens.straightened(picture, made, "it")
    assert not left.bends
    for x, y in grid:
        column, row = left.cx + x * left.fx, left.cy + y * left.fy
        around = straight[int(row) - 8 : int(row) + 9, int(column) - 8 : int(column) + 9, 0].astype(float)
        places = np.mgrid[int(row) - 8 : int(row) + 9, int(column) - 8 : int(column) + 9] + 0.5
        found = (places * around).sum((1, 2)) / around.sum()
        assert found == pytest.approx([row, column], abs=0.15)


def test_the_opencv_distortion_by_hand():
    """k1 = 0.1, p1 = 0.01 at (1, 2): r^2 = 5, so 1.5 (1, 2) + (2 p1 x y, p1 (r^2 + 2 y^2))."""
    lens = _lens.Lens(1, 1, 0, 0, radial=(0.1, 0, 0, 0), tangential=(0.01, 0))
    x, y = _lens.bent(lens, np.array([1.0]), np.array([2.0]))
    assert (x[0], y[0]) == pytest.approx((1.5 + 0.04, 3 + 0.13))


def test_one_list_is_split_by_rule(folder):
    frames = folder.frames
    folder.lists = {"all": {"camera_angle_x": ANGLE, "frames": frames}}
    scene = folder.load("transforms_all.json", test_every=5)
    assert (scene.split.values == "test").sum() == 2 and scene.sizes["view"] == 10
    assert "each 5th view is one (2)" in scene.attrs["notes"]


def test_one_list_with_names_of_both_kinds(folder):
    train, test = (folder.lists[split]["frames"] for split in ("train", "test"))
    names = {
        "train_filenames": [f["file_path"] for f in train],
        "val_filenames": [f["file_path"] for f in test],
    }
    folder.lists = {"all": {"camera_angle_x": ANGLE, "frames": train + test, **names}}
    assert_as_rendered(folder.load("transforms_all.json"))


def test_opencv_axes_and_inverse_poses_by_option(folder):
    folder.turn(lambda pose: np.linalg.inv(pose @ _viewing.FLIP))
    assert_as_rendered(folder.load(axes="opencv", poses="world-to-camera"))


def test_a_room_is_read_with_its_bound(folder):
    folder.turn(
        lambda pose: np.block([[pose[:3, :3], 0.1 * pose[:3, 3:]], [pose[3:]]]) @ np.diag([-1.0, 1, -1, 1])
    )
    with pytest.raises(UserError, match="look away from one another"):
        folder.load()
    assert folder.load(bound=4.0).attrs["bound"] == 4


def portrait(f):
    f.redraw(lambda picture: picture.crop((8, 0, 32, 40)))


def test_an_upright_picture_needs_to_say_what_its_angle_is_of(folder):
    portrait(folder)
    with pytest.raises(UserError, match="angle_of: width"):
        folder.load()
    assert folder.load(angle_of="longer").intrinsics.values[0, 0] == pytest.approx(FOCAL)
    assert folder.load(angle_of="width").intrinsics.values[0, 0] == pytest.approx(FOCAL * 24 / 40)


def contradict(f):
    f.say(fl_x=31.0, fl_y=62.0, w=SIZE, h=SIZE)


def leak(f):
    f.lists["test"]["frames"] = f.lists["train"]["frames"][:2]


def of_pose(number, value):
    def case(f):
        f.lists["train"]["frames"][2]["transform_matrix"][0][number] = value

    return case


def other_size(f):
    Image.new("RGBA", (30, 30)).save(f.path / "train/3.png")


def empty(f):
    f.redraw(lambda picture: Image.new("RGBA", picture.size))


def named(name):
    def case(f):
        for frame in f.frames:
            frame["file_path"] = name

    return case


def truncated(f):
    file = f.path / "train/0.png"
    file.write_bytes(file.read_bytes()[:200])


def frames_by_name(f):
    f.lists["train"]["frames"] = {"0": f.lists["train"]["frames"][0]}


def turn(change):
    return lambda f: f.turn(change)


def say(**keys):
    return lambda f: f.say(**keys)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (contradict, "`fl_x` is 31 pixels, and `camera_angle_x` says"),
        (say(camera_angle_x=math.degrees(ANGLE)), "in radians and not in degrees"),
        (say(camera_angle_x=0.0), "lies between 0 and pi"),
        (say(camera_angle_x=None), "lacks `camera_angle_x`"),
        (say(camera_angle_x="wide"), "must be a finite number"),
        (say(fl_x=-5.0), "is positive"),
        (say(w=50, h=40), "another shape"),
        (say(camera_model="EQUIRECTANGULAR"), "camera model 'EQUIRECTANGULAR'; known"),
        (say(k1=-5000.0), "leaves no straight picture"),
        (of_pose(3, math.nan), "not finite"),
        (of_pose(0, math.nan), "not finite"),
        (of_pose(3, math.inf), "not finite"),
        (turn(lambda pose: pose @ np.diag([1.2, 1.2, 1.2, 1])), "not rigid"),
        (turn(lambda pose: pose @ np.diag([-1.0, 1, 1, 1])), "not rigid"),
        (turn(lambda pose: pose @ _viewing.FLIP), "OpenCV's axes.*axes: opencv"),
        (turn(np.linalg.inv), "world to the camera: give `poses: world-to-camera`"),
        (turn(lambda pose: pose.T), "transpose it"),
        (turn(lambda pose: np.vstack([pose[:3], [0, 0, 0, 2.0]])), "last row"),
        (leak, "2 test views .* are training views"),
        (other_size, "30 x 30, not 40 x 40"),
        (empty, "All pictures are empty"),
        (named("https://example.org/a.png"), "names no picture that exists"),
        (named("train"), "names no picture that exists"),
        (named("x.exr"), "names no picture that exists"),
        (truncated, "damaged"),
        (frames_by_name, "no list of objects"),
    ],
)
def test_it_is_refused_in_one_sentence(folder, case, message):
    case(folder)
    with pytest.raises(UserError, match=message):
        folder.load()


def test_a_cube_that_no_camera_sees_is_refused(folder):
    elsewhere(folder)
    with pytest.raises(UserError, match="do not see the cube"):
        folder.load(bound=0.5)


def test_what_is_not_used_is_told(folder):
    for frame in folder.frames:
        frame.update(mask_path="masks/0.png", depth_file_path="depth/0.png")
    notes = folder.load().attrs["notes"]
    assert "masks (`mask_path`) are not used" in notes and "depths (`depth_file_path`) are not used" in notes
