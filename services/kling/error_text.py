"""Regular expressions that recognize errors without a known code by words (English, Chinese)."""

from __future__ import annotations

import re

_MONEY = (
    r"((?<!load )(?<!load-)(?<!white )(?<!color )(?<!colour )balance|quota|credits?|funds|points)\b"
)
PURSE_WORDS = re.compile(
    # Only words about money: a load balancer, or a lack of capacity, is not a lack of balance.
    rf"\b(insufficient|not enough|out of|no( more)?|exceed\w*)([ _]\w+?){{0,3}}[ _]{_MONEY}"
    rf"|{_MONEY}.{{0,30}}\b(insufficient|not (enough|sufficient)|too low|exceeded|exhausted"
    r"|depleted|used up|run(s|ning)? out|ran out|negative)"
    r"|top.?up|recharge|payment required|in arrears|account overdue"
    r"|(余额|额度|配额|积分|点数).{0,10}(不足|不够|用尽|用完|耗尽|失败|为负|为0)|欠费|充值",
    re.IGNORECASE,
)
SLOT_WORDS = re.compile(
    # Words about a limit have to be near: "concurrent" alone occurs in errors of other kinds.
    r"parallel task|并发"
    r"|\b(too many|max\w*|limit\w*|exceed\w*|reach\w*|no free|out of)\b.{0,40}\bconcurren(t|cy)\b"
    r"|\bconcurren(t|cy)\b(?!\.\w).{0,40}\b(limit|max|exceed|reach|full|quota|exhaust|too)",
    re.IGNORECASE,
)
OPEN_WORDS = re.compile(
    r"time[ds]?[ _-]?out|deadline exceeded|context cancell?ed|in progress|超时|处理中",
    re.IGNORECASE,
)
CONTENT_WORDS = re.compile(
    # "Violates" alone may be a database constraint, and headers are "case-sensitive".
    r"risk control|moderat|(?<!case.)(?<!case)sensitive|content (policy|security)|nsfw"
    r"|风控|敏感|违规|审核"
    r"|(polic|guideline|content|terms|safety|community|rules)\w*.{0,30}\bviolat"
    r"|\bviolat\w*.{0,40}(polic|guideline|content|terms|safety|community|rules)",
    re.IGNORECASE,
)
RATE_WORDS = re.compile(
    r"rate.?limit|too many requests|too fast|(per|/) ?(second|minute)|频繁|频率|速率|每分钟",
    re.IGNORECASE,
)
MODEL_WORDS = re.compile(r"no available channel|无可用渠道", re.IGNORECASE)
PICTURE_WORDS = re.compile(
    # Whole words: `image_fidelity` is a field of the payload, not the user's image.
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
