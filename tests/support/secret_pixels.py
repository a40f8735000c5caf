"""Looking for a colour that nothing but a secret window has, in pictures that were stored."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageStat

from worklog.app.ports import Box
from worklog.capture.picture import FILL

SECRET = 0xFF00FF
EDGE = 8  # as far as WebP blurs the edge of what was covered [px]
BLUR = 16  # as much as it changes a colour [of 255]
_HIGH, _LOW = 150, 105


def image(data: bytes) -> Image.Image:
    """Return the pixels of a stored picture."""
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB")


def shows_secret(data: bytes) -> bool:
    """Return whether a pixel of a stored picture is nearer to the secret than WebP blurs."""
    red, green, blue = image(data).split()
    is_high = [band.point(lambda value: 255 * (value > _HIGH)) for band in (red, blue)]
    is_low = green.point(lambda value: 255 * (value < _LOW))
    both = ImageChops.darker(is_high[0], is_high[1])
    return ImageChops.darker(both, is_low).getbbox() is not None


def is_filled(data: bytes, box: Box) -> bool:
    """Return whether *box* of a stored picture has the fill's colour all over, but for its edge."""
    right, bottom = box.left + box.width, box.top + box.height
    inner = image(data).crop((box.left + EDGE, box.top + EDGE, right - EDGE, bottom - EDGE))
    plain = Image.new("RGB", inner.size, FILL)
    return max(ImageStat.Stat(ImageChops.difference(inner, plain)).extrema)[1] <= BLUR


def difference(one: bytes, other: bytes, box: Box) -> float:
    """Return how much two stored pictures differ in *box*, in the mean [of 255]."""
    place = (box.left, box.top, box.left + box.width, box.top + box.height)
    pair = (image(one).crop(place), image(other).crop(place))
    return max(ImageStat.Stat(ImageChops.difference(*pair)).mean)
