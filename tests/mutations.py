"""Functions of the reference with one thing wrong in each."""

from dataclasses import replace

import numpy as np

from samebatch.reference.kernels import finish, warp, whiten
from samebatch.reference.params import links, matrix, philox, trig


def cut_off(value, bits):
    return value >> bits


def axes_swapped(*arguments):
    a, b, ox, c, d, oy = matrix.matrix(*arguments)
    return d, c, oy, b, a, ox


def centre_at_the_corner(spec, values, height, width):
    return matrix.matrix(spec, values, height + 1, width + 1)


def list_read_backwards(spec, *arguments):
    return matrix.matrix({**spec, "transforms": spec["transforms"][::-1]}, *arguments)


def turned_the_other_way(angle):
    sine, cosine = trig.sincos_degrees(angle)
    return -sine, cosine


def mirrored_on_the_edge_pixel(coordinate, size, fill_mode, fraction, fold=warp._fold):
    if fill_mode != "reflect" or size == 1:
        return fold(coordinate, size, fill_mode, fraction)
    last = (size - 1) << fraction
    return last - np.abs(last - coordinate % (2 * last))


def weights_transposed(p00, p01, p10, p11, fx, fy, blend=warp._blend_uint8):
    return blend(p00, p10, p01, p11, fx, fy)


def no_clamp_below(link, v):
    return np.minimum(v * link.scale + link.offset, link.high)


def clamped_before_scaled(link, v):
    return np.clip(v, link.low, link.high) * link.scale + link.offset


def scaled_in_float64(link, v):
    exact = v.astype(np.float64) * link.scale.astype(np.float64) + link.offset.astype(np.float64)
    return np.clip(exact, link.low, link.high).astype(np.float32)


def a_few_units_off(link, v, apply=finish.apply):
    return apply(replace(link, scale=link.scale * np.float32(1 + 2**-21)), v)


def range_from_zero(spec, values, channels, value_range, program=links.program):
    return program(spec, values, channels, (0.0, value_range[1]))


def deviation_of_a_sample(step, v, standardize=finish.standardize):
    return standardize(step, v) * np.float32(np.sqrt((v.size - 1) / v.size))


def matrix_transposed(whitening, v, whiten=whiten.whiten):
    return whiten((whitening[0], whitening[1].T), v)


def mean_forgotten(whitening, v, whiten=whiten.whiten):
    return whiten((np.zeros_like(whitening[0]), whitening[1]), v)


def channels_first_of_all(whitening, v, whiten=whiten.whiten):
    return whiten(whitening, v.transpose(2, 0, 1)).transpose(1, 2, 0)


def half_up(v, dtype, layout):
    assert (dtype, layout) == ("uint8", "channels_last")
    return np.clip(np.floor(v + np.float32(0.5)), 0, 255).astype(np.uint8)


def float16_without_saturation(v, dtype, layout):
    assert (dtype, layout) == ("float16", "channels_last")
    with np.errstate(over="ignore"):
        return v.astype(np.float16)


def bfloat16_cut_off(v, dtype, layout):
    assert (dtype, layout) == ("bfloat16", "channels_last")
    return (np.ascontiguousarray(v).view(np.uint32) >> 16).astype(np.uint16)


def a_bit_less(*place):
    return (philox.word(*place) >> 12) * 2.0**-52


def sample_and_epoch_swapped(seed, name, draw, sample, epoch, repeat):
    return philox.uniform(seed, name, draw, epoch, sample, repeat)


def columns_first(*_):
    return False
