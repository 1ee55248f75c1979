from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from adfw import InvalidImage, decode_image, decode_mask

if TYPE_CHECKING:
    from pathlib import Path


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def colours(seed: int = 0, size: tuple[int, int] = (9, 7)) -> Image.Image:
    samples = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    return Image.fromarray(samples)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_lossless_8_bit_formats_decode_to_k_over_255(kind: str, mode: str) -> None:
    image = colours().convert(mode)
    decoded = decode_image(encoded(image, kind))
    expected = torch.from_numpy(np.atleast_3d(np.asarray(image)).copy()).permute(2, 0, 1).float() / 255
    assert decoded.dtype == torch.float32
    assert torch.equal(decoded, expected)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_decode_near_the_original(kind: str) -> None:
    smooth = colours(size=(4, 4)).resize((32, 24), Image.Resampling.BICUBIC)
    decoded = decode_image(encoded(smooth, kind, quality=95))
    assert decoded.shape == (3, 24, 32)
    assert np.abs(decoded.permute(1, 2, 0).numpy() - np.asarray(smooth) / 255).mean() < 0.03


def test_16_bit_grey_keeps_every_level() -> None:
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    for data in (encoded(Image.fromarray(ramp)), encoded(Image.fromarray(ramp), "TIFF", compression="tiff_lzw")):
        decoded = decode_image(data)
        assert torch.equal(decoded[0].mul(65_535).round().int(), torch.from_numpy(ramp.astype(np.int32)))


@pytest.mark.parametrize("filter_type", [0, 1])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_png_keeps_every_sample(png, deep, channels: int, filter_type: int) -> None:
    samples = deep(channels)
    decoded = decode_image(png(samples, filter_type))
    assert torch.equal(decoded, torch.from_numpy(samples.astype(np.float32)).permute(2, 0, 1) / 65_535)
    assert len(decoded[0].unique()) == 2048


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("deflate", [False, True])
def test_16_bit_tiff_keeps_every_sample(tiff, deep, order: str, channels: int, deflate: bool) -> None:
    if channels == 1:
        samples = deep(1)
        data = encoded(Image.fromarray(samples[:, :, 0]), "TIFF", compression="tiff_adobe_deflate" if deflate else None)
    else:
        samples = deep(3)
        data = tiff(samples, order, deflate=deflate)
    decoded = decode_image(data)
    assert torch.equal(decoded, torch.from_numpy(samples.astype(np.float32)).permute(2, 0, 1) / 65_535)


@pytest.mark.parametrize("channels", [2, 4])
def test_16_bit_transparency_is_composited_over_white_in_16_bits(png, deep, channels: int) -> None:
    samples = deep(channels)
    samples[:, :, -1] = 65_535
    opaque = decode_image(png(samples))
    assert torch.equal(opaque, torch.from_numpy(samples[:, :, :-1].astype(np.float32)).permute(2, 0, 1) / 65_535)
    samples[:, :, -1] = 21_845  # a third
    faint = decode_image(png(samples))
    assert torch.allclose(faint, opaque / 3 + 2 / 3, atol=1e-5)


def test_transparency_shows_white_and_never_a_hidden_colour() -> None:
    samples = np.full((4, 4, 4), (200, 10, 30, 0), np.uint8)
    samples[0] = (200, 10, 30, 255)
    samples[1] = (200, 10, 30, 51)  # a fifth
    decoded = decode_image(encoded(Image.fromarray(samples)))
    assert (decoded[:, 2:] == 1).all()
    assert decoded[:, 0, 0].mul(255).tolist() == pytest.approx([200, 10, 30])
    assert decoded[:, 1, 0].mul(255).tolist() == pytest.approx([244, 206, 210])


def test_palettes_become_colours_and_their_transparency_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert decode_image(encoded(image)).mul(255).round()[:, 0].T.tolist() == [[10, 20, 30], [40, 50, 60]]
    seen_through = decode_image(encoded(image, transparency=0))
    assert seen_through.mul(255).round()[:, 0].T.tolist() == [[255, 255, 255], [40, 50, 60]]


@pytest.mark.parametrize(("mode", "key"), [("L", 7), ("RGB", (7, 8, 9))])
def test_a_colour_marked_as_transparent_is_white(mode: str, key: object) -> None:
    image = Image.new(mode, (2, 1), key)
    image.putpixel((1, 0), 100 if mode == "L" else (100, 100, 100))
    decoded = decode_image(encoded(image, transparency=key)).mul(255).round()
    assert (decoded[:, 0, 0] == 255).all()
    assert (decoded[:, 0, 1] == 100).all()


def test_a_16_bit_colour_marked_as_transparent_is_refused() -> None:
    image = Image.fromarray(np.full((2, 2), 700, np.uint16))
    with pytest.raises(InvalidImage, match="marks one 16-bit colour as transparent; save it without"):
        decode_image(encoded(image, transparency=700))


def test_black_and_white_files_decode_to_0_and_1() -> None:
    image = Image.fromarray(np.eye(5, dtype=bool))
    assert torch.equal(decode_image(encoded(image))[0], torch.eye(5))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(kind: str, orientation: int) -> None:
    image = colours(3, (4, 3)).resize((24, 16), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    data = encoded(image, kind, exif=exif, **options)
    with Image.open(BytesIO(encoded(image, kind, **options))) as plain:
        plain.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(plain))
    assert np.array_equal(decode_image(data).permute(1, 2, 0).mul(255).round().numpy(), expected)


def test_tiff_orientation_is_applied_to_deep_colour_too(tiff, deep) -> None:
    samples = deep(3)
    decoded = decode_image(tiff(samples, orientation=6))
    upright = np.rot90(samples, k=-1).astype(np.float32)
    assert torch.equal(decoded, torch.from_numpy(upright).permute(2, 0, 1) / 65_535)


@pytest.mark.parametrize(
    ("image", "kind", "reason"),
    [
        (Image.new("F", (4, 4)), "TIFF", "floating-point samples, whose range is unknown; save it as 8- or 16-bit"),
        (Image.new("I", (4, 4)), "TIFF", "32-bit or signed samples"),
        (Image.new("CMYK", (4, 4)), "JPEG", "CMYK colours; save it as RGB"),
        (Image.new("LAB", (4, 4)), "TIFF", r"samples of an unknown kind \(LAB\)"),
    ],
)
def test_samples_of_unknown_range_are_refused(image: Image.Image, kind: str, reason: str) -> None:
    with pytest.raises(InvalidImage, match=reason):
        decode_image(encoded(image, kind))


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP"])
def test_files_of_several_pages_are_refused(kind: str) -> None:
    pages = [colours(seed) for seed in range(3)]
    data = encoded(pages[0], kind, save_all=True, append_images=pages[1:])
    with pytest.raises(InvalidImage, match="holds 3 pages or frames; save one image a file"):
        decode_image(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused_with_their_path(tmp_path: Path, kind: str, share: float) -> None:
    data = encoded(colours(size=(40, 40)), kind)
    path = tmp_path / "abgeschnitten ü.img"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InvalidImage, match=r"abgeschnitten ü\.img: (is truncated or corrupt|is no readable image)"):
        decode_image(path)


@given(at=st.floats(0, 0.999), flip=st.integers(1, 255), channels=st.sampled_from([1, 2, 3, 4]), deep=st.booleans())
def test_a_damaged_png_is_refused_or_decoded_never_a_crash(
    png, at: float, flip: int, channels: int, deep: bool
) -> None:
    noise = np.random.default_rng(channels).integers(0, 256, (8, 8, channels), dtype=np.uint8)
    samples = noise.astype(np.uint16) * 257 if deep else noise
    data = bytearray(png(samples))
    data[int(at * len(data))] ^= flip
    try:
        decoded = decode_image(bytes(data))
    except InvalidImage:
        return
    assert decoded.ndim == 3
    assert 0 <= decoded.min() <= decoded.max() <= 1


def test_paths_may_hold_spaces_and_letters_of_any_script(tmp_path: Path) -> None:
    path = tmp_path / "Größe 日本 é" / "bild ä (1).png"
    path.parent.mkdir()
    colours().save(path)
    assert decode_image(path).shape == (3, 9, 7)


def test_masks_are_true_above_zero_whatever_their_colour_or_depth(png) -> None:
    grey = np.zeros((3, 3, 1), np.uint8)
    grey[1, 1] = 1
    assert decode_mask(png(grey)).tolist() == [[False] * 3, [False, True, False], [False] * 3]
    deep = np.zeros((3, 3, 1), np.uint16)
    deep[2, 0] = 1
    assert decode_mask(png(deep)).sum() == 1
    blue = np.zeros((3, 3, 3), np.uint8)
    blue[0, 0, 2] = 9
    assert decode_mask(png(blue))[0, 0]
    opaque = np.zeros((3, 3, 4), np.uint8)
    opaque[:, :, 3] = 255
    assert not decode_mask(png(opaque)).any()


@pytest.mark.realdata
def test_real_images_decode_as_pillow_does(real_capsule: Path) -> None:
    path = real_capsule / "capsule" / "train" / "good" / "000.png"
    with Image.open(path) as image:
        expected = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
    assert torch.equal(decode_image(path), expected)
