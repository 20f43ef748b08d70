# Ways to ask for pictures beside /repaint: expanding, blending, links, menus, defaults.

## The member can mend it; nothing was held

expansion_missing = Say by how much: a number for one side or more, or a ratio.
expansion_unneeded = That picture has the ratio { $ratio } already.
expansion_too_large = That would be { $found } times the picture's area; { $allowed } times is the most. Take less on a side, or a ratio nearer to the picture's own.
outcome_expansion_unneeded = That picture turned out to have this ratio already.
outcome_expansion_too_large = That picture turned out to need more new area than the service paints. Please take less.
too_many_pictures = Those are { $found } pictures; { $allowed } is the most in one blend.
picture_missing = There is no picture in that.
