# OPERATOR_IDS 中的管理者通过私信看到的内容，每个问题只通知一次。

alert_account = 服务商拒绝了该账户（{ $reason }）。{ alert_paused }
alert_arrears = 服务商表示账户欠费（{ $reason }）。请前往付清。{ alert_paused }
alert_balance = 服务商账户余额不足（{ $reason }）。请充值。{ alert_paused }
alert_bad_key = 服务商不接受该密钥（{ $reason }）。请检查 KLING_API_KEY，或 access key 与 secret key。{ alert_paused }
alert_bad_key_or_region = 服务商不认识该密钥（{ $reason }）。一个区域的密钥在其他区域无效：请先检查 KLING_BASE_URL，再检查密钥。{ alert_paused }
alert_clock = 服务商认为签名令牌过旧或过新（{ $reason }）。请检查本机时钟。{ alert_paused }
alert_address_list = 服务商不接受来自本机地址的请求（{ $reason }）。请将其加入密钥的地址白名单。{ alert_paused }
alert_forbidden = 服务商禁止了该请求（{ $reason }）。请检查账户及密钥的权限。{ alert_paused }
alert_paused = 已暂停提交新任务；进行中的任务仍会查询。每隔一段时间会放行一个请求以查看是否恢复。
alert_pause_over = 服务商恢复接受新任务。
alert_model = 服务商未向该账户开放某个模型（{ $reason }）。暂时不再提供该模型，其他模型照常。
alert_concurrency_lasts = 服务商长时间没有空闲并发（{ $reason }）。KLING_CONCURRENCY 可能高于账户购买的数量。
alert_rate_lasts = 服务商长时间限制请求频率（{ $reason }）。
alert_provider_down = 服务商长时间没有响应（{ $reason }）。请求正在等待。
alert_blocked = 请求在途中被阻断，目标：{ $reason }。这不是服务商的回答，而是代理、防火墙或登录页给出的。请求会缓慢重试，不会暂停任何功能。请检查本机的网络和地址，或请网关的运行者放行本机器人的 User-Agent。
alert_tls = 无法与服务商建立安全连接（{ $reason }）。请求正在等待。
alert_task_unknown = 服务商已查不到一个曾受理的任务（{ $reason }）。额度已退还；在 KLING_GIVE_UP 之前会继续查询。
alert_results = 无法从绘图服务取回已完成的图片（{ $reason }）。在 KLING_GIVE_UP 之前会继续尝试。
alert_images_lost = 已生成且已付费的图片因无法取回而被放弃（{ $reason }）。成员的额度已退还。请向绘图服务申诉，或检查它的图片网络。
alert_too_large = 网关不接受这么大的请求，尽管图片符合文档限制（{ $reason }）。缩小后仍被拒绝：网关的请求体上限过低（nginx：client_max_body_size）。
alert_uncertain = 无法确定一次提交是否被受理（{ $reason }）。会继续查找，绝不会重复付费。
alert_protocol = 无法理解服务商的回答（{ $reason }）。请检查 KLING_BASE_URL。
alert_our_bug = 服务商因格式拒绝了一个请求（{ $reason }）。这是机器人的缺陷，请报告。
alert_message_refused = Discord 拒绝了一条消息的格式（{ $reason }）。图片已保留，可在 /我的请求 中重新发布。这是机器人的错误，请反馈。
alert_rival = 另一个进程正在使用本机器人的令牌，可能在另一台电脑上。两者会收到相同的请求；对方先回应的请求，这里不会再绘制。请结束其中一个；如果那不是你的，请更换令牌。
alert_cap_reached = { $where ->
    [bot] 今天已达到整个机器人的上限：{ $used } / { $limit }。
   *[other] 今天已达到一个服务器的上限（服务器 { $where }）：{ $used } / { $limit }。
}
alert_disk_full = 存放数据库和图片的磁盘即将用尽：剩余 { $free }。
alert_deletes_refused = { $jobs } 个请求的图片应当删除，但仍在磁盘上（{ $reason }）。我会继续尝试；请检查图片文件夹的所有者。
alert_deletes_over = 应当删除的图片已删除。
alert_disk_over = 磁盘空间已恢复：剩余 { $free }。
alert_unwritable = 已停止接受新请求：无法写入所需的文件（{ $reason }）。请腾出空间，或授予机器人用户写入权限。已接受的请求不会丢失，恢复后会自动继续。
alert_writable = 数据库和图片又可以写入了：已恢复接受请求。
