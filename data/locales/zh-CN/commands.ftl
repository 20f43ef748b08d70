# 命令、选项和可选值的名称与说明。英文写在代码里（键由命令路径构成，见 docs/languages.md）。
# 名称：1 至 32 个字符，无空格和标点，字母须小写。说明：最多 100 个字符。

## /repaint

command_repaint_name = 重绘
command_repaint_description = 根据提示词重新绘制一张图片
command_repaint_image_name = 图片
command_repaint_image_description = 原图（PNG、JPEG、WebP、GIF、AVIF）
command_repaint_prompt_name = 提示词
command_repaint_prompt_description = 图片应该变成什么样

## 各绘图命令共用的选项

option_style_name = 风格
option_style_description = 附加到提示词的风格
option_model_name = 模型
option_model_description = 由哪个模型绘制
option_reference_name = 参考
option_reference_description = 保留什么：主体特征，或人物面部
option_fidelity_name = 相似度
option_fidelity_description = 与原图的接近程度，0 到 1
option_human_fidelity_name = 面部相似度
option_human_fidelity_description = 与面部的接近程度，0 到 1
option_count_name = 数量
option_count_description = 绘制多少张图片
option_ratio_name = 宽高比
option_ratio_description = 结果的宽高比
option_format_name = 格式
option_format_description = 结果的文件类型
option_spoiler_name = 剧透
option_spoiler_description = 隐藏结果，点击后显示
option_private_name = 仅自己可见
option_private_description = 只向我显示结果

choice_subject = 主体
choice_face = 面部

## /quota

command_quota_name = 额度
command_quota_description = 您今天还剩多少张图片
command_quota_member_description = 其他成员；仅限管理员

## /repaint-admin

command_repaint_admin_name = 重绘管理
command_repaint_admin_description = 谁可以在哪里绘制多少图片

command_repaint_admin_limits_name = 限额
command_repaint_admin_limits_description = 查看或设定每天的图片数
command_repaint_admin_limits_member_name = 每位成员
command_repaint_admin_limits_member_description = 每位成员每天的图片数；0 = 无限制
command_repaint_admin_limits_server_name = 整个服务器
command_repaint_admin_limits_server_description = 所有人合计每天的图片数；0 = 不另设上限
command_repaint_admin_limits_default_name = 恢复默认
command_repaint_admin_limits_default_description = 恢复为机器人运行者的设定
command_repaint_admin_role_limit_name = 身份组限额
command_repaint_admin_role_limit_description = 为拥有某个身份组的所有人设定或移除限额
command_repaint_admin_role_limit_role_name = 身份组
command_repaint_admin_role_limit_role_description = 身份组；拥有多个时以最高限额为准
command_repaint_admin_role_limit_images_description = 拥有该身份组的成员每天的图片数；0 = 无限制；留空 = 移除
command_repaint_admin_grant_name = 授予
command_repaint_admin_grant_description = 给一位成员单独的限额
command_repaint_admin_grant_member_description = 谁获得单独的限额
command_repaint_admin_grant_images_description = 该成员在本服务器每天的图片数，代替其他限额
command_repaint_admin_grant_reason_description = 与限额一起记录
command_repaint_admin_revoke_name = 收回
command_repaint_admin_revoke_description = 收回成员单独的限额
command_repaint_admin_revoke_member_description = 收回谁的单独限额：名称、提及或 ID
command_repaint_admin_reset_name = 重置
command_repaint_admin_reset_description = 让一位成员今天重新开始
command_repaint_admin_reset_member_description = 其今天的图片不再计入限额
command_repaint_admin_block_name = 屏蔽
command_repaint_admin_block_description = 不再受理一位成员的请求
command_repaint_admin_block_member_description = 不再受理谁的请求
command_repaint_admin_block_reason_description = 会告知该成员
command_repaint_admin_unblock_name = 解除屏蔽
command_repaint_admin_unblock_description = 重新受理一位成员的请求
command_repaint_admin_unblock_member_description = 被屏蔽的成员之一：名称、提及或 ID
command_repaint_admin_channels_name = 频道
command_repaint_admin_channels_description = 可以在哪里请求图片
command_repaint_admin_channels_allow_name = 允许
command_repaint_admin_channels_allow_description = 在这个频道受理请求，且仅限已允许的频道
command_repaint_admin_channels_allow_channel_description = 频道、子区，或包含其所有频道的分类
command_repaint_admin_channels_remove_name = 移除
command_repaint_admin_channels_remove_description = 将频道移出列表
command_repaint_admin_channels_remove_channel_description = 已允许的频道之一
command_repaint_admin_channels_everywhere_name = 全部
command_repaint_admin_channels_everywhere_description = 清空列表：在所有频道受理请求
command_repaint_admin_channels_show_name = 查看
command_repaint_admin_channels_show_description = 查看在哪里受理请求
command_repaint_admin_required_roles_name = 必需身份组
command_repaint_admin_required_roles_description = 请求图片的成员需要拥有其中一个身份组
command_repaint_admin_required_roles_add_name = 添加
command_repaint_admin_required_roles_add_description = 受理拥有此身份组的成员的请求，且仅限拥有必需身份组之一的成员
command_repaint_admin_required_roles_add_role_name = 身份组
command_repaint_admin_required_roles_add_role_description = 拥有此身份组的成员可以请求图片；管理员也可以
command_repaint_admin_required_roles_remove_name = 移除
command_repaint_admin_required_roles_remove_description = 不再要求某个身份组；全部移除后每位成员都可以请求
command_repaint_admin_required_roles_remove_role_name = 身份组
command_repaint_admin_required_roles_remove_role_description = 必需身份组之一
command_repaint_admin_required_roles_show_name = 查看
command_repaint_admin_required_roles_show_description = 查看需要哪些身份组
command_repaint_admin_words_name = 词语
command_repaint_admin_words_description = 提示词中不得包含的内容
command_repaint_admin_words_add_name = 添加
command_repaint_admin_words_add_description = 屏蔽一个词语
command_repaint_admin_words_add_phrase_description = 词或短语；大小写、重音和形近字符都会识别
command_repaint_admin_words_remove_name = 移除
command_repaint_admin_words_remove_description = 重新允许一个词语
command_repaint_admin_words_remove_phrase_description = 已屏蔽的词语之一
command_repaint_admin_words_show_name = 查看
command_repaint_admin_words_show_description = 查看已屏蔽的词语
command_repaint_admin_settings_name = 设置
command_repaint_admin_settings_description = 查看或更改对请求的要求
command_repaint_admin_settings_max_count_name = 最多数量
command_repaint_admin_settings_max_count_description = 每次请求最多的图片数
command_repaint_admin_settings_private_only_name = 仅自己可见
command_repaint_admin_settings_private_only_description = 结果只显示给请求者
command_repaint_admin_settings_spoiler_description = 隐藏所有结果，点击后显示
command_repaint_admin_settings_age_restricted_only_name = 仅年龄限制频道
command_repaint_admin_settings_age_restricted_only_description = 仅在年龄限制频道受理请求
command_repaint_admin_settings_min_membership_days_name = 最少加入天数
command_repaint_admin_settings_min_membership_days_description = 成员必须已加入的天数；0 = 不限
command_repaint_admin_settings_default_model_name = 默认模型
command_repaint_admin_settings_default_model_description = 成员未指定时的模型
command_repaint_admin_settings_default_style_name = 默认风格
command_repaint_admin_settings_default_style_description = 成员未指定时的风格
command_repaint_admin_settings_clear_name = 清除
command_repaint_admin_settings_clear_description = 将其中一项恢复为标准值
command_repaint_admin_pause_name = 暂停
command_repaint_admin_pause_description = 这里不再受理请求；已受理的仍会发布
command_repaint_admin_resume_name = 恢复
command_repaint_admin_resume_description = 重新受理请求
command_repaint_admin_log_channel_name = 日志频道
command_repaint_admin_log_channel_description = 设定更改和成员举报写入哪里
command_repaint_admin_log_channel_channel_description = 写入更改和举报的频道；留空 = 不写入
command_repaint_admin_history_name = 历史
command_repaint_admin_history_description = 查看谁更改了什么，最新的在前
command_repaint_admin_stats_name = 统计
command_repaint_admin_stats_description = 以图片显示本服务器的绘制情况

option_member_name = 成员
option_images_name = 图片数
option_duration_name = 期限
option_duration_description = 多久，例如 12h、7d 或 2w；留空 = 永久
option_reason_name = 原因
option_reason_description = 会显示给此期间提出请求的成员
option_channel_name = 频道
option_phrase_name = 词语
option_days_name = 天数
option_days_description = 多少天，包括今天；默认 30
option_theme_name = 主题
option_theme_description = 深色或浅色

choice_member = 每位成员
choice_server = 整个服务器
choice_max_count = 最多数量
choice_private_only = 仅自己可见
choice_spoiler = 剧透
choice_age_restricted_only = 仅年龄限制频道
choice_min_membership_days = 最少加入天数
choice_default_model = 默认模型
choice_default_style = 默认风格
choice_dark = 深色
choice_light = 浅色

## /repaint-operator

command_repaint_operator_name = 重绘运行
command_repaint_operator_description = 整个机器人
command_repaint_operator_pause_name = 暂停
command_repaint_operator_pause_description = 任何地方都不再受理请求；已受理的仍会发布
command_repaint_operator_resume_name = 恢复
command_repaint_operator_resume_description = 重新受理请求
command_repaint_operator_stats_name = 统计
command_repaint_operator_stats_description = 以图片显示整个机器人的绘制情况

## 绘图方式：/expand、/blend、/repaint-link、菜单、/preferences

command_repaint_link_name = 重绘链接
command_repaint_link_description = 根据网址重新绘制一张图片
command_repaint_link_link_name = 链接
command_repaint_link_link_description = 图片网址：https、PNG 或 JPEG、任何人都能打开
command_repaint_link_prompt_name = 提示词
command_repaint_link_prompt_description = 图片应该变成什么样
command_repaint_link_ratio_name = 宽高比
command_repaint_link_ratio_description = 结果的宽高比；未填写时：模型能识别则与原图相同，否则为正方形

command_expand_name = 扩图
command_expand_description = 在图片边缘之外继续绘制
command_expand_image_name = 图片
command_expand_image_description = 原图（PNG、JPEG、WebP、GIF、AVIF）
command_expand_ratio_name = 宽高比
command_expand_ratio_description = 结果的宽高比；或分别给出各边的数值
command_expand_left_name = 左
command_expand_left_description = 左侧新增画面，占图片宽度的百分比
command_expand_right_name = 右
command_expand_right_description = 右侧新增画面，占图片宽度的百分比
command_expand_up_name = 上
command_expand_up_description = 上方新增画面，占图片高度的百分比
command_expand_down_name = 下
command_expand_down_description = 下方新增画面，占图片高度的百分比
command_expand_prompt_name = 提示词
command_expand_prompt_description = 新增画面里应该有什么

command_blend_name = 融合
command_blend_description = 将两到四张图片融合成一张
command_blend_first_name = 第一张
command_blend_first_description = 第一张图片；全部留空则在表单中选择文件
command_blend_second_name = 第二张
command_blend_second_description = 第二张图片
command_blend_third_name = 第三张
command_blend_third_description = 第三张图片
command_blend_fourth_name = 第四张
command_blend_fourth_description = 第四张图片
command_blend_prompt_name = 提示词
command_blend_prompt_description = 它们应该变成什么样
command_blend_scene_name = 场景
command_blend_scene_description = 场景图片
command_blend_look_name = 外观
command_blend_look_description = 结果应具有其风格的参考图片

command_repaint_this_picture_name = 重绘这张图片
command_repaint_avatar_name = 重绘头像

command_preferences_name = 个人默认值
command_preferences_description = 您自己的默认值，用于未填写的选项
command_preferences_show_name = 查看
command_preferences_show_description = 查看您的个人默认值
command_preferences_set_name = 设定
command_preferences_set_description = 设定您的个人默认值
command_preferences_set_style_name = 风格
command_preferences_set_style_description = 附加到提示词的风格；- 表示不要
command_preferences_set_private_name = 仅自己可见
command_preferences_set_private_description = 只向我显示结果
command_preferences_set_spoiler_name = 剧透
command_preferences_set_spoiler_description = 隐藏结果，点击后显示
command_preferences_clear_name = 清除
command_preferences_clear_description = 取消您的个人默认值
command_preferences_clear_only_name = 仅此一项
command_preferences_clear_only_description = 其中一项；留空则全部清除

choice_all = 全部
choice_model = 模型
choice_style = 风格
choice_count = 数量
choice_ratio = 宽高比
choice_format = 格式
choice_private = 仅自己可见

command_repaint_admin_style_name = 风格
command_repaint_admin_style_description = 本服务器提供的风格
command_repaint_admin_style_add_name = 添加
command_repaint_admin_style_add_description = 在本服务器提供一种风格
command_repaint_admin_style_add_name_name = 名称
command_repaint_admin_style_add_name_description = 风格的名称；会替换同名的内置风格
command_repaint_admin_style_add_words_name = 用语
command_repaint_admin_style_add_words_description = 附加到提示词的内容；留空可恢复内置风格
command_repaint_admin_style_add_chinese_name_name = 中文名称
command_repaint_admin_style_add_chinese_name_description = 风格的中文名称
command_repaint_admin_style_remove_name = 移除
command_repaint_admin_style_remove_description = 将一种风格移出本服务器的列表
command_repaint_admin_style_remove_style_name = 风格
command_repaint_admin_style_remove_style_description = 本服务器提供的一种风格
command_repaint_admin_style_show_name = 查看
command_repaint_admin_style_show_description = 查看本服务器的风格
## /jobs

command_jobs_name = 我的请求
command_jobs_description = 您的请求：查看、取消、再次发布

command_my_data_name = 我的数据
command_my_data_description = 以文件形式提供我保存的关于您的全部内容
command_forget_me_name = 忘记我
command_forget_me_description = 删除我的提示词、图片和请求
command_about_name = 关于
command_about_description = 这个机器人是什么、由谁绘制、保存您的哪些内容
