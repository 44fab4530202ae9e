# What people are answered.

nothing = nothing
like-this = Like this: { $line }

server-name-taken = 🤔 There already is a server called *{ $server }*. Choose another name, or see it with { $line }.
address-forbidden = ⛔ { $reason }. Nothing was saved.
server-added = ✅ *{ $server }* is watched from now on: { $check } { $address }, every { $interval }.
server-added-silent = 🔕 Its alerts are off: nobody is told of its failures. { $line } switches them on.
server-added-unheard = No channel is told of its failures yet: invite me to one, or type `/health subscribe` there.
first-check-runs = ⏳ Its first check still runs: `/health status` will tell.
first-check-there-runs = ⏳ Its first check there still runs: `/health status` will tell.
server-changed = ✅ *{ $server }* is changed: { $edits }.
server-unchanged = 👍 *{ $server }* already stands so: nothing was changed.
server-removed = 🗑️ *{ $server }* is no longer watched.
ask-remove = Stop watching *{ $server }*?
ask-remove-down = Stop watching *{ $server }*? It is down right now.
kept = 👍 *{ $what }* stays.
kept-all = 👍 *Everything* stays.
gone = 🤷 That is no longer there: it was changed or removed meanwhile.
nothing-open = 👍 *{ $server }* is not down: there is nothing to acknowledge.
still-checking = ⏳ *{ $server }* has not answered yet: `/health status` will tell.
checked = *{ $server }*: { $outcome }
    It is { $state } since { $since }.
no-such-server = 🤔 There is no server called *{ $server }*. `/health list` shows all of them.
no-such-server-near = 🤔 There is no server called *{ $server }*. Did you mean { $lines }?

list-none = No server is watched yet. Like this: `{ $line }`
list-no-match = No server matches{ $which }. `/health list` shows all of them.
list-page = { $title }: page { $page } of { $pages }
condition-muted = muted
condition-off = off

detail-headline = { $server } is { $state }
detail-text = { $server } is { $state }, since { $since }
detail-check = { $check } (type { $code })
detail-rhythm = every { $interval }, within { $timeout }
detail-confirmed = { $failures ->
    [one] 1 failure
   *[other] { $failures } failures
}, { $recoveries ->
    [one] 1 recovery
   *[other] { $recoveries } recoveries
}
detail-last-check = Last check, { $span } ago: { $outcome }
alerts-on = 🔔 on
alerts-off = 🔕 off

summary-nothing = No server is watched yet.
summary-none-down = { $servers ->
    [one] 🟢 The server is not down.
   *[other] 🟢 None of { $servers } servers is down.
}
summary-down = { $servers ->
    [one] 🔴 The server is down.
   *[other] { $down ->
        [one] 🔴 1 of { $servers } servers is down.
       *[other] 🔴 { $down } of { $servers } servers are down.
    }
}
count-up = { $count } up
count-down = { $count } down
count-pending = { $count } pending
count-unknown = { $count } unknown
summary-told = { $count ->
    [one] 1 channel told
   *[other] { $count } channels told
}
summary-alerts-off = { $count ->
    [one] 1 server with alerts off
   *[other] { $count } servers with alerts off
}
summary-muted = { $count ->
    [one] 1 server muted
   *[other] { $count } servers muted
}

history-none = *{ $server }* has not failed since it was added
history = *{ $server }*: { $count ->
    [one] 1 incident
   *[other] { $count } incidents
}, the newest first
history-changes = What people changed
history-open = 🔴 { $began }  for { $span } so far: { $failure }
history-past = 🟢 { $began }  for { $span }: { $failure }

ask-all-off = { $servers ->
    [one] Switch the alerts of the one server off? Nobody would be told of any failure.
   *[other] Switch the alerts of all { $servers } servers off? Nobody would be told of any failure.
}
alerts-now-on = 🔔 Alerts of *{ $server }* are now on.
alerts-already-on = 🔔 Alerts of *{ $server }* were already on.
alerts-on-muted = 🔇 It stays muted until { $until }.
alerts-now-off = 🔕 Alerts of *{ $server }* are now off. Checks go on.
alerts-already-off = 🔕 Alerts of *{ $server }* were already off. Checks go on.
all-already-on = 🔔 All alerts were already on.
all-already-off = 🔕 All alerts were already off.
all-now-on = { $count ->
    [one] 🔔 Alerts of 1 server are now on.
   *[other] 🔔 Alerts of { $count } servers are now on.
}
all-now-off = { $count ->
    [one] 🔕 Alerts of 1 server are now off.
   *[other] 🔕 Alerts of { $count } servers are now off.
}
muted = 🔇 *{ $server }* is muted until { $until }. Checks go on.
unmuted = 🔊 *{ $server }* is no longer muted.
was-not-muted = 🔊 *{ $server }* was not muted.
unmuted-off = 🔕 Its alerts are off, though: { $line } switches them on.
acknowledged = 👀 You acknowledged *{ $server }*. Everyone who was told sees it.
acknowledged-before = 👀 { $person } acknowledged *{ $server }* already, { $when }.

settings = The defaults:
    { $rhythm }
    They hold for every server without a value of its own.
settings-changed = ✅ The defaults are changed, from now on:
    { $rhythm }
    They hold for every server without a value of its own.
settings-unchanged = 👍 The defaults already stand so: nothing was changed.
    { $rhythm }
    They hold for every server without a value of its own.
rhythm = *interval* { $interval } · *timeout* { $timeout } · *failures* { $failures } · *recoveries* { $recoveries } · *remind* { $remind }
remind-every = every { $interval }
remind-off = off

subscribed = 🔔 { $channel } is told from now on when any server fails and when it is back.
subscribed-before = 🔔 { $channel } is told, as before, when any server fails and when it is back.
subscribed-to = 🔔 { $channel } is told from now on when a { $environments } server fails and when it is back.
subscribed-to-before = 🔔 { $channel } is told, as before, when a { $environments } server fails and when it is back.
subscribe-invite-first = ⛔ I cannot post in { $channel } yet. Invite me there first with `/invite @Healthbot`: that subscribes it, too.
subscribe-archived = ⛔ { $channel } is archived: nothing can be posted there.
subscribe-slack-away = ⏳ Slack did not say whether I can post in { $channel } ({ $reason }). Please try again in a while.
unsubscribed = 🔕 { $channel } is told no more. { $line } turns it on again.
not-subscribed = 🤷 { $channel } was not subscribed.

the-channel = the channel
the-webhook = The webhook *{ $webhook }*
channels-none = Nobody is told yet: invite me to a channel, or type `/health subscribe` in one.
channels-refused = ⛔ Slack refuses what I send with my token ({ $reason }): until that is mended only webhooks are told. `healthbot doctor` says how.
channels-told-of-failures = { $told ->
    [0] No channel is told of failures
    [one] 1 channel is told of failures
   *[other] { $told } channels are told of failures
}{ $off ->
    [0] {""}
    [one] , 1 is off
   *[other] , { $off } are off
}
channel-all-environments = all environments
channel-fails = 🔴 nothing arrives since { $since }: { $reason }. { $remedy } Then `/health subscribe` there.
channel-webhook-fails = 🔴 nothing arrives since { $since }: { $reason }. { $remedy }
channel-off = 🔕 off
channel-works = 🟢 works

channel-created = ✅ { $channel } is there, and is told from now on when a server fails. Join it from Slack's list of channels.
channel-created-invited = ✅ { $channel } is there, and is told from now on when a server fails. You are in it.
channel-renamed = ✅ { $channel } is now called *#{ $name }*.
channel-ask-archive = Archive { $channel }? Nobody can write there any more, and it is told of no failure.
channel-archived = 🗄️ { $channel } is archived, and is told no more.
channel-archived-before = 🗄️ { $channel } was already archived, and is told no more.
channel-kept = 👍 { $channel } stays.
channel-slack-away = ⏳ Slack did not answer as it should ({ $reason }). Look whether it is done, and try again in a while.
channel-not-created = ⛔ Slack did not make { $channel }: { $why }
channel-not-renamed = ⛔ Slack did not rename { $channel }: { $why }
channel-not-archived = ⛔ Slack did not archive { $channel }: { $why }
slack-name-taken = a channel has that name already. Choose another name.
slack-name-invalid = a channel's name has 1 to 80 small letters, digits, hyphens and underscores.
slack-not-the-maker = only who made a channel may rename it, and I did not make this one. Rename it in Slack: I follow.
slack-not-allowed = the workspace does not let apps do that. Ask a workspace admin, or do it in Slack: I follow.
slack-not-in-channel = I am not in it. Invite me there first with `/invite @Healthbot`.
slack-is-archived = it is archived.
slack-is-general = the workspace's general channel cannot be archived.
slack-no-scope = the app lacks the right to. Install it again with the scopes of `manifest.yml` (channels:manage, groups:write).
slack-says = it says { $reason }.

webhook-added = ✅ The webhook *{ $webhook }* is told from now on when a server fails. A test message has arrived there.
webhook-mended = ✅ The webhook *{ $webhook }* is told again: a test message has arrived there, and what it is owed is sent now.
webhook-renamed-before = 👍 The webhook *{ $webhook }* is already called so: nothing was changed.
webhook-renamed = ✅ The webhook *{ $from }* is now called *{ $to }*.
webhook-ask-remove = Remove the webhook *{ $webhook }*? It is told of no failure then, and adding it again takes its URL.
webhook-removed = 🗑️ The webhook *{ $webhook }* is told no more.
webhook-none = 🤔 No webhook is called *{ $webhook }*. There is none yet: `/health webhook add NAME HOOK_URL` adds one.
webhook-unknown = 🤔 No webhook is called *{ $webhook }*. Did you mean { $lines }?
webhook-name-taken = 🤔 There already is a webhook called *{ $webhook }*. Choose another name.
webhook-known = 🤔 That URL is told already, as *{ $webhook }*.
webhook-away = ⏳ The webhook is not added: no test message could be sent ({ $reason }). Please try again in a while.
webhook-refused = ⛔ The webhook is not added: Slack refused the test message ({ $reason }). Look in the app's page, Incoming Webhooks, whether the URL is whole and still there.

inventory-asked-anew = 📋 Nothing was removed: the list was whole again meanwhile. About what it lacks now I ask anew.
inventory-not-held = 👍 That question is settled: nothing waits for a decision any more.
inventory-trouble = 📋 Nothing was changed: { $reason }.
store-trouble = 💾 Nothing was changed: the store does not take it ({ $reason }). Please try again in a while.
not-ready = ⏳ I don't know yet which workspace is mine: Slack has not told me. Please try again in a moment.
too-fast = 🐢 That is a lot at once. Please wait a moment, and try again.
done-already = 👍 That was done already: the same request came twice.
not-allowed = ⛔ You may look, but not change anything: ask an operator.
stranger = ⛔ I belong to another workspace: only its people may look at anything here, or change it.
no-form = ⏳ Slack did not open the form ({ $reason }). Please try again.
