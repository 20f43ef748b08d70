# Buttons under a result, the forms they open and what they answer.

button_again = Again
button_edit = Edit prompt
button_use = Use as source
button_compare = Before / after
button_details = Details
button_delete = Delete
button_links = Original links

source_not_kept = I no longer keep that picture: pictures are kept for a limited time, or somebody deleted it. Please attach it again.
pictures_not_kept = I no longer keep these pictures: pictures are kept for a limited time, or somebody deleted them.

## Forms

form_edit_title = Paint it again, differently
form_use_title = Paint a result anew
form_delete_title = Delete these pictures?
form_delete_words = They leave this message and my disk for good. What they cost is not given back. Sending this form deletes them; closing it leaves everything as it is.
form_delete_words_here = They leave the messages of this server for good. They were asked for elsewhere: the member who asked keeps them. Sending this form deletes them; closing it leaves everything as it is.
form_delete_words_forgotten = They leave this message for good; their author deleted their data already. Sending this form deletes them; closing it leaves everything as it is.
form_result = Which picture to start from
form_prompt = What it should become
form_model = Model
form_style = Style
form_count = How many pictures
form_flags = How the result is posted
form_spoiler = Hide it until it is clicked
form_private = Show it only to me
form_count_stays = { $count ->
    [one] One image, as before.
   *[other] { $count } images, as before.
}
form_ratio = Width to height
form_picture = Picture { $number }
form_pictures = { $count ->
    [one] { $count } picture
   *[other] { $count } pictures
}
form_no_style = No style
form_own_ratio = As the picture

left_out = { $model } does not take these, so I left them out: { $options }
prompt_to_copy = Your prompt, so that you do not have to type it again:

## Before / after

label_before = Before
label_after = After
compare_alt = { $total ->
    [one] Before and after: the picture that came in, and the one that { $model } painted of it from the prompt: { $prompt }
   *[other] Before and after: the picture that came in, and the { $total } that { $model } painted of it from the prompt: { $prompt }
}
compare_missing_source = The picture that it was painted from is not on my disk: pictures are kept for a limited time, and one given as a link never gets there.

## Original links

links_head = The addresses at the service that paints. They work without Discord, for whoever has them, until about { $until }.
links_picture = Picture { $number }
links_lapsed = The service that paints keeps pictures for about 30 days. These links lapsed { $since }.
links_none = The service gave no addresses for these pictures.
links_in_file = They are too long for a message, so they are in the file.

## Details

details_title = ### Details
details_asked = Asked by { $user }, { $at }
details_state = **State** { $state }
details_model = **Model** { $model }
details_style = **Style** { $style }
details_count = **Pictures** { $painted } of { $asked }
details_ratio = **Width to height** { $ratio }
details_reference = **Reference** { $reference }
details_fidelity = **Fidelity** { $fidelity }
details_human_fidelity = **Human fidelity** { $human_fidelity }
details_format = **Format** { $format }
details_spoiler = **Spoiler** { $spoiler }
details_private = **Private** { $private }
details_option = **{ $name }** { $value }
details_source = **Source** { $name }
details_source_sized = **Source** { $name }, { $width } × { $height }
details_result = **Result { $number }** { $width } × { $height }, { $size }
details_times = Waited { $waited }, painted { $painted }, { $total } in all
details_waited = Waited { $waited }
details_cost_estimated = **Cost** about { $cost }, at the list price
details_cost_real = **Cost** { $cost }, { $units } billing units as the service reports; estimated: { $estimated }
details_task = **Task** `{ $task }`
details_external = **Our id at the service** `{ $external }`
details_no_task = **Task** none known
details_own = The model's own
details_history = **History**
details_parent = { $generation }. Result { $number } of [this message]({ $link }), { $at }, { $model }: { $prompt }
details_parent_unlinked = { $generation }. Result { $number } of a private answer, { $at }, { $model }: { $prompt }
details_parent_hidden = { $generation }. A picture that I can't show here.
details_more_parents = { $count ->
    [one] … and { $count } before it
   *[other] … and { $count } before them
}
details_seconds = { $seconds } s

details_state_queued = waiting
details_state_submitting = being sent
details_state_running = being painted
details_state_generated = generated, being fetched
details_state_ready = painted, not posted yet
details_state_delivered = posted
details_state_undelivered = painted, could not be posted
details_state_failed = failed
details_state_refused = refused
details_state_uncertain = uncertain
details_state_expired = given up
details_state_not_fetched = generated, could not be fetched
details_state_cancelled = cancelled
