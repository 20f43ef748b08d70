"""Finds the images in a response: in the first of the known places that has any.

Only names of results are searched. Callbacks, inputs and thumbnails have addresses too, and `image`
and `image_list` are a request's names for its sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

from services.common.json_reading import Layer, decimal, mapping, rows, text, whole_text
from services.kling.envelopes import Envelopes, folded, opened
from services.kling.inline_images import addressed, as_address, is_inline
from services.kling.task import TaskImage

MAX_ADDRESS = 8_192
"""Maximum characters of an address; a longer one is ignored. Signed ones have about 2,000."""

_MOST_IMAGES = 100

_LISTS = (
    "images",
    "seriesimages",
    "imageurls",
    "resulturls",
    "generated",
    "generatedimages",
    "outputs",
    "output",
    "results",
    "result",
    "works",
    "fileurls",
    "urls",
)
_SINGLES = ("url", "imageurl", "resulturl", "resultimageurl")
_ADDRESSES = ("url", "imageurl", "resulturl", "image", "resource", "urls", "imageurls")
_BASE64 = ("b64json", "base64", "imagebase64", "imageb64")
"""Names (normalized) of fields with base64 in an image's row."""

_MOST_PARTS = 1_000
"""Maximum parts of chat messages that are searched."""

_MARKDOWN = re.compile(r"!\[[^\]]{0,200}\]\(<?([^\s)>]+)")
"""An image in Markdown, as chat models write it into their text."""

_PATH = re.compile(
    r"//?[^\s/]\S*\.(?:png|jpe?g|webp|gif|avif|bmp|tiff?)(?:[?#]\S*)?", re.IGNORECASE
)
"""An address without a host; in a list of bare strings it counts only if it names an image file."""


def find_images(found: Envelopes) -> tuple[TaskImage, ...]:
    """Return the images of the first place that has any, in order, without duplicates."""
    for place in _places(found):
        images = list(_images(place))
        if images:
            by_url = {image.url: image for image in reversed(images)}
            return tuple(sorted(by_url.values(), key=lambda image: image.index))
    return ()


def _places(found: Envelopes) -> Iterator[Iterable[object]]:
    """Yield the places where images have been seen, each as rows, the most specific first."""
    layers = (*found.results, *found.chain[1:], found.top)
    for layer in layers:
        for name in _LISTS:
            yield _listed(layer.get(name))
    for layer in layers:
        yield [{name: layer[name] for name in (*_SINGLES, *_BASE64) if name in layer}]
    for layer in found.results:
        yield [{"image": layer.get("image")}]
    for layer in layers:
        yield islice(_find_in_messages(layer), _MOST_PARTS)


def _listed(value: object) -> Iterable[object]:
    """Return a field's value as a list: an array's elements, or one image object or string alone.

    Of any other object, its values. JSON in a string is parsed first.
    """
    value = opened(value)
    if isinstance(value, dict):
        row = folded(cast("object", value))
        is_row = any(name in row for name in (*_ADDRESSES, *_BASE64))
        return [row] if is_row else list(row.values())[:_MOST_IMAGES]
    return [value] if isinstance(value, str) else rows(value)[:_MOST_IMAGES]


def _find_in_messages(layer: Layer) -> Iterator[object]:
    """Yield the images of a chat response, from choices[].message.content[] and its `images`.

    They are under .image or .image_url.url; content that is text contains images in Markdown.
    """
    for choice in rows(layer.get("choices"))[:_MOST_IMAGES]:
        message = folded(mapping(choice).get("message"))
        yield from rows(message.get("images"))
        yield from (part for part in rows(message.get("content")) if isinstance(part, dict))
        yield from (shown[1] for shown in _MARKDOWN.finditer(whole_text(message.get("content"))))


def _images(place: Iterable[object]) -> Iterator[TaskImage]:
    at = 0
    for row in map(opened, place):
        layer = folded(row)
        for url in _addresses(row, layer):
            if at < _MOST_IMAGES:
                yield _image(url, layer, at)
            at += 1


def _addresses(row: object, layer: Layer) -> list[str]:
    """Return the addresses in a row, which is an object with one of several names, or a text."""
    if isinstance(row, str):
        return [url for url in [_usable(row)] if ":" in url or _PATH.fullmatch(url)]
    if not _is_image(layer):
        return []
    for name in _ADDRESSES:
        if found := [url for url in map(_usable, _texts(layer.get(name))) if url]:
            return found
    base64 = (as_address(whole_text(layer.get(name))) for name in _BASE64)
    return [url for url in base64 if url][:1]


def _texts(value: object) -> list[str]:
    """Return the strings of a field: one string, an array, or an object with one inside."""
    if isinstance(value, dict):
        inside = folded(cast("object", value))
        value = [inside.get(name) for name in _ADDRESSES]
    listed = rows(value)[:_MOST_IMAGES] if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]


def _usable(words: str) -> str:
    """Return an address unchanged, and base64 as a data URL; empty if it is too long."""
    url = addressed(whole_text(words))
    return url if len(url) <= MAX_ADDRESS or is_inline(url) else ""


def _is_image(row: Layer) -> bool:
    """Return whether a row's `type` is that of an image, or is missing."""
    kind = text(row.get("type")).lower()
    return not kind or "image" in kind or kind in ("png", "jpg", "jpeg", "webp")


def _image(url: str, row: Layer, at: int) -> TaskImage:
    index = decimal(row.get("index"))
    is_index = index is not None and 0 <= index < _MOST_IMAGES
    watermark = whole_text(row.get("watermarkurl"))
    return TaskImage(
        index=int(index) if index is not None and is_index else at,
        url=url,
        watermark_url=watermark if 0 < len(watermark) <= MAX_ADDRESS else None,
    )
