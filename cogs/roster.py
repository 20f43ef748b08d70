"""Every cog of the bot, built from the house; each gets what it uses, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from discord.ext import commands

from cogs.about import AboutCog
from cogs.admin import AdminCog, Desk
from cogs.cancel import CancelCog
from cogs.delivery import ChannelDelivery, Fit
from cogs.figure_answers import FigureAnswers
from cogs.log_channel import LogChannel
from cogs.mine import JobsCog
from cogs.mine.repost import Repost
from cogs.my_data import MyDataCog
from cogs.names import Names
from cogs.operator import OperatorCog
from cogs.quota import QuotaCog
from cogs.removal import Removal
from cogs.repaint import RepaintCog
from cogs.report import ReportCog
from cogs.reports import Reports
from cogs.requests import Counter
from services.cancelling import Cancelling
from services.house import House, about_of, personal_data_of
from services.shelf import Shelf


def cogs_of(
    bot: commands.Bot,
    house: House,
    *,
    counter: Counter,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build them all: first what members use, then what moderators and operators do.

    `wake` tells the engine that a row has changed.
    """
    settings = house.settings
    yield RepaintCog(
        bot,
        counter=counter,
        models=house.models,
        styles=house.styles,
        max_count=min(settings.max_count, settings.kling_concurrency),
    )
    yield QuotaCog(community=house.community)
    yield from _mine(bot, house, delivery=delivery, fit=fit, wake=wake)
    yield from _governing(bot, house, fit=fit)


def _mine(
    bot: commands.Bot,
    house: House,
    *,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build what members do with what they asked for."""
    shelf = Shelf(
        store=house.store,
        archive=house.archive,
        community=house.community,
        pictures=house.pictures,
        clock=house.clock,
    )
    yield CancelCog(
        bot,
        cancelling=Cancelling(
            store=house.store, archive=house.archive, clock=house.clock, wake=wake
        ),
        delivery=delivery,
        operator_ids=house.settings.operator_ids,
    )
    yield JobsCog(bot, shelf=shelf, repost=Repost(bot, shelf=shelf, fit=fit), fit=fit)
    yield MyDataCog(bot, personal=personal_data_of(house, wake=wake))
    yield AboutCog(about=about_of(house))


def _governing(bot: commands.Bot, house: House, *, fit: Fit) -> Iterator[commands.Cog]:
    """Build them around one log channel; nobody runs the bot where no operator is named."""
    community, operator_ids = house.community, house.settings.operator_ids
    log_channel, names = LogChannel(bot, community=community), Names(bot)
    figures = FigureAnswers(names=names)
    yield AdminCog(
        bot,
        desk=Desk(community=community, allowance=house.allowance, log_channel=log_channel),
        names=names,
        figures=figures,
        models=house.models,
        styles=house.styles,
        clock=house.clock,
    )
    yield ReportCog(
        bot,
        archive=house.archive,
        reports=Reports(bot, log_channel=log_channel, fit=fit, operator_ids=operator_ids),
        removal=Removal(bot, archive=house.archive, community=community),
        community=community,
        log_channel=log_channel,
        operator_ids=operator_ids,
    )
    if operator_ids:
        yield OperatorCog(community=community, figures=figures, operator_ids=operator_ids)
