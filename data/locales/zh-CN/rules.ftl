# 管理员为其服务器设定的规则：一条规则的全部文本都在这里。

## 规则的名称：用于设置和日志频道

field_user_daily = 每位成员每天的图片数
field_guild_daily = 整个服务器每天的图片数
field_max_count = 每次请求最多的图片数
field_private_only = 结果只显示给请求者
field_spoiler = 结果以剧透形式隐藏
field_age_restricted_only = 仅限年龄限制频道
field_min_membership_days = 成员至少加入的天数
field_default_model = 未指定时的模型
field_default_style = 未指定时的风格
field_log_channel_id = 日志频道

## 规则拒绝了请求：成员看到的内容

channel_not_allowed = 不能在这里请求图片，只能在：{ $channel_ids }
age_restricted_only = 在本服务器，只能在年龄限制频道请求图片。
role_required = 在本服务器，只有拥有以下身份组之一的成员才能请求图片：{ $role_ids }
member_too_new = 您加入本服务器的时间还不够长。您可以在 { $until } 请求。
word_blocked = 本服务器的管理员不允许该提示词中的某些内容。

## /repaint-admin settings 的选项

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
choice_max_count = 最多数量
choice_private_only = 仅自己可见
choice_spoiler = 剧透
choice_age_restricted_only = 仅年龄限制频道
choice_min_membership_days = 最少加入天数
choice_default_model = 默认模型
choice_default_style = 默认风格
