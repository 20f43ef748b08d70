# /repaint 以外的绘图方式：扩图、融合、链接、菜单、个人默认值、风格。

## 成员可以自己改正；没有占用额度

expansion_missing = 请说明扩展多少：一边或几边的数值，或者一个宽高比。
expansion_ambiguous = 请只给出宽高比，或只给出各边的数值，不要两者都给。
expansion_unneeded = 这张图片的宽高比已经是 { $ratio }。
expansion_too_large = 扩展后的面积将是原图的 { $found } 倍，最多为 { $allowed } 倍。请减少某一边，或选择更接近原图的宽高比。
outcome_expansion_unneeded = 这张图片实际上已经是这个宽高比。
outcome_expansion_too_large = 这张图片需要的新面积超出了绘图服务的范围，请减少一些。
too_many_pictures = 这里有 { $found } 张图片，一次融合最多 { $allowed } 张。
too_few_pictures = 融合至少需要 { $least } 张图片，我收到了 { $found } 张。
picture_missing = 这条消息里没有图片。附带的图片、贴纸和嵌入内容里的图片都可以使用，转发的消息也一样。
no_image_among = 这条消息里没有图片，只有 { $others }。附带的图片、贴纸（PNG、GIF、APNG）和嵌入内容里的图片都可以使用，转发的消息也一样。
avatar_missing = 该成员没有自己的头像。
form_forgotten = 我已不知道这个表单的来历：它已经打开超过一天。没有扣除额度，请重新打开。

## 对图片做了什么

kind_repaint = 重新绘制
kind_blend = 融合 { $count } 张图片
kind_expand_to = 扩展到 { $ratio }
kind_expand_by = 扩展：{ $sides }
side_left = 左 { $percent }%
side_right = 右 { $percent }%
side_up = 上 { $percent }%
side_down = 下 { $percent }%
alt_without_prompt = 第 { $number } 张，共 { $total } 张，由 { $model } 绘制：{ $prompt }

menu_others = 不是图片，因此不在此列：{ $names }

## 菜单：表单（标题和标签最多 45 个字符）

menu_title = 重绘
menu_picture = 哪一张图片
menu_prompt = 图片应该变成什么样
menu_style = 风格
menu_usual_style = 按默认
menu_count = 绘制多少张图片
menu_pictures = { $count } 张

## /blend：表单

blend_title = 融合图片
blend_pictures = 要融合的图片
blend_prompt = 它们应该变成什么样
blend_scene = 场景图片
blend_look = 风格参考图片

## /preferences

preferences_title = ### 您的个人默认值
preferences_none = 您没有设定。未填写的选项将采用本服务器或机器人的默认值。
preferences_hint = 未填写选项时，将在合适的情况下使用这些值。
preferences_opted_out = **已退出：**其他人不能重绘您的图片和头像，也不能从您的结果继续。使用 `/个人默认值 设定` 的选项“禁止他人重绘”可以取消。
preference_model = 模型
preference_style = 风格
preference_count = 数量
preference_ratio = 宽高比
preference_format = 格式
preference_private = 仅自己可见
preference_spoiler = 剧透

## /repaint-admin style

audit_add_style = { $by } 添加了风格“{ $name }”（{ $style_key }）：{ $fragment }
audit_remove_style = { $by } 移除了风格“{ $name }”（{ $style_key }）。
audit_hide_style = { $by } 将风格“{ $name }”（{ $style_key }）移出了本服务器的列表。
audit_unhide_style = { $by } 将风格“{ $name }”（{ $style_key }）放回了本服务器的列表。
expected_words = 请说明这个风格在提示词中附加什么。
state_styles = **本服务器的风格**（{ $count }）：
state_no_styles = 本服务器没有自己的风格，提供的是内置风格。
state_styles_hidden = 此处不提供：{ $names }
