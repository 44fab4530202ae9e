# What channels are told without asking.

failure-headline = 🔴 { $server } is down
failure-text = 🔴 { $server } is down: { $failure }, since { $since }
resolved-headline = 🟢 Resolved: { $server } is up again
resolved-text = 🟢 Resolved: { $server } was down for { $span }
removed-headline = ⚪ { $server } was removed
removed-text = ⚪ { $server } was removed from the list while it was down
was-down-for = Was down for *{ $span }*: { $failure }

acknowledged-by = 👀 Acknowledged by { $person }, { $when }.
alerts-are-off = 🔕 Alerts of this server are off.
is-muted-until = 🔇 Muted until { $until }.
not-kept-up-to-date = 📪 This channel was unsubscribed: this message is not kept up to date any more.

still-down-unmuted = 🔴 { $server } is still down after { $span }; its mute has ended. { $failure }
still-down-alerts-on = 🔴 { $server } is still down after { $span }; its alerts are on again. { $failure }
reminder = ⏰ { $server } is still down after { $span }, reminder { $number } of { $most }.
recovery = 🟢 { $server } is up again. It was down for { $span } ({ $failure }), from { $from } to { $to }.

flapping = 🔀 { $server } ({ $environment }) is flapping: its state changed { $changes } times within { $window } minutes. I keep quiet about it until it has kept still for { $settled } minutes.

own-network = I lost my network
own-descriptors = I ran out of file descriptors
own-memory = I ran out of memory
own-ports = I ran out of local ports
own-sleep = I was asleep (my machine was suspended, or its clock was set)
own-trouble = 🟡 { $what } from { $from } to { $to } ({ $span }). What servers did meanwhile is not known, and no alert was made of it.

inventory-held = 📋 The inventory no longer lists { $servers ->
        [one] 1 server
       *[other] { $servers } servers
    }, which is more than half of it or all: { $names }. They are still watched: shall I remove them?
names-and-more = { $names } and { $more } more
inventory-changed = 📋 Nothing was removed: the list is not as it was when I asked.
inventory-removed = 🗑️ { $count ->
    [one] 1 server that the inventory no longer lists was removed
   *[other] { $count } servers that the inventory no longer lists were removed
}. { $who } decided that.
inventory-kept = 👍 { $count ->
    [one] 1 server that the inventory no longer lists stays
   *[other] { $count } servers that the inventory no longer lists stay
}. { $who } decided that. I don't ask again until it lists enough of them.
inventory-over = 📋 { $missing ->
    [0] The inventory lacks no server any more
    [one] The inventory lists enough servers again; 1 that is missing still goes after three fetches without it
   *[other] The inventory lists enough servers again; { $missing } that are missing still go after three fetches without them
}. Nobody had to decide, and nothing was removed.

webhook-failing = ⚠️ Alerts no longer arrive at the webhook *{ $webhook }*: Slack says { $reason }. { $remedy } What is owed is kept, and sent then.
channel-failing = ⚠️ Alerts no longer arrive in *{ $channel }*: Slack says { $reason }. { $remedy } What is owed is kept; `/health subscribe` there sends it.
remedy-invite = Invite me there again with `/invite @Healthbot`.
remedy-archived = The channel is archived: unarchive it, or subscribe another one.
remedy-restricted = Posting there is restricted: ask a workspace admin to let me.
remedy-webhook = The webhook was removed: make a new one in Slack, and type { $line } with its URL.
remedy-webhook-other = Make a new webhook in Slack, and type { $line } with its URL.
remedy-other = Check the channel's settings in Slack.

webhook-test = 👋 This is a test: as *{ $webhook }*, this channel is told from now on when a server fails, why, and when it is back.
welcome = 👋 This channel is told from now on when a server fails, why, and when it is back. { $watched }
welcome-filtered = 👋 This channel is told from now on when a { $environments } server fails, why, and when it is back. { $watched }
welcome-watched = { $servers ->
    [0] No server is watched yet: `/health add` adds the first.
    [one] 1 server is watched.
   *[other] { $servers } servers are watched.
}

digest-more-down = { $total ->
    [one] 🔴 1 more server is down
   *[other] 🔴 { $total } more servers are down
}
digest-still-down = { $down ->
    [one] 🔴 1 of { $total } servers is still down
   *[other] 🔴 { $down } of { $total } servers are still down
}
digest-all-up = { $total ->
    [one] 🟢 Resolved: the server is up again
   *[other] 🟢 Resolved: all { $total } servers are up again
}
digest-all-over = { $total ->
    [one] 🟢 Resolved: the server is no longer watched
   *[other] 🟢 Resolved: all { $total } servers are up again or removed
}
digest-part = { $headline } (part { $part })
digest-down = 🔴 *{ $kind }* ({ $count }):
digest-acknowledged = 🔴 *{ $kind }*, 👀 acknowledged ({ $count }):
digest-silenced = 🔴 *{ $kind }*, 🔕 silenced ({ $count }):
digest-back = 🟢 *up again* ({ $count }):
digest-removed = ⚪ *removed* ({ $count }):
digest-news-up = { $total ->
    [one] 🟢 1 server is up again
   *[other] 🟢 { $total } servers are up again
}
digest-news-over = { $total ->
    [one] 🟢 1 server is up again or removed
   *[other] 🟢 { $total } servers are up again or removed
}
digest-text = { $headline }: { $names }

storm-all-up = { $back ->
    [one] 🟢 This outage is over: the server is up again.
   *[other] 🟢 All { $back } servers are up again.
}
storm-over = 🟢 This outage is over: { $back ->
    [0] no server is up again
    [one] 1 server is up again
   *[other] { $back } servers are up again
}, { $removed ->
    [one] 1 was removed
   *[other] { $removed } were removed
}.
storm-times = The first failed { $from }, the last was back { $to }: { $span } in all.
