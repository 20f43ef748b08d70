# What members read. One message a key; { $name } are filled in by cogs/ui/text.py.
# Time stamps arrive as Discord's own and show each reader their own zone.

## The member can mend it; nothing was held

empty_file = That file is empty: 0 bytes arrived at Discord. Please attach it again.
unsupported_image = I can't read that file as a picture. PNG, JPEG, WebP, GIF, AVIF, BMP, TIFF and HEIC work.
image_damaged = That file is damaged, of an unusual kind, or no picture. Please open it in a viewer, save it anew, and attach that.
image_format_not_read = I can't open { $found } here. Please save the picture as PNG or JPEG, and attach that.
image_variant_not_read = I can't open this kind of file: { $found }. Please open it in a viewer, take a screenshot, and attach that.
heic_not_read = I can't open HEIC here. Please send it as a JPEG: on an iPhone, choose Settings → Camera → Formats → Most Compatible, or take a screenshot of the picture.
image_too_large_bytes = That picture is too large: { $found } where { $allowed } is the most.
image_too_large_pixels = That picture has too many pixels: { $found } where { $allowed } is the most.
image_too_heavy = That picture takes too much memory to open. Please save it as a JPEG, or make it smaller, and attach that.
image_too_small = That picture is too small ({ $width } × { $height }). Each side needs { $minimum } pixels or more.
image_too_narrow = That picture is too long and thin ({ $width } × { $height }). The longer side may be at most 2.5 times the shorter; please crop it.
source_gone = Discord no longer hands that picture out. Please attach it again.
prompt_missing = Please say in the prompt what the picture should become.
prompt_too_long = That prompt has { $found } characters, style included; { $allowed } is the most.
option_not_carried = The model { $model } can't use the option “{ $option }”.
option_not_carried_but = The model { $model } can't use the option “{ $option }” like that. It takes: { $allowed }.
count_too_high = You asked for { $found } pictures at once; { $allowed } is the most here.
unknown_model = I don't know a model called “{ $name }”. Pick one from the list.
unknown_style = I don't know a style called “{ $name }”. Pick one from the list.
missing_permissions = I may not post pictures in this channel: I lack { $permissions }. These people can change that in the channel's or my role's settings: { $fixers }. Until then, the option “private” works.
link_not_allowed = That address can't be used. It has to be a public https address.

## Limits

quota_member = You have { $left } of { $limit } pictures left today and asked for { $asked }. Your limit resets { $resets }.
quota_server = This server has { $left } of { $limit } pictures left today and you asked for { $asked }. Its limit resets { $resets }.
quota_bot = The bot has { $left } of { $limit } pictures left for everybody today and you asked for { $asked }. The limit resets { $resets }.
too_many_jobs = You have { $open_jobs } requests in the works, and { $allowed } is the most at a time. Please wait for one of them.
too_many_waiting = This can not start now, and you have { $waiting } requests waiting; { $allowed } is the most. Please wait until one of them has begun.
nothing_may_wait = Nothing is free to start this now, and requests do not wait here. Please try again in a little while.
quota_server_cost = This server's pictures may cost { $limit } a day; { $left } are left and yours would cost { $asked }. Its limit resets { $resets }.
quota_bot_cost = The bot's pictures may cost { $limit } a day in all; { $left } are left and yours would cost { $asked }. The limit resets { $resets }.
limit_source_grant = This limit was given to this member alone.
limit_source_role = This limit comes with a role.
limit_source_server = This limit is the server's.
limit_source_operator = This limit is the bot's, and counts in all servers together.
member_blocked = The moderators of this server take no requests of yours until: { $until }. Reason: { $reason }
user_blocked = The people who run the bot take no requests of yours, in any server. Reason: { $reason }
guild_blocked = The people who run the bot take no requests in this server. Reason: { $reason }
guild_not_allowed = The people who run the bot have not allowed this server: requests are taken only in servers on their list.
opted_out = This picture can't be used: not everybody whose picture it is lets others repaint it.
guild_paused = The moderators of this server take no requests for now. Reason: { $reason }
bot_paused = The people who run the bot take no requests for now. Reason: { $reason }
no_reason = none given
for_ever = for ever
cooling_down = That was quick! You can ask again { $until }.
provider_paused = Painting is paused: the service that paints does not accept this bot's account right now. The people who run the bot have been told. The next attempt is { $until }.
model_closed = The service that paints does not open the model { $model } to this bot right now; the other models work. The next attempt is { $until }.
duplicate_request = That request has been taken already.
store_unavailable = I can't take anything new right now: I can't get at my storage. Nothing was counted; please try again later.
vault_unreachable = I can't get at the pictures right now: the place where I keep them does not answer. Nothing is lost and nothing was counted; please try again in a few minutes.
draining = I'm restarting. Nothing was counted; please ask again in a minute.
message_gone = That message is no longer there: somebody has deleted it.
unforeseen = Something went wrong on my side (reference { $reference }). Please try again.

## How a Job ended

outcome_refused_content = The service refused the prompt or the picture because of its content rules. Please change one of them.
outcome_refused_policy = The service refused this request because of its own policy.
outcome_bad_picture = The service could not use that picture.
outcome_source_unusable = That file could not be used.
outcome_bad_prompt = The service could not use that prompt.
outcome_busy = The service had no room for this for too long. Please try again later.
outcome_checking = Nobody can tell yet whether the service took this request. If the pictures turn up, they will be posted here.
outcome_paused = Painting is paused: the service does not accept this bot's account right now. The people who run the bot have been told.
outcome_model_unavailable = That model is not available to this bot. Please choose another one.
outcome_provider_down = The painting service can't be reached. Please try again later.
outcome_blocked = Something between this bot and the painting service kept the request from getting through. The people who run the bot have been told.
outcome_gateway_limit = The way to the painting service takes no picture of this size, not even a smaller form of it. The people who run the bot have been told; a smaller picture may pass.
outcome_task_lost = The painting service lost this request. Please try again.
outcome_task_failed = The painting service failed at this picture.
outcome_uncertain = The connection broke at a bad moment, and nobody can tell whether the service took this request. If the pictures turn up, they will be posted here.
outcome_expired = The service never finished this picture, so I stopped waiting.
outcome_not_fetched = The service generated this, but it could not be fetched from there for too long.
outcome_result_unusable = The service generated this, but it could not be fetched: what it hands out is no picture that can be used.
outcome_download_failed = Discord did not hand that picture out in time. Please try again.
outcome_image_too_large = That picture turned out to be too large. Please attach a smaller one.
outcome_image_too_heavy = That picture could not be opened: it takes too much memory. Please save it as a JPEG, or make it smaller, and attach that.
outcome_image_too_small = That picture turned out to be too small. Please attach a larger one.
outcome_image_too_narrow = That picture turned out to be too long and thin. The longer side may be at most 2.5 times the shorter; please crop it.
outcome_generic = The painting service could not do this (code { $code }).
provider_says = It says: “{ $words }”
units_given_back = Nothing was counted against your limit.
units_kept = It counts against your limit.

## A Job's message

queued = **In the queue** · { $place }
place = { $ahead ->
    [0] next in line
    [one] { $ahead } request ahead
   *[other] { $ahead } requests ahead
}
painting = **Painting** · started { $since }
painting_usual = **Painting** · started { $since } · usually takes about { $seconds } s · expected { $until }
blocked = Something between this bot and the painting service blocks the way. I try again { $until }.
late = **Still painting** · started { $since }. This takes longer than usual; the pictures will be posted here when they are done.
checking = **Checking** · the connection broke { $since }, and the service is being asked whether it took this request.
not_known_any_more = **Not known to the service any more** · nothing is counted against your limit. I ask for it until { $until }; if the pictures turn up, they will be posted here.
generated = **Generated** · being fetched from the service
generated_waiting = **Generated** · it can't be fetched from the service yet. I keep trying until { $until }, and it will be posted here.
left = { $left } of { $limit } pictures left today
asked_by = { $user } asked for:
alt = Picture { $number } of { $total }, painted by { $model } from the prompt: { $prompt }
facts = { $model } · { $count ->
    [one] { $count } picture
   *[other] { $count } pictures
} · { $seconds } s
part_refunded = { $came } of { $asked } came: the others were not generated, or could not be fetched. { $refunded } { $refunded ->
    [one] picture was
   *[other] pictures were
} taken off what counts against your limit.
too_big_to_post = Too large to post here: { $links }
sent_below = The result is in a new message below.
sent_privately = This channel did not take the result, so it went to the requester in a direct message.
kept_in_jobs = Your picture is ready, but Discord did not take the message. Nothing is lost: it lies in /jobs.
prompt_hidden = (prompt not shown: this server's filter refused it)

## /quota

quota_title = ### Your pictures
quota_left = **{ $left } of { $limit }** left today · resets { $resets }
quota_unlimited = **{ $used }** today · there is no daily limit for you
quota_open = In the works: { $open_jobs }

## Permissions, by Discord's names

permission_view_channel = View Channel
permission_send_messages = Send Messages
permission_send_messages_in_threads = Send Messages in Threads
permission_attach_files = Attach Files
permission_embed_links = Embed Links

## Units

megabytes = { $figure } MB
megapixels = { $figure } megapixels

## Between the parts of a list

listed = { $one }, { $another }
