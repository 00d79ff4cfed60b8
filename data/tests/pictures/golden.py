"""Writes the pictures of this folder, and golden.txt: their pixels as Pillow and NumPy give them.

Run it in this folder with Pillow and NumPy installed. Each line of golden.txt has a file, channels, height, width
(0 for the picture's own), fit, background, tolerance in 255ths, and the values, planes first, in 255ths, or in
65535ths if their digits are four.
"""

import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

WIDTH, HEIGHT = 11, 7
lines = []


def noise(shape, most, seed=1):
    return np.random.default_rng(seed).integers(0, most + 1, shape)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(name, samples, bits, kind, extra=b""):
    """Writes samples [height, width, channels] as a PNG of any kind; Pillow writes only some."""
    height, width, channels = samples.shape
    rows = b""
    for row in samples.reshape(height, -1):
        if bits == 16:
            packed = row.astype(">u2").tobytes()
        else:
            text = "".join(f"{value:0{bits}b}" for value in row)
            text += "0" * (-len(text) % 8)
            packed = bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
        rows += b"\0" + packed
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra)
        file.write(chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def to_rgb(values):
    """Repeats grey, so that the result has three channels (float, 0 to 1)."""
    return np.repeat(values, 3, 2) if values.shape[2] == 1 else values


def to_grey(values):
    return values if values.shape[2] == 1 else values @ np.array([[0.299], [0.587], [0.114]])


def over(values, alpha, background):
    return values * alpha + background * (1 - alpha)


def line(file, values, fit="exact", size=(0, 0), background=1.0, tolerance=1.01):
    most, digits = (65535, 4) if tolerance < 0.5 else (255, 2)
    words = np.rint(np.clip(values, 0, 1) * most).astype(int).transpose(2, 0, 1).ravel()
    text = "".join(f"{word:0{digits}x}" for word in words)
    lines.append(f"{file} {values.shape[2]} {size[0]} {size[1]} {fit} {background} {tolerance} {text}")


def both(file, values, alpha=None, background=1.0, tolerance=1.01):
    if alpha is not None:
        values = over(values, alpha, background)
    line(file, to_rgb(values), background=background, tolerance=tolerance)
    line(file, to_grey(values), background=background, tolerance=tolerance)


def pngs():
    for bits in [1, 2, 4, 8, 16]:
        most = (1 << bits) - 1
        # A 16-bit picture must keep its low bits.
        tolerance = 0.0041 if bits == 16 else 1.01
        grey = noise((HEIGHT, WIDTH, 1), most)
        png(f"grey{bits}.png", grey, bits, 0)
        both(f"grey{bits}.png", grey / most, tolerance=tolerance)
        if bits < 8:
            continue
        rgb, rgba = noise((HEIGHT, WIDTH, 3), most), noise((HEIGHT, WIDTH, 4), most)
        png(f"rgb{bits}.png", rgb, bits, 2)
        both(f"rgb{bits}.png", rgb / most, tolerance=tolerance)
        png(f"rgba{bits}.png", rgba, bits, 6)
        line(f"rgba{bits}.png", rgba / most, tolerance=tolerance)
        for background in [0.5, 1.0] if bits == 8 else [0.0]:
            both(f"rgba{bits}.png", rgba[..., :3] / most, rgba[..., 3:] / most, background, 1.51)
        png(f"grey_alpha{bits}.png", rgba[..., :2], bits, 4)
        both(f"grey_alpha{bits}.png", rgba[..., :1] / most, rgba[..., 1:2] / most, 1.0)
        key = tuple(int(v) for v in rgb[2, 3])
        png(f"key{bits}.png", rgb, bits, 2, chunk(b"tRNS", struct.pack(">HHH", *key)))
        alpha = (rgb != key).any(2, keepdims=True)
        both(f"key{bits}.png", rgb / most, alpha, 0.0)
    grey = noise((HEIGHT, WIDTH, 1), 3)
    png("key2.png", grey, 2, 0, chunk(b"tRNS", struct.pack(">H", 2)))
    both("key2.png", grey / 3, grey != 2, 0.0)
    palette, alphas = noise((16, 3), 255, 2), noise(5, 255, 3)
    index = noise((HEIGHT, WIDTH, 1), 15)
    colours = palette[index[..., 0]] / 255
    png("palette.png", index, 4, 3, chunk(b"PLTE", palette.astype("u1").tobytes()))
    both("palette.png", colours)
    alpha = np.concatenate([alphas, [255] * 11])[index] / 255
    extra = chunk(b"PLTE", palette.astype("u1").tobytes()) + chunk(b"tRNS", alphas.astype("u1").tobytes())
    png("palette_alpha.png", index, 4, 3, extra)
    both("palette_alpha.png", colours, alpha, 0.25, 1.51)


def photograph(width, height, bands=3):
    """A smooth picture with an edge, all of whose corners differ."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [np.sin(x / 5 + band) * 60 + np.cos(y / 4 - band) * 50 + 120 + 60 * (x > y) for band in range(bands)]
    return Image.fromarray(np.clip(np.stack(planes, 2), 0, 255).astype("u1").squeeze())


def pixels(image):
    values = np.asarray(image) / 255
    return values[..., None] if values.ndim == 2 else values


def jpegs():
    picture = photograph(17, 11)
    for name, options in {
        "444.jpg": {"subsampling": 0},
        "422.jpg": {"subsampling": 1},
        "420.jpg": {"subsampling": 2},
        "progressive.jpg": {"progressive": True, "subsampling": 2},
        "restarts.jpg": {"restart_marker_blocks": 1},
    }.items():
        picture.save(name, quality=85, **options)
        line(name, pixels(Image.open(name)), tolerance=3.01)
    photograph(17, 11, 1).save("grey.jpg", quality=85)
    both("grey.jpg", pixels(Image.open("grey.jpg")), tolerance=2.01)
    picture.convert("CMYK").save("cmyk.jpg", quality=85)
    both("cmyk.jpg", pixels(Image.open("cmyk.jpg").convert("RGB")), tolerance=3.01)
    for orientation in range(1, 9):
        name = f"turned{orientation}"
        picture.save(f"{name}.jpg", quality=85, exif=exif_of(orientation))
        turned = ImageOps.exif_transpose(Image.open(f"{name}.jpg")).convert("L")
        line(f"{name}.jpg", pixels(turned), tolerance=2.01)
    picture.save("turned6.png", exif=exif_of(6))
    both("turned6.png", pixels(picture.transpose(Image.Transpose.ROTATE_270)))
    data = open("444.jpg", "rb").read()
    open("cut.jpg", "wb").write(data[: len(data) // 2])
    data = open("rgb8.png", "rb").read()
    open("cut.png", "wb").write(data[: len(data) // 2])


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif


def sizes():
    linear = Image.Resampling.BILINEAR
    for bands in [1, 3]:
        picture = photograph(20, 14, bands)
        name = f"sizes{bands}.png"
        picture.save(name)
        for height, width in [(8, 8), (14, 6), (11, 27), (1, 1)]:
            size = (height, width)
            grey = (128,) * bands if bands > 1 else 128
            line(name, pixels(picture.resize((width, height), linear)), "stretch", size, tolerance=1.01)
            padded = ImageOps.pad(picture, (width, height), linear, color=grey)
            line(name, pixels(padded), "pad", size, 128 / 255, 1.01)
            line(name, pixels(ImageOps.fit(picture, (width, height), linear)), "crop", size, tolerance=1.01)


def opacity():
    """Pillow, too, multiplies colours by their opacity before it resizes them."""
    picture = photograph(20, 14, 4)
    # Low opacity magnifies the rounding of Pillow, which is done three times.
    picture.putalpha(picture.getchannel(3).point(lambda alpha: 100 + alpha * 155 // 255))
    picture.save("opacity.png")
    for size in [(6, 5), (19, 23)]:
        resized = picture.resize(size[::-1], Image.Resampling.BILINEAR)
        line("opacity.png", pixels(resized), "stretch", size, tolerance=3.01)


def others():
    """Pictures of the formats of the feature `more-pictures`."""
    picture = photograph(WIDTH, HEIGHT)
    grey, alpha = photograph(WIDTH, HEIGHT, 1), photograph(WIDTH, HEIGHT, 4)
    palette, bilevel = picture.quantize(7), grey.convert("1")
    for name, image, options in [
        ("rgb.tif", picture, {"compression": "tiff_lzw"}),
        ("alpha.tif", alpha, {"compression": "tiff_deflate"}),
        ("bilevel.tif", bilevel, {"compression": "group4"}),
        ("palette.tif", palette, {"compression": "packbits"}),
        ("turned6.tif", picture, {"exif": exif_of(6)}),
        ("cmyk.tif", picture.convert("CMYK"), {}),
        ("grey.bmp", grey, {}),
        ("rgb.bmp", picture, {}),
        ("bilevel.bmp", bilevel, {}),
        ("palette.bmp", palette, {}),
        ("lossless.webp", alpha, {"lossless": True}),
        ("turned6.webp", picture, {"lossless": True, "exif": exif_of(6)}),
        ("palette.gif", palette, {}),
        ("transparent.gif", palette, {"transparency": 2}),
        ("frames.gif", palette, {"save_all": True, "append_images": [palette.rotate(180)]}),
    ]:
        image.save(name, **options)
        with Image.open(name) as opened:
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
        values = pixels(turned)
        line(name, over(values[..., :3], values[..., 3:], 1.0))
    picture.save("lossy.webp", quality=85)
    line("lossy.webp", pixels(Image.open("lossy.webp")), tolerance=1.01)
    words = noise((HEIGHT, WIDTH, 1), 65535, 5)
    Image.fromarray(words[..., 0].astype("u2")).save("grey16.tif", compression="tiff_deflate")
    line("grey16.tif", words / 65535, tolerance=0.0041)
    Image.fromarray((words[..., 0] / 65535).astype("f4")).save("float.tif", compression="tiff_deflate")
    line("float.tif", words / 65535, tolerance=0.0041)


def masks():
    """Masks, with the indices that NumPy and Pillow give: file, meaning, height, width, fit, and classes."""
    index = noise((HEIGHT, WIDTH, 1), 3, 7)
    palette = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [255, 255, 0]])
    png("mask.png", index, 2, 3, chunk(b"PLTE", palette.astype("u1").tobytes()))
    png("mask_grey.png", index, 8, 0)
    png("mask_rgb.png", palette[index[..., 0]], 8, 2)
    plain = Image.fromarray(index[..., 0].astype("u1"))
    nearest = Image.Resampling.NEAREST
    found = []
    for size in [(0, 0), (5, 5), (20, 31), (9, 6), (1, 1)]:
        height, width = size if size[0] else (HEIGHT, WIDTH)
        for fit, image in {
            "stretch": plain.resize((width, height), nearest),
            "pad": ImageOps.pad(plain, (width, height), nearest, color=9),
            "crop": ImageOps.fit(plain, (width, height), nearest),
        }.items():
            classes = "".join(map(str, np.asarray(image).ravel()))
            for name, meaning in [("mask.png", "indices"), ("mask_grey.png", "indices"), ("mask_rgb.png", "colours")]:
                found.append(f"{name} {meaning} {height} {width} {fit} {classes}")
    yes = "".join(map(str, (index[..., 0] > 0).astype(int).ravel()))
    found.append(f"mask.png yes {HEIGHT} {WIDTH} exact {yes}")
    with open("masks.txt", "w") as file:
        file.write("\n".join(found) + "\n")


pngs()
jpegs()
sizes()
opacity()
others()
masks()
with open("golden.txt", "w") as file:
    file.write("\n".join(lines) + "\n")
