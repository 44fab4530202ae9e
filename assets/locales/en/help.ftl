# What `/health help` says. The commands themselves are the same in every language.

help = Healthbot watches servers and tells channels when one fails and when it is back.
help-it = It { $what }.
help-add = watches a server: http(s)://, ws(s):// or host:port
help-edit = changes a server; what is not named stays
help-list = shows the servers
help-status = shows everything at a glance, or one server in detail
help-remove = stops watching a server (asks first)
help-check = checks a server now
help-on = switches a server's alerts on
help-off = switches a server's alerts off; checks go on
help-mute = silences a server's alerts for a while; checks go on
help-unmute = ends a server's mute
help-ack = acknowledges a server's failure, for everyone to see
help-history = shows a server's last incidents, and what people changed
help-settings = shows the defaults for all servers, or changes them
help-subscribe = tells this channel, or another, when a server fails
help-unsubscribe = stops telling this channel, or another
help-channels = shows who is told, and whether it works
help-channel = makes, renames or archives (asks first) a channel in Slack
help-webhook = tells an incoming webhook, too; add gives one that fails a new URL; remove asks first
help-help = shows this, or more about one command
help-keys = Keys: `url=…`, `env=DEV|STAGE|LIVE|UNKNOWN`, `type=1|6` (HTTP) or `type=2|3|4` (WebSocket), `interval=30s`, `timeout=3s`, `failures=2`, `recoveries=1`, `alerts=on|off`. Names with blanks stand in quotes.
help-add-form = Without anything, it opens a form.
help-edit-form = Without keys, it opens a form.
help-edit-default = `interval=default`, and the same for `timeout`, `failures` and `recoveries`, takes the server's own value away.
