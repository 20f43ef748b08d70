"""The CDN: uploaded files under signed URLs that expire, and generated avatars."""

from __future__ import annotations

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
import warnings
from collections.abc import Mapping
from pathlib import PurePosixPath

from aiohttp import web
from PIL import Image, ImageDraw, ImageFont

from sandbox.clock import Clock
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Attachment, User

LIFE_S = 24 * 3600
EPHEMERAL_LIFE_S = 3600
AVATAR_SIDE = 512
IS_SPOILER = 1 << 3
GONE = "This content is no longer available."
FORMATS: Mapping[str, str] = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
TYPES = mimetypes.MimeTypes()
for _kind, _ending in (("image/webp", ".webp"), ("image/avif", ".avif"), ("image/heic", ".heic")):
    TYPES.add_type(_kind, _ending)


class Cdn:
    """Signs and serves files; `origin` is the URL under which this server was reached."""

    def __init__(self, *, clock: Clock) -> None:
        self.clock = clock
        self.origin = ""
        self._secret = secrets.token_bytes(32)
        self._avatars: dict[tuple[str, str], bytes] = {}

    def url(self, attachment: Attachment) -> str:
        """Return a newly signed URL of a file."""
        life = EPHEMERAL_LIFE_S if attachment.ephemeral else LIFE_S
        born = int(self.clock.now())
        # An ephemeral file expires at a fixed time; a URL of any other file is valid for a day.
        ends = int(attachment.created_at if attachment.ephemeral else born) + life
        path = self.path(attachment)
        query = f"ex={ends:x}&is={born:x}&hm={self._sign(path, ends=ends, born=born)}"
        return f"{self.origin}{path}?{query}&"

    def path(self, attachment: Attachment) -> str:
        """Return the path of a file on this server."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        return f"/{folder}/{attachment.channel_id}/{attachment.id}/{attachment.filename}"

    def payload(self, attachment: Attachment) -> Json:
        """Return Discord's attachment object."""
        url = self.url(attachment)
        said = attachment.stated_size
        size = len(attachment.body) if said is None else said
        shown: Json = {"id": attachment.id, "filename": attachment.filename, "size": size}
        shown |= {"url": url, "proxy_url": url, "flags": 0}
        if attachment.spoiler:
            shown |= {"flags": IS_SPOILER, "is_spoiler": True}
        if attachment.content_type:
            shown["content_type"] = attachment.content_type
        if attachment.width:
            shown |= {"width": attachment.width, "height": attachment.height}
        if attachment.description:
            shown["description"] = attachment.description
        if attachment.ephemeral:
            shown["ephemeral"] = True
        return shown

    def admits(self, path: str, *, query: Mapping[str, str]) -> bool:
        """Return whether this server signed the URL and it has not expired."""
        try:
            ends, born = int(query.get("ex", ""), 16), int(query.get("is", ""), 16)
        except ValueError:
            return False
        genuine = hmac.compare_digest(query.get("hm", ""), self._sign(path, ends=ends, born=born))
        return genuine and self.clock.now() < ends

    def avatar(self, user: User, *, kind: str) -> bytes:
        """Return a generated avatar; it is drawn once per user and format."""
        key = (user.id, kind)
        if key not in self._avatars:
            self._avatars[key] = paint_avatar(user, kind=kind)
        return self._avatars[key]

    def avatar_url(self, user: User) -> str:
        """Return the URL of a user's avatar, as `discord.Asset` would build it."""
        return f"{self.origin}/avatars/{user.id}/{user.avatar}.png?size=128"

    def _sign(self, path: str, *, ends: int, born: int) -> str:
        signed = f"{path}:{ends:x}:{born:x}".encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()


def serve_file(
    request: web.Request, *, cdn: Cdn, attachments: Mapping[str, Attachment]
) -> web.Response:
    """Respond with a file if the URL is valid, otherwise with 404, as Discord does."""
    attachment = attachments.get(request.match_info["id"])
    genuine = attachment is not None and request.path == cdn.path(attachment)
    if attachment is None or not genuine or not cdn.admits(request.path, query=request.query):
        return web.Response(text=GONE, status=404)
    kind = attachment.content_type or "application/octet-stream"
    return web.Response(body=attachment.body, content_type=kind)


def serve_avatar(request: web.Request, *, cdn: Cdn, user: User | None) -> web.Response:
    """Respond with a user's avatar as .png, .jpg or .webp."""
    kind = FORMATS.get(PurePosixPath(request.path).suffix[1:])
    if user is None or kind is None:
        return web.Response(status=404)
    return web.Response(body=cdn.avatar(user, kind=kind), content_type=f"image/{kind.lower()}")


def paint_avatar(user: User, *, kind: str) -> bytes:
    """Draw an initial on the user's colour, up to the corners: Discord's apps cut out the disc."""
    side = AVATAR_SIDE
    picture = Image.new("RGB", (side, side), user.color)
    brush = ImageDraw.Draw(picture)
    initial = (user.global_name or user.username)[0].upper()
    font = ImageFont.load_default(side // 2)
    brush.text((side / 2, side / 2), initial, fill="white", font=font, anchor="mm")
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


_READ_BYTES = 8_000_000
"""Bytes of an upload that are read; an image that needs more to be recognized gets no size."""


def claims(filename: str, body: bytes) -> tuple[str | None, int | None, int | None]:
    """Return the type (by name), width and height (by header) that Discord states for an upload."""
    kind, _ = TYPES.guess_type(filename)
    if kind is not None and not kind.startswith("image/"):
        return kind, None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body[:_READ_BYTES])) as picture:
                return kind or picture.get_format_mimetype(), picture.width, picture.height
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return kind, None, None


def safe_name(filename: str) -> str:
    """Return a file name as Discord stores it: ASCII letters, digits, dot, dash, underscore."""
    return re.sub(r"[^A-Za-z0-9_.\-]", "", filename.replace(" ", "_")).lstrip(".") or "unknown"
