# 管理员看到的文字：/repaint-admin、举报，以及日志频道中的记录。

moderators_only = 只有管理本服务器的人才能使用。
operators_only = 只有运行本机器人的人才能使用。
option_not_understood = 其中一个值不能用在这里。
command_changed = 这个命令已经更新。请重启 Discord，以显示新的命令。

## 服务器规则的状态

state_limits = **每天的图片数**
state_limit_own = { $who }：**{ $units }**
state_limit_operators = { $who }：**{ $units }**（由机器人的运行者设定）
state_limit_lower = { $who }：**{ $units }**（机器人的运行者不允许更多；此处设定：{ $own }）
state_count_lower = { $most }（机器人的运行者不允许更多；此处设定：{ $own }）
state_member = 每位成员
state_server = 整个服务器
units_a_day = { $units ->
    [0] 无限制
   *[other] { $units } 张
}
state_everywhere = 所有频道都受理请求。
state_channels = 受理请求的频道：{ $channels }
state_no_required_roles = 每位成员都可以请求图片。
state_required_roles = 只有拥有以下身份组之一的成员才能请求图片：{ $roles }（管理员和机器人的运行者不受限制）
state_no_words = 没有屏蔽任何词语。
state_words = 已屏蔽 { $count } 个词语：{ $words }
state_words_count = 已屏蔽的词语：**{ $count }** 个
state_more = …… 还有 { $count } 个
state_running = 正在受理请求。
state_no_log = 没有日志频道。举报会发送给机器人的运行者。
state_no_reports = 没有日志频道，也没有其他人接收举报：请用 `/重绘管理 日志频道` 设定一个。
state_log = 更改和举报会写入 { $channel }。
state_log_closed = 我无法写入日志频道 { $channel }：它已不存在，或缺少权限。其间举报会发送给机器人的运行者；用 `/重绘管理 日志频道` 可以另设一个。
state_log_closed_no_reports = 我无法写入日志频道 { $channel }：它已不存在，或缺少权限。没有其他人接收举报：请用 `/重绘管理 日志频道` 另设一个。
state_settings = **设置**
state_operators = 由机器人的运行者设定
state_none = 无
yes = 是
no = 否

## 决定之前的提醒

decide_block_self = 这是您自己。屏蔽后，您将无法在本服务器请求图片；`/重绘管理 解除屏蔽` 可以撤销。目前尚未更改。
decide_common_word = 几乎所有提示词都包含 ||{ $phrase }||：屏蔽后，本服务器的大多数请求都会被拒绝。目前尚未更改。
button_decide = 仍然屏蔽

## 成员的情况

quota_title_of = ### { $user } 的图片
standing_grant = 单独的限额：每天 { $units } 张，有效期：{ $until }。
standing_grant_by = 由 { $by } 授予：{ $reason }
standing_blocked = **已被屏蔽**，期限：{ $until }。原因：{ $reason }
standing_guild_paused = **本服务器已暂停** { $since }。原因：{ $reason }
standing_bot_paused = **机器人已全部暂停** { $since }。原因：{ $reason }
standing_cap_server = 本服务器：今天还剩 { $left } / { $limit }
standing_cap_bot = 所有人合计：今天还剩 { $left } / { $limit }
open_waiting = - { $units } 张 · { $channel } · 请求于 { $since } · { $place }
open_painting = - { $units } 张 · { $channel } · 请求于 { $since } · 绘制中
open_generated = - { $units } 张 · { $channel } · 请求于 { $since } · 已生成，正在取回
duration_minutes = { $count } 分钟
duration_hours = { $count } 小时
duration_days = { $count } 天
duration_weeks = { $count } 周

## 统计

history_empty = 还没有人更改过任何设置。

## 举报

button_report = 举报
button_report_hide = 隐藏
button_report_delete = 删除图片
button_report_block = 屏蔽成员
button_report_dismiss = 不处理
report_title = 举报这些图片
report_question = 这些图片有什么问题？
report_told_moderators = 谢谢。本服务器的管理员已收到您的举报。
report_told_operators = 谢谢。这里没有接收举报的日志频道，您的举报已发送给机器人的运行者。
report_told_nobody = 这里没有接收举报的日志频道，我也无法联系到机器人的运行者。请告诉一位管理员。
report_told_no_receiver = 这里没有人接收举报：没有我可以发送消息的日志频道。请把消息的链接告诉一位管理员。
report_told_before = 您已经举报过这些图片。
report_told_enough = 谢谢。已有多位成员举报了这些图片，能够处理的人已经知道。
report_told_too_many = 举报过于频繁。{ $free }可以再次举报；如果等不及，请告诉一位管理员。
report_head = ### { $reporter } 的举报
    由 { $member } 在 { $channel } 请求 · [查看消息]({ $link }) · `{ $job }`
    原因：{ $reason }
report_head_forgotten = ### { $reporter } 的举报
    { $channel } 中的[这条消息]({ $link }) · `{ $job }`
    作者已删除自己的数据，我对这些图片一无所知。
    原因：{ $reason }
report_again = { $reporter } 也举报了这些图片：{ $link } · `{ $job }` · 原因：{ $reason }
report_pictures_gone = 机器人已不再保留这些图片，请查看消息。
report_without_pictures = Discord 不允许在这里发布这些图片，请查看消息。
report_without_words = Discord 不允许在这里发布这些图片和文字，请查看消息。
report_alt = 被举报的图片，第 { $number } 张，共 { $total } 张
report_deleted = { $by } 删除了图片：频道和磁盘上都已不存在。
report_deleted_on_disk = { $by } 从磁盘上删除了图片。我无法访问那条消息，请手动删除。
report_deleted_later = { $by } 从频道中删除了图片。磁盘上的文件暂时无法删除：我会继续尝试，并已通知运营者。
report_deleted_later_unreached = { $by } 删除了图片。磁盘上的文件暂时无法删除：我会继续尝试，并已通知运营者。我无法访问那条消息，请手动删除。
report_deleted_here = { $by } 删除了图片：本服务器中已不存在。
report_not_deleted = { $by } 想要删除图片。我无法访问那条消息，请手动删除。
report_hidden = { $by } 将图片隐藏为剧透。
report_not_hidden = { $by } 想要隐藏图片。我无法访问那条消息，请手动删除。
report_dismissed = { $by } 未作处理。
report_block_title = 屏蔽请求这些图片的成员？
report_block_duration = 多久？
report_block_for_ever = 永久
report_block_why = 原因（该成员会看到）
report_block_reason = 被举报的图片
report_blocked_hint = `/重绘管理 解除屏蔽` 可以撤销；`/重绘管理 屏蔽` 可以设定期限或其他原因。
pictures_removed_later = 图片已从消息中移除。磁盘上的文件暂时无法删除：我会继续尝试，并已通知运营者。
pictures_still_shown = Discord 没有让我修改这条消息，图片可能仍显示在其中。图片文件已删除，或将在磁盘允许时立即删除。
pictures_removed = 这些图片已被移除。

## 按钮

job_forgotten = 我已不再记得这张图片。
author_forgotten = 这些图片的作者已删除自己的数据，我对它们一无所知。管理员仍可用按钮删除这条消息，任何人都可以举报它。
not_yours = 只有请求这张图片的成员和管理员可以这样做。

## 更改：在回答、日志频道和历史中各占一行

audit_command_line = 命令行
audit_change = { $by } 更改了：{ $changes }
audit_role_limit = { $by } 将 { $target } 的每日限额设为：{ $units }。
audit_role_limit_removed = { $by } 移除了 { $target } 的限额。
audit_add_required_role = { $by } 要求请求图片的成员拥有身份组：{ $target }。
audit_remove_required_role = { $by } 不再要求身份组 { $target } 才能请求图片。
audit_allow_channel = { $by } 允许了 { $target }。
audit_disallow_channel = { $by } 将 { $target } 移出了频道列表。
audit_allow_every_channel = { $by } 允许了所有频道。
audit_grant = { $by } 给了 { $target } 单独的每日限额：{ $units }，有效期：{ $until }。原因：{ $reason }
audit_revoke_grant = { $by } 收回了 { $target } 单独的限额。
audit_reset = { $by } 重置了 { $target } 今天的图片数。
audit_block = { $by } 屏蔽了 { $target }，期限：{ $until }。原因：{ $reason }
audit_unblock = { $by } 解除了对 { $target } 的屏蔽。
audit_pause = { $by } 暂停了本服务器。原因：{ $reason }
audit_resume = { $by } 恢复了本服务器。
audit_pause_bot = { $by } 暂停了整个机器人。原因：{ $reason }
audit_resume_bot = { $by } 恢复了整个机器人。
audit_add_word = { $by } 屏蔽了一个词语：||{ $phrase }||
audit_remove_word = { $by } 重新允许了一个词语：||{ $phrase }||
audit_delete_pictures = { $by } 删除了 { $target } 的图片。
audit_delete_pictures_of_nobody = { $by } 删除了图片，其作者已删除自己的数据。
audit_hide_pictures = { $by } 将 { $target } 的图片隐藏为剧透。
audit_hide_pictures_of_nobody = { $by } 将图片隐藏为剧透，其作者已删除自己的数据。
audit_block_user = { $by } 在整个机器人中屏蔽了 { $target }。原因：{ $reason }
audit_unblock_user = { $by } 在整个机器人中解除了对 { $target } 的屏蔽。
audit_block_guild = { $by } 屏蔽了服务器 { $target }。原因：{ $reason }
audit_unblock_guild = { $by } 解除了对服务器 { $target } 的屏蔽。
audit_allow_guild = { $by } 将服务器 { $target } 加入了允许列表。
audit_disallow_guild = { $by } 将服务器 { $target } 移出了允许列表。
audit_allow_every_guild = { $by } 允许了所有服务器。
audit_leave_guild = { $by } 让机器人退出了服务器 { $target }。

## /repaint-operator servers

access_everywhere = 在所有未被屏蔽的服务器受理请求。
access_listed = 仅在列表中的 { $count } 个服务器受理请求。列表为空则允许所有服务器。
servers_title = ### 服务器：{ $count }
server_members = { $count } 名成员
server_blocked = **已屏蔽**
server_not_allowed = **不在列表中**
server_allowed = 可以使用机器人
server_absent = 机器人不在其中
servers_unread = Discord 没有回应，请重试。

## 不能使用的值

bad_value = 不能使用这个值。{ $expected }
expected_duration = 期限的写法如 30m、12h、7d 或 2w，从一分钟到十年。
expected_units = 需要 { $lowest } 到 { $highest } 之间的整数张图片。
expected_count = 需要 { $lowest } 到 { $highest } 之间的整数张图片；机器人的运行者不允许更多。
expected_days = 需要 { $lowest } 到 { $highest } 之间的整数天数。
expected_switch = 只能是开或关。
expected_model = 请从列表中选择模型。
expected_style = 请从列表中选择风格。
expected_channel = 请选择列表中的频道。
expected_role = 这个身份组没有单独的限额。
expected_member = 请选择列表中的成员。
expected_one_member = 有多位成员符合这个名称。请从列表中选择一位。
expected_required_role = 请选择列表中的身份组。
expected_role_of_few = 请选择部分成员拥有的身份组：不能是 @everyone，也不能是机器人自己的身份组。
expected_server = 请选择列表中的服务器。
expected_server_there = 机器人不在这个服务器中。
expected_no_operator = 不能屏蔽机器人的运行者。
expected_phrase = 请选择列表中的词语。
expected_pause = 没有暂停。
expected_text = 最多 { $highest } 个字符。
expected_letters = 需要可以查找的文字或数字。
expected_room = 已有 { $highest } 个，这是上限。
expected_setting = 没有这个设置。
