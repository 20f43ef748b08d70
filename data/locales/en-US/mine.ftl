# What members read about what is theirs: a Job under way, /jobs, /about, /my-data, /forget-me.

## A Job's message while it is under way

queued_until = **In the queue** · { $place } · should start { $start }
painting_longer = **Painting** · started { $since } · longer than the usual { $seconds } s
withheld = **Not posted here** · the one who asked finds it in /jobs when it is done.
button_cancel = Cancel
button_fetch = Fetch the result
ping_ready = { $user } your pictures are ready: { $link }
ping_over = { $user } your request is over: { $link }

## Cancelling

outcome_cancelled = Cancelled before it was painted.
outcome_cancelled_by_moderator = Cancelled by a moderator before it was painted.
cancelled = { $units ->
    [one] Cancelled. { $units } picture is free again.
   *[other] Cancelled. { $units } pictures are free again.
}
cancel_too_late = The service is painting this already and can't be stopped. { $units ->
    [one] { $units } picture stays counted
   *[other] { $units } pictures stay counted
}, unless it fails. You can have it kept out of this channel: it will lie in /jobs of the one who asked.
cancel_generated = It is generated already and being fetched; there is nothing left to stop. { $units ->
    [one] { $units } picture stays counted
   *[other] { $units } pictures stay counted
}, unless it can't be fetched. You can have it kept out of this channel: it will lie in /jobs of the one who asked.
button_withhold = Don't post it here
withheld_done = It will not be posted there. When it is done, it lies in /jobs of the one who asked.
withheld_too_late = Too late: it has been posted or is over already.
job_over_delivered = That one has been posted already.
job_over_undelivered = That one is done and not posted; the one who asked finds it in /jobs.
job_over_ready = That one is done and being posted right now.
job_over = That one is over already.

## /jobs

jobs_title_all = What you asked for
jobs_title_here = What you asked for in this server
jobs_page = Page { $number } of { $pages }, the newest first
jobs_none = Nothing yet. /repaint begins.
jobs_open = Open one
jobs_newer = Newer
jobs_older = Older
jobs_here = This server only
jobs_everywhere = Everywhere
jobs_back = Back to the list
jobs_thumbnail = Small picture of number { $number }
job_state_queued = In the queue
job_state_submitting = Painting
job_state_running = Painting
job_state_generated = Generated, being fetched
job_state_ready = Done, being posted
job_state_delivered = Posted
job_state_undelivered = Done, not posted
job_state_failed = Failed
job_state_refused = Refused
job_state_uncertain = Nobody can tell
job_state_expired = Never finished
job_state_not_fetched = Generated, could not be fetched
job_state_cancelled = Cancelled
job_facts = { $model } · { $units ->
    [one] { $units } picture
   *[other] { $units } pictures
}
job_asked = Asked { $asked }, { $where }
job_in_messages = in private messages
job_took = Done { $seconds } s after it was asked for
job_counted = { $units ->
    [one] It counts as { $units } picture.
   *[other] It counts as { $units } pictures.
}
job_free = It counts as nothing.
job_link = Its message: { $link }
button_post = Post here
button_direct = Send to me directly
direct_sent = Sent. It costs nothing.
direct_refused = Discord does not let me send you direct messages. Your privacy settings for this server decide that.
post_failed = Discord did not take it. Nothing is lost: it lies in /jobs.
fetch_too_early = It is not done yet.

## /my-data and /forget-me

my_data = Everything I keep about you. The pictures themselves are in /jobs for as long as they are kept.
forget_question = **Shall I forget you?** This can't be taken back.
    Deleted at once: your prompts, your pictures on my disk, and what your requests say about you. What waits is cancelled; what is being painted will not be posted.
    Kept: bare numbers (how many pictures, when, at what cost), under your id until the day is over so that limits hold, then under nobody's. What moderators, and the people who run the bot, decided about you is theirs. If others may not repaint your images (/preferences), that stays so.
    Messages that I posted stay in their channels: delete those first if you want them gone.
button_forget = Delete everything
forgotten = { $jobs ->
    [0] There was nothing to forget.
    [one] Done. { $jobs } request is forgotten.
   *[other] Done. { $jobs } requests are forgotten.
}
forgotten_later = The disk did not let me delete the pictures of { $jobs } of them yet. I keep trying, and whoever runs me is told.

## /about

about_what = ### Repaint
    I paint pictures anew: /repaint takes a picture and a prompt. The pictures come from an AI and may be wrong, or look like someone without meaning to. Please use only pictures that you may use.
about_provider = **Who paints:** { $host }. **Models:** { $models }
about_privacy = **Privacy:** your picture and prompt are sent to { $host }, which has its own rules. I read no messages, only commands and presses.
about_keeps = Pictures leave my disk after { $days ->
    [one] { $days } day
   *[other] { $days } days
}; requests are kept until you have me forget them.
about_keeps_for_ever = Pictures and requests are kept until you have me forget them.
about_rights = /my-data gives you everything I keep about you, /forget-me deletes it. Under each public result is a button to report it.
about_version = Version { $version }
about_source = Source: { $link }

## Places

fixers_unknown = those who manage the server
