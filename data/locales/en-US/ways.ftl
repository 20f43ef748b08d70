# Ways to ask for pictures beside /repaint: expanding, blending, links, menus, defaults, styles.

## The member can mend it; nothing was held

expansion_missing = Say by how much: a number for one side or more, or a ratio.
expansion_ambiguous = Say either a ratio or how much on each side, not both.
expansion_unneeded = That picture has the ratio { $ratio } already.
expansion_too_large = That would be { $found } times the picture's area; { $allowed } times is the most. Take less on a side, or a ratio nearer to the picture's own.
outcome_expansion_unneeded = That picture turned out to have this ratio already.
outcome_expansion_too_large = That picture turned out to need more new area than the service paints. Please take less.
too_many_pictures = Those are { $found } pictures; { $allowed } is the most in one blend.
too_few_pictures = A blend needs { $least } pictures or more; I got { $found }.
picture_missing = I see no picture in that message. Attached images, stickers and images in embeds work, also in forwarded messages.
no_image_among = I see no image in that message, only { $others }. Attached images, stickers (PNG, GIF, APNG) and images in embeds work, also in forwarded messages.
avatar_missing = That member has no picture of their own.
form_forgotten = I no longer know what that form was about: it was open for more than a day. Nothing was counted; please open it once more.

## What is done to the pictures

kind_repaint = painted anew
kind_blend = Blend of { $count } pictures
kind_expand_to = Expanded to { $ratio }
kind_expand_by = Expanded: { $sides }
side_left = left { $percent } %
side_right = right { $percent } %
side_up = up { $percent } %
side_down = down { $percent } %
alt_without_prompt = Picture { $number } of { $total }, by { $model }: { $prompt }

menu_others = Not images, so not offered here: { $names }

## Menus: the form (title and labels of at most 45 characters)

menu_title = Repaint
menu_picture = Which picture
menu_prompt = What it should become
menu_style = Style
menu_usual_style = As usual
menu_count = How many pictures
menu_pictures = { $count ->
    [one] { $count } picture
   *[other] { $count } pictures
}

## /blend: the form

blend_title = Blend pictures
blend_pictures = Pictures that become one
blend_prompt = What should become of them
blend_scene = A picture of the place
blend_look = A picture whose look it should have

## /preferences

preferences_title = ### Your own defaults
preferences_none = You have none. What you leave out is as this server or the bot has it.
preferences_hint = They are used for whatever you leave out, where they fit.
preferences_opted_out = **Opted out:** nobody else may repaint your images or your avatar, and nobody else may go on from your results. `/preferences set` with `opt_out` takes it back.
preference_model = Model
preference_style = Style
preference_count = Pictures
preference_ratio = Ratio
preference_format = Format
preference_private = Only to me
preference_spoiler = Spoiler

## /repaint-admin style

audit_add_style = { $by } added the style “{ $name }” ({ $style_key }): { $fragment }
audit_remove_style = { $by } removed the style “{ $name }” ({ $style_key }).
audit_hide_style = { $by } took the style “{ $name }” ({ $style_key }) off this server's list.
audit_unhide_style = { $by } put the style “{ $name }” ({ $style_key }) back on this server's list.
expected_words = Say which words the style adds to the prompt.
state_styles = **Styles of this server** ({ $count }):
state_no_styles = This server has no styles of its own; the shipped ones are offered.
state_styles_hidden = Not offered here: { $names }
