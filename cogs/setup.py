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
    services: Services, connection: Connection, member: FleetMember | None, *, stop: Shutdown
) -> BotApp:
    """Build the engine, the request intake, the cogs and the HTTP server, without starting them.

    They use the opened services and the connection to Discord.
    """
    client = connection.client
    fit, remember = make_fit(services), services.store.jobs.place_message
    delivery = ChannelDelivery(client, fit=fit, remember=remember, clock=services.clock)
    engine = make_engine(
        services,
        operators=client,
        delivery=delivery,
        precedence=client.precedence,
        lease_valid=lambda: member is None or member.lease_valid,
    )
    if member is not None:
        member.watch(engine.refresh)
    notices = make_notices(services, operators=client)
    writing = make_write_check(services, operators=client)
    acceptance = make_acceptance(services, notices=notices, writing=writing, wake=engine.wake)
    doorman = stop if member is None else FleetGate(stop, member)
    counter = RequestIntake(
        acceptance=acceptance, delivery=delivery, doorman=doorman, clock=services.clock
    )
    client.plan(
        *make_cogs(client, services, counter=counter, delivery=delivery, fit=fit, wake=engine.wake)
    )
    return BotApp(
        connection=connection,
        engine=engine,
        housekeeping=partial(
            run_background_tasks, services, notices=notices, writing=writing, wake=engine.wake
        ),
        door=open_port(
            services,
            is_connected=lambda: client.is_connected,
            latencies=connection.latencies,
            writing=writing,
            wake=engine.wake,
        ),
        clock=services.clock,
    )


def make_cogs(
    bot: RepaintBot,
    services: Services,
    *,
    counter: RequestIntake,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build all cogs: first the members' commands, then those of moderators and operators.

    `wake` makes the engine query the due jobs at once, because a row has changed.
    """
    styles = StyleChoices(
        styles=services.styles, community=services.community, preferences=services.preferences
    )
    yield from _asking(bot, services, counter=counter, styles=styles)
    yield QuotaCog(community=services.community)
    yield from _job_cogs(bot, services, delivery=delivery, fit=fit, wake=wake)
    log_channel = LogChannel(bot, community=services.community)
    removal = Removal(bot, archive=services.archive, community=services.community)
    yield from _reusing(bot, services, counter=counter, styles=styles)
    yield _under_results(bot, services, removal=removal, log_channel=log_channel, styles=styles)
    yield from _governing(bot, services, fit=fit, removal=removal, log_channel=log_channel)


def _asking(
    bot: commands.Bot, services: Services, *, counter: RequestIntake, styles: StyleChoices
) -> Iterator[commands.Cog]:
    """Build the cogs that request images."""
    tools = CommandContext(
        counter=counter,
        models=services.models,
        styles=styles,
        max_count=services.allowance.most_images,
    )
    open_forms = FormDrafts(store=services.store, clock=services.clock)
    yield AskingCog(bot, tools=tools)
    yield BlendCog(bot, tools=tools, open_forms=open_forms)
    yield MenusCog(
        bot,
        tools=tools,
        open_forms=open_forms,
        preferences=services.preferences,
        trust=TrustedHosts(
            loopback=is_loopback(URL(services.settings.discord_api_url or "").host or "")
        ),
    )
    yield PreferencesCog(bot, tools=tools, preferences=services.preferences)


def _reusing(
    bot: commands.Bot, services: Services, *, counter: RequestIntake, styles: StyleChoices
) -> Iterator[commands.Cog]:
    """Build the cog that starts a new request from a result."""
    yield ReuseCog(
        bot,
        archive=services.archive,
        repeats=Repeats(archive=services.archive, clock=services.clock),
        counter=counter,
        forms=EditForms(models=services.models, most_images=services.allowance.most_images),
        styles=styles,
        models=services.models,
        operator_ids=services.settings.operator_ids,
    )


def _under_results(
    bot: commands.Bot,
    services: Services,
    *,
    removal: Removal,
    log_channel: LogChannel,
    styles: StyleChoices,
) -> commands.Cog:
    """Build the cog of the other buttons under a result: details, comparison, delete."""
    return ResultCog(
        bot,
        archive=services.archive,
        comparisons=Comparisons(archive=services.archive, decoder=services.pictures),
        removal=removal,
        log_channel=log_channel,
        models=services.models,
        styles=styles,
        clock=services.clock,
        operator_ids=services.settings.operator_ids,
    )


def _job_cogs(
    bot: commands.Bot,
    services: Services,
    *,
    delivery: ChannelDelivery,
    fit: Fit,
    wake: Callable[[], None],
) -> Iterator[commands.Cog]:
    """Build the cogs with which members manage their own jobs and data."""
    member_jobs = MemberJobs(
        store=services.store,
        archive=services.archive,
        community=services.community,
        pictures=services.pictures,
        clock=services.clock,
    )
    yield CancelCog(
        bot,
        cancelling=Cancelling(
            store=services.store,
            archive=services.archive,
            clock=services.clock,
            wake=wake,
            meter=services.meter,
        ),
        delivery=delivery,
        operator_ids=services.settings.operator_ids,
    )
    yield JobsCog(
        bot, member_jobs=member_jobs, repost=Repost(bot, member_jobs=member_jobs, fit=fit), fit=fit
    )
    yield MyDataCog(bot, personal=make_personal_data(services, wake=wake))
    yield AboutCog(about=make_about(services))


def _reporting(
    bot: RepaintBot, services: Services, *, fit: Fit, removal: Removal, log_channel: LogChannel
) -> Iterator[commands.Cog]:
    """Build the cogs that accept reports, and with which moderators act on them."""
    operator_ids = services.settings.operator_ids
    reports = Reports(
        bot,
        archive=services.archive,
        log_channel=log_channel,
        fit=fit,
        clock=services.clock,
        operator_ids=operator_ids,
    )
    yield ReportCog(bot, archive=services.archive, reports=reports, operator_ids=operator_ids)
    yield ReportActionsCog(
        bot,
        archive=services.archive,
        removal=removal,
        community=services.community,
        log_channel=log_channel,
        clock=services.clock,
        operator_ids=operator_ids,
    )


def _governing(
    bot: RepaintBot, services: Services, *, fit: Fit, removal: Removal, log_channel: LogChannel
) -> Iterator[commands.Cog]:
    """Build the cogs of moderators and operators; they share one log channel.

    Without OPERATOR_IDS there is no operator cog.
    """
    community, operator_ids = services.community, services.settings.operator_ids
    names = Names(bot)
    figures = FigureAnswers(names=names)
    yield AdminCog(
        bot,
        responder=AdminResponder(
            community=community,
            allowance=services.allowance,
            log_channel=log_channel,
            decisions=OpenDecisions(store=services.store, clock=services.clock),
            has_operators=bool(operator_ids),
        ),
        names=names,
        figures=figures,
        models=services.models,
        styles=services.styles,
        clock=services.clock,
    )
    yield ArrivalsCog(bot, community=community)
    yield from _reporting(bot, services, fit=fit, removal=removal, log_channel=log_channel)
    if operator_ids:
        yield OperatorCog(
            community=community, names=names, figures=figures, operator_ids=operator_ids
        )
