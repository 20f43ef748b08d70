"""Builds the bot and each of its cogs from `Services`, and passes their dependencies by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from discord.ext import commands
from yarl import URL

from cogs.admin import AdminCog, AdminResponder, ArrivalsCog, FigureAnswers, OperatorCog
from cogs.client import BotApp, Connection, RepaintBot
from cogs.jobs import CancelCog, JobsCog, Repost
from cogs.members import AboutCog, MyDataCog, QuotaCog
from cogs.posting import ChannelDelivery, Fit, LogChannel
from cogs.requests import (
    AskingCog,
    BlendCog,
    CommandContext,
    EditForms,
    MenusCog,
    PreferencesCog,
    RequestIntake,
    ReuseCog,
    TrustedHosts,
)
from cogs.results import Removal, ReportActionsCog, ReportCog, Reports, ResultCog
from cogs.ui import Names, StyleChoices
from services.app import (
    Services,
    make_about,
    make_acceptance,
    make_engine,
    make_fit,
    make_notices,
    make_personal_data,
    make_write_check,
    open_port,
    run_background_tasks,
)
from services.common.hosts import is_loopback
from services.common.shutdown import Shutdown
from services.fleet import FleetGate, FleetMember
from services.history import Comparisons, MemberJobs
from services.requests import Cancelling, FormDrafts, OpenDecisions, Repeats


def build_bot(
    house: Services, connection: Connection, member: FleetMember | None, *, stop: Shutdown
) -> BotApp:
    """Build what works on the opened services and connection: engine, intake, commands, port."""
    client = connection.client
    fit, remember = make_fit(house), house.store.jobs.place_message
    delivery = ChannelDelivery(client, fit=fit, remember=remember, clock=house.clock)
    engine = make_engine(
        house,
        operators=client,
        delivery=delivery,
        precedence=client.precedence,
        is_fresh=lambda: member is None or member.lease_valid,
    )
    if member is not None:
        member.watch(engine.refresh)
    notices = make_notices(house, operators=client)
    writing = make_write_check(house, operators=client)
    acceptance = make_acceptance(house, notices=notices, writing=writing, wake=engine.wake)
    doorman = stop if member is None else FleetGate(stop, member)
    counter = RequestIntake(
        acceptance=acceptance, delivery=delivery, doorman=doorman, clock=house.clock
    )
    client.plan(
        *make_cogs(client, house, counter=counter, delivery=delivery, fit=fit, wake=engine.wake)
    )
    return BotApp(
        connection=connection,
        engine=engine,
        housekeeping=partial(
            run_background_tasks, house, notices=notices, writing=writing, wake=engine.wake
        ),
        door=open_port(
            house,
            is_connected=lambda: client.is_connected,
            latencies=connection.latencies,
            writing=writing,
            wake=engine.wake,
        ),
        clock=house.clock,
    )


def make_cogs(
    bot: RepaintBot,
    house: Services,
    *,
    counter: RequestIntake,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build all cogs: first the members' commands, then those of moderators and operators.

    `wake` tells the engine that a row has changed.
    """
    styles = StyleChoices(
        styles=house.styles, community=house.community, preferences=house.preferences
    )
    yield from _asking(bot, house, counter=counter, styles=styles)
    yield QuotaCog(community=house.community)
    yield from _job_cogs(bot, house, delivery=delivery, fit=fit, wake=wake)
    log_channel = LogChannel(bot, community=house.community)
    removal = Removal(bot, archive=house.archive, community=house.community)
    yield from _reusing(bot, house, counter=counter, styles=styles)
    yield _under_results(bot, house, removal=removal, log_channel=log_channel, styles=styles)
    yield from _governing(bot, house, fit=fit, removal=removal, log_channel=log_channel)


def _asking(
    bot: commands.Bot, house: Services, *, counter: RequestIntake, styles: StyleChoices
) -> Iterator[commands.Cog]:
    """Build the cogs that request images."""
    tools = CommandContext(
        counter=counter,
        models=house.models,
        styles=styles,
        max_count=house.allowance.most_images,
    )
    open_forms = FormDrafts(store=house.store, clock=house.clock)
    yield AskingCog(bot, tools=tools)
    yield BlendCog(bot, tools=tools, open_forms=open_forms)
    yield MenusCog(
        bot,
        tools=tools,
        open_forms=open_forms,
        preferences=house.preferences,
        trust=TrustedHosts(
            loopback=is_loopback(URL(house.settings.discord_api_url or "").host or "")
        ),
    )
    yield PreferencesCog(bot, tools=tools, preferences=house.preferences)


def _reusing(
    bot: commands.Bot, house: Services, *, counter: RequestIntake, styles: StyleChoices
) -> Iterator[commands.Cog]:
    """Build the cog that starts a new request from a result."""
    yield ReuseCog(
        bot,
        archive=house.archive,
        repeats=Repeats(archive=house.archive, clock=house.clock),
        counter=counter,
        forms=EditForms(models=house.models, most_images=house.allowance.most_images),
        styles=styles,
        models=house.models,
        operator_ids=house.settings.operator_ids,
    )


def _under_results(
    bot: commands.Bot,
    house: Services,
    *,
    removal: Removal,
    log_channel: LogChannel,
    styles: StyleChoices,
) -> commands.Cog:
    """Build the cog of the other buttons under a result: details, comparison, delete."""
    return ResultCog(
        bot,
        archive=house.archive,
        comparisons=Comparisons(archive=house.archive, decoder=house.pictures),
        removal=removal,
        log_channel=log_channel,
        models=house.models,
        styles=styles,
        clock=house.clock,
        operator_ids=house.settings.operator_ids,
    )


def _job_cogs(
    bot: commands.Bot,
    house: Services,
    *,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build the cogs with which members manage their own jobs and data."""
    shelf = MemberJobs(
        store=house.store,
        archive=house.archive,
        community=house.community,
        pictures=house.pictures,
        clock=house.clock,
    )
    yield CancelCog(
        bot,
        cancelling=Cancelling(
            store=house.store,
            archive=house.archive,
            clock=house.clock,
            wake=wake,
            meter=house.meter,
        ),
        delivery=delivery,
        operator_ids=house.settings.operator_ids,
    )
    yield JobsCog(bot, shelf=shelf, repost=Repost(bot, shelf=shelf, fit=fit), fit=fit)
    yield MyDataCog(bot, personal=make_personal_data(house, wake=wake))
    yield AboutCog(about=make_about(house))


def _reporting(
    bot: RepaintBot, house: Services, *, fit: Fit, removal: Removal, log_channel: LogChannel
) -> Iterator[commands.Cog]:
    """Build the cogs that take reports and that moderators act on them with."""
    operator_ids = house.settings.operator_ids
    reports = Reports(
        bot,
        archive=house.archive,
        log_channel=log_channel,
        fit=fit,
        clock=house.clock,
        operator_ids=operator_ids,
    )
    yield ReportCog(bot, archive=house.archive, reports=reports, operator_ids=operator_ids)
    yield ReportActionsCog(
        bot,
        archive=house.archive,
        removal=removal,
        community=house.community,
        log_channel=log_channel,
        clock=house.clock,
        operator_ids=operator_ids,
    )


def _governing(
    bot: RepaintBot, house: Services, *, fit: Fit, removal: Removal, log_channel: LogChannel
) -> Iterator[commands.Cog]:
    """Build the cogs of moderators and operators around one log channel.

    Without OPERATOR_IDS there is no operator cog.
    """
    community, operator_ids = house.community, house.settings.operator_ids
    names = Names(bot)
    figures = FigureAnswers(names=names)
    yield AdminCog(
        bot,
        desk=AdminResponder(
            community=community,
            allowance=house.allowance,
            log_channel=log_channel,
            decisions=OpenDecisions(store=house.store, clock=house.clock),
            has_operators=bool(operator_ids),
        ),
        names=names,
        figures=figures,
        models=house.models,
        styles=house.styles,
        clock=house.clock,
    )
    yield ArrivalsCog(bot, community=community)
    yield from _reporting(bot, house, fit=fit, removal=removal, log_channel=log_channel)
    if operator_ids:
        yield OperatorCog(
            community=community, names=names, figures=figures, operator_ids=operator_ids
        )
