# 统计图片及其文字说明中的标签（不是句子）。figure_wait_p95 以前以及 figure_painted 至
# figure_cancelled 的宽度只有手机屏幕的三分之一。

figure_images = 已绘制图片
figure_requests = 请求
figure_members = 成员
figure_cost = 费用
figure_wait_median = 等待中位数
figure_wait_p95 = 95 % 等待不超过
figure_title = 统计
figure_by_day = 每日图片
figure_by_week = 每 7 天图片
figure_top_members = 成员排行（图片数）
figure_painted = 已完成
figure_open = 进行中
figure_refused = 被拒绝
figure_failed = 失败
figure_cancelled = 已取消
figure_nothing = 这些天没有请求。
figure_title_of = { $days ->
    [1] { $name }：今天
   *[other] { $name }：最近 { $days } 天
}
chart_failed = 统计图片绘制失败。数据没有丢失，请稍后再试。
