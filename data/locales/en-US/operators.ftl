# What the people in OPERATOR_IDS read by direct message, once for each trouble.

alert_account = The provider refuses the account ({ $reason }). { alert_paused }
alert_arrears = The provider says that the account is in arrears ({ $reason }). Settle the bill there. { alert_paused }
alert_balance = The account at the provider is out of money ({ $reason }). Top it up there. { alert_paused }
alert_bad_key = The provider does not accept the key ({ $reason }). Check KLING_API_KEY, or the pair of access and secret key. { alert_paused }
alert_bad_key_or_region = The provider does not know this key ({ $reason }). A key of one region is unknown in the others: check KLING_BASE_URL, then the key. { alert_paused }
alert_clock = The provider finds the signed token too old or too young ({ $reason }). Check this computer's clock. { alert_paused }
alert_address_list = The provider does not accept calls from this address ({ $reason }). Add it to the address list of the key. { alert_paused }
alert_forbidden = The provider forbids the call ({ $reason }). Look into the account and the rights of its key. { alert_paused }
alert_paused = Submissions are paused; running tasks are still polled. One request is let through now and then to see whether it is over.
alert_pause_over = The provider accepts submissions again.
alert_model = The provider does not open a model to this account ({ $reason }). It is not offered for now; the others go on.
alert_concurrency_lasts = The provider has had no free slot for a long time ({ $reason }). KLING_CONCURRENCY may be above what the account has bought.
alert_rate_lasts = The provider has limited the rate for a long time ({ $reason }).
alert_provider_down = The provider has not answered for a long time ({ $reason }). Requests wait for it.
alert_blocked = Requests are blocked on the way to { $reason }. That is no answer of the provider's: a proxy, firewall or login page gave it. They are tried again slowly, and nothing is paused. Look at this computer's network and address, or ask whoever runs the gateway to let the bot's User-Agent pass.
alert_tls = There is no secure connection to the provider ({ $reason }). Requests wait for it.
alert_task_unknown = The provider no longer knows a task that it had accepted ({ $reason }). Its units were given back; the task is asked for until KLING_GIVE_UP.
alert_results = Finished pictures can not be fetched from the provider ({ $reason }). They are tried again until KLING_GIVE_UP.
alert_images_lost = Images that were generated and paid for are given up, since they could not be fetched ({ $reason }). The member's units were refunded. Claim them from the provider, or look at its network for images.
alert_too_large = The gateway takes no body of this size, though the picture is within the documented limits ({ $reason }). A smaller form was refused too: its body limit is too low (nginx: client_max_body_size).
alert_uncertain = Nobody can tell whether a submission was accepted ({ $reason }). It is looked for and never paid twice.
alert_protocol = The provider answered something that can't be understood ({ $reason }). Check KLING_BASE_URL.
alert_our_bug = The provider refused a request for its form ({ $reason }). This is a fault of the bot: please report it.
alert_message_refused = Discord refuses the form of a message ({ $reason }). The pictures are kept and can be posted again from /jobs. This is a fault of the bot: please report it.
alert_rival = Another process runs with this bot's token, on another computer perhaps. Both take the same requests; what the other one answers first is not painted here. End one of them, or change the token if the other is not yours.
alert_cap_reached = { $where ->
    [bot] The cap for the whole bot is reached today: { $used } of { $limit }.
   *[other] A server's cap is reached today (server { $where }): { $used } of { $limit }.
}
alert_disk_full = The disk with the database and the pictures is nearly full: { $free } free.
alert_deletes_refused = Pictures of { $jobs } requests that were to be deleted are still on the disk ({ $reason }). I keep trying; look at who owns the folder of pictures.
alert_deletes_over = The pictures that were to be deleted are deleted.
alert_disk_over = There is room on the disk again: { $free } free.
alert_unwritable = I accept nothing new: what I need can't be written ({ $reason }). Make room, or give the bot's user the right to write there. Requests that were accepted are safe and go on by themselves.
alert_writable = Database and pictures can be written again: requests are accepted.
