"""Every error the bot knows: types with fields, no sentences.

BotError
|-- ConfigError                     settings are wrong; bot.py exits with 2
|-- RequestError                    the member can mend it; nothing was held or spent
|   |-- EmptyFile                   an attachment of 0 bytes
|   |-- UnsupportedImage            not a picture we can read
|   |-- ImageTooLarge               bytes or pixels over a limit
|   |-- ImageTooHeavy               opening it takes more memory or time than there is
|   |-- ImageTooSmall               a side under a limit, even enlarged
|   |-- ImageTooNarrow              width : height outside 1:2.5 .. 2.5:1
|   |-- SourceGone                  Discord no longer hands the attachment out
|   |-- SourceNotKept               a picture that should be painted anew has left our disk
|   |-- PicturesNotKept             what came out has left our disk
|   |-- PromptMissing, PromptTooLong
|   |-- OptionNotCarried            the model can not carry an option
|   |-- CountTooHigh                more images than operator, server or provider allow
|   |-- UnknownModel, UnknownStyle
|   |-- MissingPermissions          the bot may not post here
|   |-- LinkNotAllowed              an address nobody should fetch
|   |-- OptedOut                    somebody whose image it is lets nobody else repaint it
|   |-- JobForgotten, AuthorForgotten, NotYours
|   |                               a button under a Job that is not theirs to press
|   |-- RoleRequired                the member has none of the roles that a server requires
|   |-- ChannelNotAllowed, AgeRestrictedOnly, MemberTooNew, WordBlocked
|   |                               a rule of the server's moderators
|   `-- BadValue                    a value that a rule can not have
|-- LimitReached                    a limit of operator or server; nothing was held
|   |-- QuotaExceeded               images or cost a day: of the member, the server or the bot
|   |-- TooManyJobs                 open Jobs of one member
|   |-- TooManyWaiting              can not start now, and no more of one member may wait
|   |-- NothingMayWait              can not start now, and nothing may wait at all
|   |-- CoolingDown                 too soon after the last acceptance
|   |-- MemberBlocked               the moderators shut this member out
|   |-- UserBlocked, GuildBlocked, GuildNotAllowed
|   |                               the operators shut this member or server out of the whole bot
|   |-- GuildPaused, BotPaused      moderators or operators take no requests for now
|   |-- ProviderPaused              no submissions for now
|   `-- ModelClosed                 no submissions of this model for now
|-- DuplicateRequest                this interaction was accepted before
|-- KlingError                      the provider; carries code, message, request_id, http_status
|   |-- KlingUnreachable            no answer or 5xx; a POST was surely not accepted
|   |   `-- KlingBlocked            something on the way answered in the provider's place
|   |-- KlingTooLarge               larger than what the gateway takes; not accepted
|   |-- KlingBusy                   rate or concurrency limit; the same again later
|   |-- SubmitUncertain             a POST went out whole and its answer did not come back
|   |-- KlingRefused                the request can not be painted: content, policy, bad value
|   |-- KlingAccountProblem         key, balance, address list: the operator must act
|   |-- KlingModelUnavailable       this model or API is not open to this account
|   |-- KlingTaskUnknown            the provider knows no task of that id
|   |-- KlingTaskFailed             accepted, then failed while painting
|   `-- KlingProtocolError          not JSON, or done without a picture
|-- DownloadFailed                  a result could not be fetched or is not a picture
|-- DeliveryFailed
|   |-- ChannelGone, MayNotPost, FileTooBig, TokenExpired
|   |-- MessageRefused              its form is refused: the same again would be, too
|   `-- DiscordUnreachable          try again later
|-- ChartFailed                     the picture of the statistics could not be drawn
`-- StoreUnavailable                disk full, read-only or locked database
    `-- VaultUnreachable            the store of pictures does not answer
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
    AgeRestrictedOnly,
    AuthorForgotten,
    AvatarMissing,
    BadValue,
    ChannelNotAllowed,
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
    MemberTooNew,
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
    RoleRequired,
    SourceGone,
    SourceNotKept,
    TooFewPictures,
    TooManyPictures,
    UnknownModel,
    UnknownStyle,
    UnsupportedImage,
    WordBlocked,
)

__all__ = [
    "AgeRestrictedOnly",
    "AuthorForgotten",
    "AvatarMissing",
    "BadValue",
    "BotError",
    "BotPaused",
    "ChannelGone",
    "ChannelNotAllowed",
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
    "MemberTooNew",
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
    "RoleRequired",
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
    "WordBlocked",
]
