# 成员看到的文字。每个键一条；{ $name } 由 cogs/ui/text.py 填入。

## 成员可以自己改正；没有占用额度

empty_file = 这个文件是空的：Discord 收到 0 字节。请重新上传。
unsupported_image = 无法将这个文件作为图片读取。支持 PNG、JPEG、WebP、GIF、AVIF、BMP、TIFF 和 HEIC。
image_damaged = 这个文件已损坏、属于少见的类型，或者不是图片。请用看图软件打开并重新保存，再上传。
image_format_not_read = 这里无法打开 { $found }。请将图片另存为 PNG 或 JPEG 后再上传。
image_variant_not_read = 这里无法打开这种文件：{ $found }。请用看图软件打开并截屏，再上传截图。
heic_not_read = 这里无法打开 HEIC。请改发 JPEG：在 iPhone 上选择“设置 → 相机 → 格式 → 兼容性最佳”，或对图片截屏。
image_too_large_bytes = 图片太大：{ $found }，最大为 { $allowed }。
image_too_large_pixels = 图片像素太多：{ $found }，最多为 { $allowed }。
image_too_heavy = 打开这张图片需要的内存太多。请将它另存为 JPEG 或缩小后再上传。
image_too_small = 图片太小（{ $width } × { $height }）。每边至少需要 { $minimum } 像素。
image_too_narrow = 图片过于狭长（{ $width } × { $height }）。长边最多为短边的 2.5 倍，请先裁剪。
source_gone = Discord 已不再提供这张图片，请重新上传。
prompt_missing = 请在提示词中说明图片应该变成什么样。
prompt_too_long = 提示词（含风格）有 { $found } 个字符，最多为 { $allowed } 个。
option_not_carried = 模型 { $model } 不支持选项“{ $option }”。
option_not_carried_but = 模型 { $model } 的选项“{ $option }”不支持这个值。可用的值：{ $allowed }。
count_too_high = 您一次要求 { $found } 张图片，这里最多 { $allowed } 张。
unknown_model = 没有名为“{ $name }”的模型，请从列表中选择。
unknown_style = 没有名为“{ $name }”的风格，请从列表中选择。
missing_permissions = 我不能在此频道发布图片：缺少权限 { $permissions }。以下成员可以在频道或我的身份组设置中更改：{ $fixers }。在此之前，可以使用选项“仅自己可见”。
link_not_allowed = 不能使用这个地址。它必须是公开的 https 地址。

## 限额

quota_member = 您今天还剩 { $left } 张（共 { $limit } 张），而这次要求 { $asked } 张。您的额度将于 { $resets } 重置。
quota_server = 本服务器今天还剩 { $left } 张（共 { $limit } 张），而您要求 { $asked } 张。额度将于 { $resets } 重置。
quota_bot = 机器人今天总共还剩 { $left } 张（共 { $limit } 张），而您要求 { $asked } 张。额度将于 { $resets } 重置。
too_many_jobs = 您有 { $open_jobs } 个请求正在处理，同时最多 { $allowed } 个。请等其中一个完成。
too_many_waiting = 现在无法开始，您已有 { $waiting } 个请求在等待，最多 { $allowed } 个。请等其中一个开始。
nothing_may_wait = 现在没有空位，这里的请求不排队。请稍后再试。
quota_server_cost = 本服务器的图片每天最多花费 { $limit }，还剩 { $left }，而您的请求需要 { $asked }。额度将于 { $resets } 重置。
quota_bot_cost = 机器人的图片每天合计最多花费 { $limit }，还剩 { $left }，而您的请求需要 { $asked }。额度将于 { $resets } 重置。
limit_source_grant = 这个限额只给了这位成员。
limit_source_role = 这个限额来自身份组。
limit_source_server = 这个限额由服务器设定。
limit_source_operator = 这个限额由机器人设定，所有服务器合并计算。
member_blocked = 本服务器的管理员不受理您的请求，期限：{ $until }。原因：{ $reason }
user_blocked = 机器人的运行者在任何服务器都不受理您的请求。原因：{ $reason }
guild_blocked = 机器人的运行者不受理本服务器的请求。原因：{ $reason }
guild_not_allowed = 机器人的运行者没有允许本服务器：仅在其列表中的服务器受理请求。
opted_out = 不能使用这张图片：它所属的人中，有人不允许他人重绘自己的图片。
guild_paused = 本服务器的管理员暂不受理请求。原因：{ $reason }
bot_paused = 机器人的运行者暂不受理请求。原因：{ $reason }
no_reason = 未说明
for_ever = 永久
cooling_down = 太快了！您可以在 { $until } 再次请求。
provider_paused = 绘图已暂停：绘图服务目前不接受本机器人的账户。已通知机器人的管理者。下一次尝试：{ $until }。
model_closed = 绘图服务目前不向本机器人开放模型 { $model }，其他模型可以使用。下一次尝试：{ $until }。
duplicate_request = 这个请求已经受理过了。
store_unavailable = 现在无法受理新请求：我暂时读写不了自己的存储。没有扣除额度，请稍后再试。
vault_unreachable = 暂时取不到图片：存放图片的服务没有响应。什么都没有丢失，也没有扣除额度，请过几分钟再试。
draining = 我正在重启。没有扣除额度，请一分钟后再试。
message_gone = 那条消息已经不在了：有人把它删除了。
unforeseen = 我这边出了问题（编号 { $reference }）。请再试一次。

## 任务如何结束

outcome_refused_content = 绘图服务因内容规则拒绝了提示词或图片。请修改其中之一。
outcome_refused_policy = 绘图服务因其自身政策拒绝了这个请求。
outcome_bad_picture = 绘图服务无法使用这张图片。
outcome_source_unusable = 这个文件无法使用。
outcome_bad_prompt = 绘图服务无法使用这个提示词。
outcome_busy = 绘图服务长时间没有空位。请稍后再试。
outcome_checking = 目前无法确定绘图服务是否收到了这个请求。如果图片出现，会发布在这里。
outcome_paused = 绘图已暂停：绘图服务目前不接受本机器人的账户。已通知机器人的管理者。
outcome_model_unavailable = 本机器人无法使用这个模型，请另选一个。
outcome_provider_down = 无法连接绘图服务，请稍后再试。
outcome_blocked = 本机器人与绘图服务之间有东西阻断了请求。已通知机器人的管理者。
outcome_gateway_limit = 通往绘图服务的网关不接受这么大的图片，缩小后也不行。已通知机器人的管理者；更小的图片也许可以通过。
outcome_task_lost = 绘图服务丢失了这个请求，请再试一次。
outcome_task_failed = 绘图服务未能完成这张图片。
outcome_uncertain = 连接在关键时刻中断，无法确定绘图服务是否收到了这个请求。如果图片出现，会发布在这里。
outcome_expired = 绘图服务一直没有完成这张图片，我已停止等待。
outcome_not_fetched = 绘图服务已经生成图片，但太长时间无法从那里取回。
outcome_result_unusable = 绘图服务已经生成图片，但无法取回：它给出的内容不是可用的图片。
outcome_download_failed = Discord 没有及时提供这张图片，请重试。
outcome_image_too_large = 这张图片实际上太大，请上传小一些的图片。
outcome_image_too_heavy = 无法打开这张图片：需要的内存太多。请将它另存为 JPEG 或缩小后再上传。
outcome_image_too_small = 这张图片实际上太小，请上传大一些的图片。
outcome_image_too_narrow = 这张图片实际上过于狭长。长边最多为短边的 2.5 倍，请先裁剪。
outcome_generic = 绘图服务无法完成这个请求（代码 { $code }）。
provider_says = 它的说明：“{ $words }”
units_given_back = 没有扣除您的额度。
units_kept = 这次会计入您的额度。

## 任务消息

queued = **排队中** · { $place }
place = { $ahead ->
    [0] 下一个就是您
   *[other] 前面还有 { $ahead } 个请求
}
painting = **绘制中** · 开始于 { $since }
painting_usual = **绘制中** · 开始于 { $since } · 通常约需 { $seconds } 秒 · 预计 { $until } 完成
blocked = 本机器人与绘图服务之间有东西阻断了请求，将于 { $until } 重试。
late = **仍在绘制** · 开始于 { $since }。这次比平时久；图片完成后会发布在这里。
checking = **正在确认** · 连接在 { $since } 中断，正在询问绘图服务是否收到了这个请求。
not_known_any_more = **绘图服务已查不到这个请求** · 没有扣除您的额度。我会继续查询到 { $until }；如果图片出现，会发布在这里。
generated = **已生成** · 正在从绘图服务取回
generated_waiting = **已生成** · 暂时无法从绘图服务取回。在 { $until } 之前会继续尝试，取回后会发布在这里。
left = 今天还剩 { $left } / { $limit } 张图片
asked_by = { $user } 请求：
alt = 第 { $number } 张，共 { $total } 张，由 { $model } 根据提示词绘制：{ $prompt }
facts = { $model } · { $count } 张图片 · { $seconds } 秒
part_refunded = 请求了 { $asked } 张，得到 { $came } 张：其余的没有生成，或无法取回。已退还 { $refunded } 张图片的额度。
too_big_to_post = 文件太大，无法在这里发布：{ $links }
sent_below = 结果在下面的新消息里。
sent_privately = 这个频道没有接受结果，已用私信发给请求者。
kept_in_jobs = 图片已经生成，但 Discord 没有接受这条消息。图片没有丢失：可在 /我的请求 中找到。
prompt_hidden = （提示词未显示：本服务器的过滤器拒绝了它）

## /quota

quota_title = ### 您的图片
quota_left = 今天还剩 **{ $left } / { $limit }** · { $resets } 重置
quota_unlimited = 今天已用 **{ $used }** 张 · 您没有每日限额
quota_open = 处理中：{ $open_jobs }

## 权限，按 Discord 的名称

permission_view_channel = 查看频道
permission_send_messages = 发送消息
permission_send_messages_in_threads = 在子区内发送消息
permission_attach_files = 附加文件
permission_embed_links = 嵌入链接

## 单位

megabytes = { $figure } MB
megapixels = { $figure } 百万像素

## 并列

listed = { $one }、{ $another }
