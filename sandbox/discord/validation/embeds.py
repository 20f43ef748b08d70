"""Discord's requirements for embeds: 10 per message, 6000 characters in total, field limits."""

from __future__ import annotations

from sandbox.discord.validation.validator import Form, names

EMBEDS = 10
IN_SUM = 6000
TITLE, DESCRIPTION, FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = (
    256,
    4096,
    25,
    256,
    1024,
    2048,
    256,
)
URL = 2048
KNOWN = names(
    "title type description url timestamp color footer image thumbnail video provider author "
    "fields flags"
)


def judge_embeds(form: Form) -> list[Form]:
    """Validate the embeds of a message; return the forms of the images they show."""
    media: list[Form] = []
    characters = 0
    for embed in form.parts("embeds", high=EMBEDS):
        characters += _judge(embed, media=media)
    if characters > IN_SUM:
        words = f"Embed size exceeds maximum size of {IN_SUM}"
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", words)
    return media


def _judge(embed: Form, *, media: list[Form]) -> int:
    embed.only(KNOWN)
    texts = [embed.text("title", high=TITLE), embed.text("description", high=DESCRIPTION)]
    embed.text("url", high=URL)
    embed.whole("color", high=0xFFFFFF)
    texts += _named(embed, key="author", words="name", high=AUTHOR)
    texts += _named(embed, key="footer", words="text", high=FOOTER)
    for field in embed.parts("fields", high=FIELDS):
        field.only({"name", "value", "inline"})
        texts.append(field.text("name", low=1, high=FIELD_NAME, required=True))
        texts.append(field.text("value", low=1, high=FIELD_VALUE, required=True))
    for key in ("image", "thumbnail"):
        picture = embed.part(key)
        if picture is not None:
            picture.text("url", high=URL, required=True)
            media.append(picture)
    if not any((*texts, embed.value.get("image"), embed.value.get("thumbnail"))):
        embed.wrong("description", "BASE_TYPE_REQUIRED", "This field is required")
    return sum(len(text or "") for text in texts)


def _named(embed: Form, *, key: str, words: str, high: int) -> list[str | None]:
    part = embed.part(key)
    if part is None:
        return []
    part.only({words, "url", "icon_url", "proxy_icon_url"})
    return [part.text(words, high=high, required=True)]
