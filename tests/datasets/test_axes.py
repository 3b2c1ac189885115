"""Axes, Stokes parameters and times of measured cubes."""

import numpy as np
import pytest
from fieldbench.datasets import _axes
from fieldbench.errors import UserError

AXES = ["y", "x", "stokes", "wavelength"]


def test_axes_are_brought_into_one_order():
    values = np.arange(4 * 3 * 2 * 5).reshape(4, 3, 2, 5)
    cube = _axes.oriented(values, ["stokes", "wavelength", "x", "y"], "cube")
    assert cube.shape == (5, 2, 4, 3)
    assert cube[3, 1, 2, 0] == values[2, 0, 1, 3]


def test_a_slit_gets_an_x_axis():
    values = np.arange(4 * 7 * 3).reshape(4, 7, 3)
    cube = _axes.oriented(values, ["stokes", "y", "wavelength"], "slit")
    assert cube.shape == (7, 1, 4, 3)
    assert cube[6, 0, 1, 2] == values[1, 6, 2]


@pytest.mark.parametrize(
    "axes",
    [
        ["y", "x", "stokes"],
        ["y", "x", "stokes", "lambda"],
        ["y", "y", "stokes", "wavelength"],
        ["y", "stokes", "wavelength"],
        ["x", "stokes", "wavelength", "time"],
    ],
)
def test_axes_that_do_not_fit_are_refused(axes):
    with pytest.raises(UserError, match=r"`axes` .* does not fit cube of shape \(6, 5, 4, 3\)"):
        _axes.oriented(np.zeros((6, 5, 4, 3)), axes, "cube")


def test_a_stokes_axis_must_have_four_values():
    with pytest.raises(UserError, match="cube has 5 values along its Stokes axis, not 4"):
        _axes.oriented(np.zeros((6, 5, 4, 3)), ["y", "stokes", "x", "wavelength"], "cube")


def test_stokes_parameters_are_brought_into_the_order_i_q_u_v():
    values = np.broadcast_to(np.array([0, 3, 1, 2])[:, None], (2, 2, 4, 3))
    cube = _axes.oriented(values, AXES, "cube", stokes=["I", "V", "Q", "U"])
    np.testing.assert_array_equal(cube[0, 0, :, 0], [0, 1, 2, 3])


def test_parameters_that_were_not_measured_are_nan():
    cube = _axes.oriented(np.ones((2, 2, 2, 3)), AXES, "cube", stokes=["I", "V"])
    np.testing.assert_array_equal(np.isnan(cube[0, 0, :, 0]), [False, True, True, False])


@pytest.mark.parametrize("stokes", [["I", "Q"], ["I", "V", "V"], ["I", "V", "X"]])
def test_other_lists_of_stokes_parameters_are_refused(stokes):
    with pytest.raises(UserError, match="`stokes` of cube is"):
        _axes.oriented(np.ones((2, 2, len(stokes), 3)), AXES, "cube", stokes=stokes)


def test_one_of_several_times_is_taken():
    values = np.broadcast_to(np.arange(5.0)[:, None, None, None, None], (5, 2, 2, 4, 3))
    assert (_axes.oriented(values, ["time", *AXES], "cube", time=3) == 3).all()
    assert (_axes.oriented(values[4:], ["time", *AXES], "cube") == 4).all()


@pytest.mark.parametrize("time", [None, 5])
def test_which_of_several_times_must_be_said(time):
    with pytest.raises(UserError, match="cube has 5 times; set `time` to the one that is meant, 0 to 4"):
        _axes.oriented(np.zeros((5, 2, 2, 4, 3)), ["time", *AXES], "cube", time=time)


def test_several_parts_are_stokes_parameters():
    parts = [np.full((2, 3), value) for value in range(4)]
    values, axes = _axes.stacked(parts, ["y", "stokes", "wavelength"])
    assert axes == ["stokes", "y", "wavelength"] and values.shape == (4, 2, 3) and (values[2] == 2).all()
    with pytest.raises(UserError, match=r"different shapes, \[\(2,\), \(3,\)\]"):
        _axes.stacked([np.zeros(2), np.zeros(3)], ["y"])
