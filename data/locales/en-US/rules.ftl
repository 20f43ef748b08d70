# The rules that moderators set for their server: all texts of a rule are here.

## A rule's name, in `/repaint-admin settings` and in the log channel

field_user_daily = Pictures a member and day
field_guild_daily = Pictures of the whole server a day
field_max_count = The most pictures in one request
field_private_only = Results shown only to those who asked
field_spoiler = Results behind a spoiler
field_age_restricted_only = Only in age-restricted channels
field_min_membership_days = Days a member must have been here
field_default_model = Model where none is named
field_default_style = Style where none is named
field_log_channel_id = Log channel

## A request that a rule refuses, as its member reads it

channel_not_allowed = Pictures can't be asked for here, only in: { $channel_ids }
age_restricted_only = In this server, pictures can be asked for in age-restricted channels only.
role_required = In this server, pictures can be asked for by members with one of these roles only: { $role_ids }
member_too_new = You have not been in this server for long enough. You can ask { $until }.
word_blocked = The moderators of this server do not allow something in that prompt.
