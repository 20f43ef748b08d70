# The picture of the statistics and its description: labels, not sentences. Those up to
# figure_wait_p95 and figure_painted to figure_cancelled have a third of a phone's width.

figure_images = images painted
figure_requests = requests
figure_members = members
figure_cost = cost
figure_wait_median = median wait
figure_wait_p95 = 95 % within
figure_title = Statistics
figure_by_day = Images per day
figure_by_week = Images per 7 days
figure_top_members = Top members, images
figure_painted = painted
figure_open = open
figure_refused = refused
figure_failed = failed
figure_cancelled = cancelled
figure_nothing = No requests in these days.
figure_title_of = { $days ->
    [one] { $name }: today
   *[other] { $name }: last { $days } days
}
chart_failed = The picture could not be drawn. The figures are safe: try again later.
