# What moderators read: /repaint-admin, reports, and the lines in the log channel.

moderators_only = Only people who manage this server can use that.
operators_only = Only the people who run this bot can use that.
option_not_understood = I can't use one of these values there.
command_changed = That command is another one now. Please restart Discord, so that it shows the new one.

## The state of a server's rules

state_limits = **Pictures a day**
state_limit_own = { $who }: **{ $units }**
state_limit_operators = { $who }: **{ $units }** (set by the people who run the bot)
state_limit_lower = { $who }: **{ $units }** (the people who run the bot allow no more; set here: { $own })
state_count_lower = { $most } (the people who run the bot allow no more; set here: { $own })
state_member = A member
state_server = The whole server
units_a_day = { $units ->
    [0] no limit
    [one] { $units } picture
   *[other] { $units } pictures
}
state_everywhere = Requests are taken in every channel.
state_channels = Requests are taken in: { $channels }
state_no_required_roles = Every member may ask for pictures.
state_required_roles = Only members with one of these roles may ask for pictures: { $roles } (moderators and the people who run the bot need none)
state_no_words = No words are blocked.
state_words = { $count ->
    [one] { $count } blocked word or phrase: { $words }
   *[other] { $count } blocked words and phrases: { $words }
}
state_words_count = Blocked words and phrases: **{ $count }**
state_more = … and { $count } more
state_running = Requests are taken.
state_no_log = There is no log channel. Reports go to the people who run the bot.
state_no_reports = There is no log channel, and nobody else takes reports: set one with `/repaint-admin log-channel`.
state_log = Changes and reports are written into { $channel }.
state_log_closed = I can not write into { $channel }, the log channel: it is gone, or a right is missing. Reports go to the people who run the bot meanwhile; `/repaint-admin log-channel` sets another.
state_log_closed_no_reports = I can not write into { $channel }, the log channel: it is gone, or a right is missing. Nobody else takes reports: set another with `/repaint-admin log-channel`.
state_settings = **Settings**
state_operators = as set by the people who run the bot
state_none = none
yes = yes
no = no

## Warnings before a decision

decide_block_self = That is you. Blocked, you can no longer ask for pictures in this server; `/repaint-admin unblock` takes it back. Nothing has changed yet.
decide_common_word = Hardly any prompt is without ||{ $phrase }||: blocked, it would have most requests in this server refused. Nothing has changed yet.
button_decide = Block all the same

## Where a member stands

quota_title_of = ### Pictures of { $user }
standing_grant = A limit of { $units ->
    [one] { $units } picture
   *[other] { $units } pictures
} a day of their own: { $until }.
standing_grant_by = Given by { $by }: { $reason }
standing_blocked = **Blocked** until: { $until }. Reason: { $reason }
standing_guild_paused = **Paused in this server** { $since }. Reason: { $reason }
standing_bot_paused = **The bot is paused** everywhere { $since }. Reason: { $reason }
standing_cap_server = This server: { $left } of { $limit } left today
standing_cap_bot = Everybody together: { $left } of { $limit } left today
open_waiting = - { $units ->
    [one] { $units } picture
   *[other] { $units } pictures
} · { $channel } · asked { $since } · { $place }
open_painting = - { $units ->
    [one] { $units } picture
   *[other] { $units } pictures
} · { $channel } · asked { $since } · being painted
open_generated = - { $units ->
    [one] { $units } picture
   *[other] { $units } pictures
} · { $channel } · asked { $since } · generated, being fetched
duration_minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration_hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
duration_days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
duration_weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}

## Figures

history_empty = Nobody has changed anything yet.

## Reports

button_report = Report
button_report_hide = Hide
button_report_delete = Delete pictures
button_report_block = Block member
button_report_dismiss = No action
report_title = Report these pictures
report_question = What is wrong with them?
report_told_moderators = Thank you. The moderators of this server have your report.
report_told_operators = Thank you. There is no log channel here that takes reports, so the people who run the bot have yours.
report_told_nobody = There is no log channel here that takes reports, and I could not reach the people who run the bot. Please tell a moderator.
report_told_no_receiver = Nobody here receives reports: there is no log channel that I can write in. Please tell a moderator, with a link to the message.
report_told_before = You have reported these pictures already.
report_told_enough = Thank you. Several members have reported these pictures, and those who can act know of them.
report_told_too_many = That were many reports at once. The next one can be sent { $free }; please tell a moderator if it can not wait.
report_head = ### Reported by { $reporter }
    Asked for by { $member } in { $channel } · [go to the message]({ $link }) · `{ $job }`
    Reason: { $reason }
report_head_forgotten = ### Reported by { $reporter }
    In { $channel } · [go to the message]({ $link }) · `{ $job }`
    Its author deleted their data: I know nothing else of it.
    Reason: { $reason }
report_again = { $reporter } reported these pictures too: { $link } · `{ $job }` · Reason: { $reason }
report_pictures_gone = The bot no longer keeps the pictures; see the message.
report_without_pictures = Discord does not take the pictures here; see the message.
report_without_words = Discord takes neither the pictures nor the words here; see the message.
report_alt = Reported picture { $number } of { $total }
report_deleted = { $by } deleted the pictures: they are gone from the channel and from the disk.
report_deleted_on_disk = { $by } deleted the pictures from the disk. I could not reach the message: please delete it by hand.
report_deleted_later = { $by } deleted the pictures from the channel. The disk has not let them go yet: I keep trying, and whoever runs me is told.
report_deleted_later_unreached = { $by } deleted the pictures. The disk has not let them go yet: I keep trying, and whoever runs me is told. I could not reach the message: please delete it by hand.
report_deleted_here = { $by } deleted the pictures: they are gone from this server.
report_not_deleted = { $by } wanted to delete the pictures. I could not reach the message: please delete it by hand.
report_hidden = { $by } hid the pictures behind a spoiler.
report_not_hidden = { $by } wanted to hide the pictures. I could not reach the message: please delete it by hand.
report_dismissed = { $by } took no action.
report_block_title = Block the member who asked for this?
report_block_duration = How long?
report_block_for_ever = Permanently
report_block_why = Reason (the member reads it)
report_block_reason = reported pictures
report_blocked_hint = `/repaint-admin unblock` takes it back; `/repaint-admin block` sets an end or another reason.
pictures_removed_later = The pictures are out of the message. The disk has not let the files go yet: I keep trying, and whoever runs me is told.
pictures_still_shown = Discord did not let me change this message, so it may still show the pictures. Their files are deleted, or will be as soon as the disk allows it.
pictures_removed = These pictures were removed.

## Buttons

job_forgotten = I no longer know this picture.
author_forgotten = The author of these pictures deleted their data, so I know nothing of them any more. Moderators can still delete this message by its button, and anybody can report it.
not_yours = Only the member who asked for this picture, and moderators, can do that.

## Changes: one line each, in answers, in the log channel and in the history

audit_command_line = The command line
audit_change = { $by } changed: { $changes }
audit_role_limit = { $by } set the daily limit of { $target }: { $units }.
audit_role_limit_removed = { $by } removed the daily limit of { $target }.
audit_add_required_role = { $by } now requires a role to ask for pictures: { $target }.
audit_remove_required_role = { $by } no longer requires the role { $target } to ask for pictures.
audit_allow_channel = { $by } allowed { $target }.
audit_disallow_channel = { $by } took { $target } off the list of channels.
audit_allow_every_channel = { $by } allowed every channel.
audit_grant = { $by } gave { $target } a daily limit of their own: { $units }, until: { $until }. Reason: { $reason }
audit_revoke_grant = { $by } took away the limit that { $target } had of their own.
audit_reset = { $by } reset today's pictures of { $target }.
audit_block = { $by } blocked { $target } until: { $until }. Reason: { $reason }
audit_unblock = { $by } unblocked { $target }.
audit_pause = { $by } paused the server. Reason: { $reason }
audit_resume = { $by } resumed the server.
audit_pause_bot = { $by } paused the whole bot. Reason: { $reason }
audit_resume_bot = { $by } resumed the whole bot.
audit_add_word = { $by } blocked a word: ||{ $phrase }||
audit_remove_word = { $by } allowed a word again: ||{ $phrase }||
audit_delete_pictures = { $by } deleted pictures of { $target }.
audit_delete_pictures_of_nobody = { $by } deleted pictures whose author deleted their data.
audit_hide_pictures = { $by } hid pictures of { $target } behind a spoiler.
audit_hide_pictures_of_nobody = { $by } hid pictures whose author deleted their data behind a spoiler.
audit_block_user = { $by } blocked { $target } in the whole bot. Reason: { $reason }
audit_unblock_user = { $by } unblocked { $target } in the whole bot.
audit_block_guild = { $by } blocked the server { $target }. Reason: { $reason }
audit_unblock_guild = { $by } unblocked the server { $target }.
audit_allow_guild = { $by } put the server { $target } on the list of allowed servers.
audit_disallow_guild = { $by } took the server { $target } off the list of allowed servers.
audit_allow_every_guild = { $by } allowed every server.
audit_leave_guild = { $by } had the bot leave the server { $target }.

## /repaint-operator servers

access_everywhere = Requests are taken in every server that is not blocked.
access_listed = Requests are taken only in servers on the list, of which there { $count ->
    [one] is { $count }
   *[other] are { $count }
}. An empty list allows every server.
servers_title = ### Servers: { $count }
server_members = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
server_blocked = **blocked**
server_not_allowed = **not on the list**
server_allowed = may use the bot
server_absent = the bot is not there
servers_unread = Discord did not answer. Please try again.

## A value that can not be

bad_value = I can't use that. { $expected }
expected_duration = A duration is written as in 30m, 12h, 7d or 2w, from a minute to ten years.
expected_units = It takes a whole number of pictures from { $lowest } to { $highest }.
expected_count = It takes a whole number of pictures from { $lowest } to { $highest }; the people who run the bot allow no more.
expected_days = It takes a whole number of days from { $lowest } to { $highest }.
expected_switch = It is either on or off.
expected_model = Pick a model from the list.
expected_style = Pick a style from the list.
expected_channel = Pick a channel that is on the list.
expected_role = This role has no limit of its own.
expected_member = Pick a member who is on the list.
expected_one_member = Several members are called so. Pick one from the list.
expected_required_role = Pick a role that is on the list.
expected_role_of_few = Pick a role that some members have: neither @everyone nor a bot's own.
expected_server = Pick a server that is on the list.
expected_server_there = The bot is not in that server.
expected_no_operator = Somebody who runs the bot can't be blocked.
expected_phrase = Pick a word or phrase that is on the list.
expected_pause = Nothing is paused.
expected_text = It may have { $highest } characters.
expected_letters = It needs letters or digits that can be looked for.
expected_room = There are { $highest } already, and that is the most.
expected_setting = There is no such setting.
