"""What refusals and reasons say where no code tells: patterns of words, in two languages."""

from __future__ import annotations

import re

PURSE_WORDS = re.compile(r"balance|quota|insufficient|余额|额度|欠费", re.IGNORECASE)
SLOT_WORDS = re.compile(
    # Whole words: `java.util.concurrent.TimeoutException` is no want of a slot.
    r"parallel task|\bconcurren(t|cy)\b(?!\.\w)|并发",
    re.IGNORECASE,
)
OPEN_WORDS = re.compile(
    r"time[ds]?[ _-]?out|deadline exceeded|context cancell?ed|in progress|超时|处理中",
    re.IGNORECASE,
)
CONTENT_WORDS = re.compile(
    r"risk control|moderat|sensitive|content (policy|security)|nsfw|violat|风控|敏感|违规|审核",
    re.IGNORECASE,
)
RATE_WORDS = re.compile(
    r"rate.?limit|too many requests|too fast|(per|/) ?(second|minute)|频繁|频率|速率|每分钟",
    re.IGNORECASE,
)
MODEL_WORDS = re.compile(r"no available channel|无可用渠道", re.IGNORECASE)
PICTURE_WORDS = re.compile(
    # Whole words: `image_fidelity` is a field of ours, and its value no member's picture.
    r"\b(images?|pictures?|faces?)\b|image_?url|pixel|base64|图片|图像|像素",
    re.IGNORECASE,
)
PROMPT_WORDS = re.compile(r"\bprompts?\b|提示词", re.IGNORECASE)
REPEAT_WORDS = re.compile(
    r"external.?task.?id\b.*(exist|duplicat|repeat|unique|used|conflict|重复|存在)"
    r"|(duplicat|repeat|reused|conflict|重复)\w*\W.{0,40}external.?task.?id"
    r"|task( id)? (has |is |was )?already|任务.{0,6}(存在|重复)",
    re.IGNORECASE,
)
FETCH_WORDS = re.compile(
    r"(fetch|download|access|load|get|read)\w*\W.{0,40}(image|url|picture)"
    r"|(image|picture)?\W?url\b.{0,40}(invalid|fail|unable|not|timed? ?out)|下载",
    re.IGNORECASE,
)
