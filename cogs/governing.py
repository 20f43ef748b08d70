"""The cogs of those who govern: moderators in their server, operators over the whole bot."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from discord.ext import commands

from cogs.admin import AdminCog, Desk
from cogs.delivery import Fit
from cogs.figure_answers import FigureAnswers
from cogs.log_channel import LogChannel
from cogs.names import Names
from cogs.operator import OperatorCog
from cogs.quota import QuotaCog
from cogs.removal import Removal
from cogs.report import ReportCog
from cogs.reports import Reports
from services.allowance import Allowance
from services.archive import Archive
from services.clock import Clock
from services.community import Community
from services.model_table import ModelTable
from services.styles import StyleTable


def governing_cogs(
    bot: commands.Bot,
    *,
    community: Community,
    archive: Archive,
    allowance: Allowance,
    models: ModelTable,
    styles: StyleTable,
    fit: Fit,
    operator_ids: Collection[int],
    clock: Clock,
) -> Iterator[commands.Cog]:
    """Build them around one log channel; nobody runs the bot where no operator is named."""
    log_channel = LogChannel(bot, community=community)
    names = Names(bot)
    figures = FigureAnswers(names=names)
    yield QuotaCog(community=community)
    yield AdminCog(
        bot,
        desk=Desk(community=community, allowance=allowance, log_channel=log_channel),
        names=names,
        figures=figures,
        models=models,
        styles=styles,
        clock=clock,
    )
    yield ReportCog(
        bot,
        archive=archive,
        reports=Reports(bot, log_channel=log_channel, fit=fit, operator_ids=operator_ids),
        removal=Removal(bot, archive=archive, community=community),
        community=community,
        log_channel=log_channel,
        operator_ids=operator_ids,
    )
    if operator_ids:
        yield OperatorCog(community=community, figures=figures, operator_ids=operator_ids)
