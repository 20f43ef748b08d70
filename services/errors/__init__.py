"""All errors of the bot: types with fields, without texts for users.

BotError
|-- ConfigError                     settings are wrong; bot.py exits with 2
|-- RequestError                    the user can correct it; no units were reserved
|   |-- EmptyFile                   an attachment of 0 bytes
|   |-- UnsupportedImage            not an image that the bot can read
|   |-- ImageTooLarge               bytes or pixels over a limit
|   |-- ImageTooHeavy               decoding needs too much memory or time
|   |-- ImageTooSmall               a side too short, even if enlarged
|   |-- ImageTooNarrow              width : height outside 1:2.5 .. 2.5:1
|   |-- SourceGone                  Discord no longer serves the attachment
|   |-- SourceNotKept               a source of the new request is no longer stored
|   |-- PicturesNotKept             the results are no longer stored
|   |-- PromptMissing, PromptTooLong
|   |-- OptionNotCarried            the model does not support an option
|   |-- CountTooHigh                more images than operator, server or provider allow
|   |-- UnknownModel, UnknownStyle
|   |-- MissingPermissions          the bot may not post here
|   |-- LinkNotAllowed              not a public https URL
|   |-- OptedOut                    the image's owner does not allow others to repaint it
|   |-- JobForgotten, AuthorForgotten, NotYours
|   |                               a button under a job that this user may not use
|   |-- RoleRequired, ..            a rule of the server's moderators: see rules.py
|   `-- BadValue                    an invalid value of a rule
|-- LimitReached                    a limit of operator or server; no units were reserved
|   |-- QuotaExceeded               images or cost a day: of the member, the server or the bot
|   |-- TooManyJobs                 open jobs of one user
|   |-- TooManyWaiting              cannot start now, and the user has too many waiting jobs
|   |-- NothingMayWait              cannot start now, and no job may wait
|   |-- CoolingDown                 too soon after the last acceptance
|   |-- MemberBlocked               blocked by the server's moderators
|   |-- UserBlocked, GuildBlocked, GuildNotAllowed
|   |                               user or server refused by the operators
|   |-- GuildPaused, BotPaused      moderators or operators refuse requests for now
|   |-- ProviderPaused              no submissions for now
|   `-- ModelClosed                 no submissions of this model for now
|-- DuplicateRequest                this interaction was accepted before
|-- KlingError                      the provider; carries code, message, request_id, http_status
|   |-- KlingUnreachable            no response or 5xx; a POST was surely not accepted
|   |   `-- KlingBlocked            something in between answered instead of the provider
|   |-- KlingTooLarge               larger than the gateway accepts; not accepted
|   |-- KlingBusy                   rate or concurrency limit; retry later
|   |-- SubmitUncertain             a POST was sent completely, but no response came
|   |-- KlingRefused                the request is refused: content, policy, bad value
|   |-- KlingAccountProblem         key, balance, IP allowlist: the operator must act
|   |-- KlingModelUnavailable       the account may not use this model or API
|   |-- KlingTaskUnknown            the provider knows no task with this id
|   |-- KlingTaskFailed             accepted, then failed during generation
|   `-- KlingProtocolError          not JSON, or done without an image
|-- DownloadFailed                  a result could not be fetched or is not an image
|-- DeliveryFailed
|   |-- ChannelGone, MayNotPost, FileTooBig, TokenExpired
|   |-- MessageRefused              its form is refused; a retry would be refused too
|   `-- DiscordUnreachable          retry later
|-- ChartFailed                     the statistics chart could not be drawn
`-- StoreUnavailable                disk full, read-only or locked database
    `-- VaultUnreachable            the image storage does not answer
"""

from services.errors.base import (
    BotError,
    ChannelGone,
    ChartFailed,
    ConfigError,
    DeliveryFailed,
    DiscordUnreachable,
    DownloadFailed,
    FileTooBig,
    MayNotPost,
    MessageRefused,
    StoreUnavailable,
    TokenExpired,
    VaultUnreachable,
)
from services.errors.kling import (
    KlingAccountProblem,
    KlingBlocked,
    KlingBusy,
    KlingError,
    KlingModelUnavailable,
    KlingProtocolError,
    KlingRefused,
    KlingTaskFailed,
    KlingTaskUnknown,
    KlingTooLarge,
    KlingUnreachable,
    SubmitUncertain,
)
from services.errors.limits import (
    BotPaused,
    CoolingDown,
    DuplicateRequest,
    GuildBlocked,
    GuildNotAllowed,
    GuildPaused,
    LimitReached,
    MemberBlocked,
    ModelClosed,
    NothingMayWait,
    ProviderPaused,
    QuotaExceeded,
    Side,
    TooManyJobs,
    TooManyWaiting,
    Unit,
    UserBlocked,
)
from services.errors.requests import (
    AuthorForgotten,
    AvatarMissing,
    BadValue,
    CountTooHigh,
    EmptyFile,
    ExpansionAmbiguous,
    ExpansionMissing,
    ExpansionTooLarge,
    ExpansionUnneeded,
    FormForgotten,
    ImageTooHeavy,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    JobForgotten,
    LinkNotAllowed,
    MissingPermissions,
    NoImageAmong,
    NotYours,
    OptedOut,
    OptionNotCarried,
    PictureMissing,
    PicturesNotKept,
    PromptMissing,
    PromptTooLong,
    RequestError,
    SourceGone,
    SourceNotKept,
    TooFewPictures,
    TooManyPictures,
    UnknownModel,
    UnknownStyle,
    UnsupportedImage,
)

__all__ = [
    "AuthorForgotten",
    "AvatarMissing",
    "BadValue",
    "BotError",
    "BotPaused",
    "ChannelGone",
    "ChartFailed",
    "ConfigError",
    "CoolingDown",
    "CountTooHigh",
    "DeliveryFailed",
    "DiscordUnreachable",
    "DownloadFailed",
    "DuplicateRequest",
    "EmptyFile",
    "ExpansionAmbiguous",
    "ExpansionMissing",
    "ExpansionTooLarge",
    "ExpansionUnneeded",
    "FileTooBig",
    "FormForgotten",
    "GuildBlocked",
    "GuildNotAllowed",
    "GuildPaused",
    "ImageTooHeavy",
    "ImageTooLarge",
    "ImageTooNarrow",
    "ImageTooSmall",
    "JobForgotten",
    "KlingAccountProblem",
    "KlingBlocked",
    "KlingBusy",
    "KlingError",
    "KlingModelUnavailable",
    "KlingProtocolError",
    "KlingRefused",
    "KlingTaskFailed",
    "KlingTaskUnknown",
    "KlingTooLarge",
    "KlingUnreachable",
    "LimitReached",
    "LinkNotAllowed",
    "MayNotPost",
    "MemberBlocked",
    "MessageRefused",
    "MissingPermissions",
    "ModelClosed",
    "NoImageAmong",
    "NotYours",
    "NothingMayWait",
    "OptedOut",
    "OptionNotCarried",
    "PictureMissing",
    "PicturesNotKept",
    "PromptMissing",
    "PromptTooLong",
    "ProviderPaused",
    "QuotaExceeded",
    "RequestError",
    "Side",
    "SourceGone",
    "SourceNotKept",
    "StoreUnavailable",
    "SubmitUncertain",
    "TokenExpired",
    "TooFewPictures",
    "TooManyJobs",
    "TooManyPictures",
    "TooManyWaiting",
    "Unit",
    "UnknownModel",
    "UnknownStyle",
    "UnsupportedImage",
    "UserBlocked",
    "VaultUnreachable",
]
