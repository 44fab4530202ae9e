# What many messages share: states, labels, buttons, lengths of time, kinds of failure.

state-up = up
state-down = down
state-pending = pending
state-unknown = unknown

mark-flapping = 🔀 flapping
mark-alerts-off = 🔕 alerts off
mark-muted = 🔇 muted
mark-muted-until = 🔇 muted until { $until }

or = { $before } or { $last }
somebody = somebody
that-channel = that channel
never-yet = never yet

label-since = Since
label-state-since = Since
label-until = Until
label-removed = Removed
label-last-healthy = Last healthy
label-environment = Environment
label-alerts = Alerts
label-check = Check
label-address = Address
label-rhythm = Rhythm
label-confirmed-by = Confirmed by

button-acknowledge = Acknowledge
button-mute = Mute 1h
button-unmute = Unmute
button-alerts-off = Alerts off
button-alerts-on = Alerts on
button-check = Check now
button-edit = Edit
button-remove = Remove
button-keep = Keep
button-remove-them = Remove them
button-keep-them = Keep them
button-archive = Archive
button-unsubscribe = Unsubscribe
button-previous = Previous
button-next = Next
button-status = Show status
button-list = List servers
button-how-to-add = How to add a server
button-add = Add server
button-add-many = Add many
button-find = Find
button-show-all = Show all

rough-days = { $count } d
rough-hours = { $count } h
rough-minutes = { $count } min
rough-seconds = { $count } s
rough-pair = { $before } { $last }
rough-instant = less than a second

exact-days = { $count }d
exact-hours = { $count }h
exact-minutes = { $count }m
exact-seconds = { $count }s
exact-milliseconds = { $count }ms
exact-pair = { $before }{ $last }

kind-dns = dns
kind-refused = refused
kind-unreachable = unreachable
kind-connect-timeout = connect timeout
kind-tls = tls
kind-timeout = timeout
kind-http-status = http status
kind-bad-response = bad response
kind-websocket-rejected = websocket rejected
kind-websocket-closed = websocket closed
kind-reset = reset
kind-forbidden-address = forbidden address

failure-plain = { $kind }: { $detail }

answered-in = 🟢 It answered in { $milliseconds } ms.
check-failed = 🔴 The check failed: { $failure }
check-not-made = 🟡 The check could not be made: Healthbot { $trouble }.
trouble-descriptors = ran out of file descriptors
trouble-memory = ran out of memory
trouble-ports = ran out of local ports
trouble-no-route = has no route to any network
trouble-offline = lost its network
trouble-asleep = was asleep with its machine and has yet to find its network again

line-down-for = for { $span }

and = { $before } and { $last }
count-servers = { $count ->
    [one] 1 server
   *[other] { $count } servers
}

change-line = { $when }  { $who } { $what } { $via }
change-by-script = A script
change-by-inventory = The inventory
change-by-import = An import
change-by-somebody = Somebody
change-via-command = (command)
change-via-button = (button)
change-via-form = (form)
change-via-home = (Home)
change-via-api = (API)
change-via-inventory = (inventory)
change-via-import = (from another monitor)
change-via-slack = (in Slack)
change-of-webhook = the webhook *{ $webhook }*
change-of-defaults = the defaults
change-added = added { $of }
change-edited = changed { $of }: { $edits }
change-removed = removed { $of }
change-alerts-on = switched the alerts of { $of } on
change-alerts-off = switched the alerts of { $of } off
change-muted = muted { $of } until { $until }
change-unmuted = unmuted { $of }
change-acknowledged = acknowledged { $of }
change-subscribed = subscribed { $of }
change-subscribed-to = subscribed { $of } for { $environments }
change-unsubscribed = unsubscribed { $of }
change-created = created { $of }
change-archived = archived { $of }
change-more = and { $more } more
