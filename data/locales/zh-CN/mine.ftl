# 成员看到的、与自己有关的内容：进行中的任务、/jobs、/about、/my-data、/forget-me。

## 进行中的任务消息

queued_until = **排队中** · { $place } · 预计 { $start } 开始
painting_longer = **绘制中** · 开始于 { $since } · 已超过通常的 { $seconds } 秒
withheld = **不在此发布** · 完成后，提出请求的成员可在 /我的请求 中找到。
button_cancel = 取消
button_fetch = 取回结果
ping_ready = { $user } 您的图片已完成：{ $link }
ping_over = { $user } 您的请求已结束：{ $link }

## 取消

outcome_cancelled = 已在绘制之前取消。
outcome_cancelled_by_moderator = 已由管理员在绘制之前取消。
cancelled = 已取消，退还 { $units } 张图片的额度。
cancel_too_late = 绘图服务已经开始绘制，无法停止。除非失败，否则这 { $units } 张图片仍会计入额度。您可以选择不在此频道发布：完成后会保存在提出请求的成员的 /我的请求 中。
cancel_generated = 图片已经生成，正在取回，没有可以停止的了。除非无法取回，否则这 { $units } 张图片仍会计入额度。您可以选择不在此频道发布：完成后会保存在提出请求的成员的 /我的请求 中。
button_withhold = 不在此发布
withheld_done = 不会在那里发布。完成后可在提出请求的成员的 /我的请求 中找到。
withheld_too_late = 太晚了：已经发布或已经结束。
job_over_delivered = 这个请求的结果已经发布。
job_over_undelivered = 这个请求已完成但没有发布；提出请求的成员可在 /我的请求 中找到。
job_over_ready = 这个请求已完成，正在发布。
job_over = 这个请求已经结束。

## /jobs

jobs_title_all = 您的请求
jobs_title_here = 您在本服务器的请求
jobs_page = 第 { $number } 页，共 { $pages } 页，最新的在前
jobs_none = 还没有请求。用 /重绘 开始。
jobs_open = 打开一个
jobs_newer = 较新
jobs_older = 较早
jobs_here = 仅本服务器
jobs_everywhere = 所有地方
jobs_back = 返回列表
jobs_thumbnail = 第 { $number } 个的缩略图
job_state_queued = 排队中
job_state_submitting = 绘制中
job_state_running = 绘制中
job_state_generated = 已生成，正在取回
job_state_ready = 已完成，正在发布
job_state_delivered = 已发布
job_state_undelivered = 已完成，未发布
job_state_failed = 失败
job_state_refused = 被拒绝
job_state_uncertain = 无法确定
job_state_expired = 未能完成
job_state_not_fetched = 已生成，但无法取回
job_state_cancelled = 已取消
job_facts = { $model } · { $units } 张图片
job_asked = 请求于 { $asked }，{ $where }
job_in_messages = 私信中
job_took = 提出后 { $seconds } 秒完成
job_counted = 计为 { $units } 张图片。
job_free = 不计入额度。
job_link = 消息：{ $link }
button_post = 发布到这里
button_direct = 私信发给我
direct_sent = 已发送，不计费。
direct_refused = Discord 不允许我给您发私信。这取决于您在本服务器的隐私设置。
post_failed = Discord 没有接受。图片没有丢失：可在 /我的请求 中找到。
fetch_too_early = 还没有完成。

## /my-data 与 /forget-me

my_data = 这是我保存的关于您的全部内容。图片本身在保存期内可在 /我的请求 中找到。
forget_question = **要我忘记您吗？** 此操作无法撤销。
    立即删除：您的提示词、我磁盘上的图片，以及请求中与您有关的内容。排队中的请求会被取消；正在绘制的不会发布。
    保留：纯数字（多少张图片、何时、费用），当天结束前记在您的 ID 下以维持限额，之后不再归属任何人。管理员和机器人的运行者对您作出的决定由他们保留。如果您不允许他人重绘您的图片（/个人默认值），这一点保持不变。
    我已发布的消息会留在原频道：如果希望它们消失，请先删除。
button_forget = 全部删除
forgotten = { $jobs ->
    [0] 没有需要忘记的内容。
   *[other] 完成。已忘记 { $jobs } 个请求。
}
forgotten_later = 其中 { $jobs } 个请求的图片暂时无法从磁盘删除。我会继续尝试，并已通知运营者。

## /about

about_what = ### Repaint
    我把图片重新绘制：/重绘 接受一张图片和一段提示词。图片由 AI 生成，可能有误，也可能无意中像某个人。请只使用您有权使用的图片。
about_provider = **由谁绘制：** { $host }。**模型：** { $models }
about_privacy = **隐私：** 您的图片和提示词会发送给 { $host }，它有自己的规则。我不读取消息，只读取命令和按钮操作。
about_keeps = 图片会在 { $days } 天后从我的磁盘删除；请求会保存到您要求忘记为止。
about_keeps_for_ever = 图片和请求会保存到您要求忘记为止。
about_rights = /我的数据 会给您我保存的关于您的全部内容，/忘记我 会将其删除。每个公开结果下方都有举报按钮。
about_version = 版本 { $version }
about_source = 源代码：{ $link }

## 地点

fixers_unknown = 管理服务器的人
