# 结果下方的按钮、它们打开的表单以及它们的回答。

button_again = 再来一次
button_edit = 修改提示词
button_use = 用作原图
button_compare = 前后对比
button_details = 详情
button_delete = 删除
button_links = 原始链接

source_not_kept = 我已不再保留这张图片：图片只保留一段时间，或者已被删除。请重新上传。
pictures_not_kept = 我已不再保留这些图片：图片只保留一段时间，或者已被删除。

## 表单

form_edit_title = 换个画法再画一次
form_use_title = 用一张结果重新绘制
form_delete_title = 删除这些图片？
form_delete_words = 图片会从这条消息和我的磁盘上永久消失，已计的额度不会退还。提交此表单即删除；关闭它则一切不变。
form_delete_words_here = 图片会从本服务器的消息中永久消失。图片是在别处请求的，请求者会保留它们。提交此表单即删除；关闭它则一切不变。
form_delete_words_forgotten = 图片会从这条消息中永久消失，其作者已删除自己的数据。提交此表单即删除；关闭它则一切不变。
form_result = 从哪一张开始
form_prompt = 想把它变成什么
form_model = 模型
form_style = 风格
form_count = 几张图片
form_flags = 结果的发布方式
form_spoiler = 点击后才显示
form_private = 仅自己可见
form_count_stays = 图片数量不变：{ $count } 张。
form_ratio = 宽高比
form_picture = 第 { $number } 张
form_pictures = { $count } 张
form_no_style = 不用风格
form_own_ratio = 与原图相同

left_out = { $model } 不支持以下选项，我已略去：{ $options }
prompt_to_copy = 您的提示词，方便直接复制：

## 前后对比

label_before = 绘制前
label_after = 绘制后
compare_alt = { $total ->
    [one] 前后对比：原图，以及 { $model } 根据它绘制的图片，提示词：{ $prompt }
   *[other] 前后对比：原图，以及 { $model } 根据它绘制的 { $total } 张图片，提示词：{ $prompt }
}
compare_missing_source = 原图不在我的磁盘上：图片只保留一段时间，而以链接给出的图片从不下载。

## 原始链接

links_head = 绘图服务上的地址。拿到链接的任何人都能直接打开，大约到 { $until } 为止有效。
links_picture = 图片 { $number }
links_lapsed = 绘图服务只保留图片约 30 天。这些链接已于 { $since } 失效。
links_none = 绘图服务没有给出这些图片的地址。
links_in_file = 链接太长，一条消息放不下，已写入文件。

## 详情

details_title = ### 详情
details_asked = { $user } 请求于 { $at }
details_state = **状态** { $state }
details_model = **模型** { $model }
details_style = **风格** { $style }
details_count = **图片** { $asked } 张中的 { $painted } 张
details_ratio = **宽高比** { $ratio }
details_reference = **参考** { $reference }
details_fidelity = **相似度** { $fidelity }
details_human_fidelity = **人脸相似度** { $human_fidelity }
details_format = **格式** { $format }
details_spoiler = **剧透遮挡** { $spoiler }
details_private = **仅自己可见** { $private }
details_option = **{ $name }** { $value }
details_source = **原图** { $name }
details_source_sized = **原图** { $name }，{ $width } × { $height }
details_result = **结果 { $number }** { $width } × { $height }，{ $size }
details_times = 等待 { $waited }，绘制 { $painted }，共 { $total }
details_waited = 等待 { $waited }
details_cost_estimated = **费用** 约 { $cost }（标价）
details_cost_real = **费用** { $cost }，服务方报告扣除 { $units } 个计费单位；预估：{ $estimated }
details_task = **任务** `{ $task }`
details_external = **我们在服务方的编号** `{ $external }`
details_no_task = **任务** 未知
details_own = 模型默认
details_history = **来历**
details_parent = { $generation }. [这条消息]({ $link })的第 { $number } 张，{ $at }，{ $model }：{ $prompt }
details_parent_unlinked = { $generation }. 一条私密回答的第 { $number } 张，{ $at }，{ $model }：{ $prompt }
details_parent_hidden = { $generation }. 一张不能在这里展示的图片。
details_more_parents = ……以及更早的 { $count } 张
details_seconds = { $seconds } 秒

details_state_queued = 排队中
details_state_submitting = 发送中
details_state_running = 绘制中
details_state_generated = 已生成，正在取回
details_state_ready = 已绘制，尚未发布
details_state_delivered = 已发布
details_state_undelivered = 已绘制，无法发布
details_state_failed = 失败
details_state_refused = 被拒绝
details_state_uncertain = 不确定
details_state_expired = 已放弃
details_state_not_fetched = 已生成，但无法取回
details_state_cancelled = 已取消
