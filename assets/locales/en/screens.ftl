# Forms, and the dashboard on Home.

form-add = Add a server
form-add-submit = Add
form-edit = Edit server
form-save = Save
form-add-many = Add many
form-cancel = Cancel
form-done = Done
form-as-by-default = { $value }, as by default
form-type-by-address = By address
form-name-taken = There already is a server called { $server }.
nothing-saved = 🤔 Nothing was saved.
waiting = ⏳ The check takes its time. What it finds will stand here.

many-label = Servers
many-hint = One a line: NAME URL key=value. Names with blanks stand in quotes. Nothing is added before you have seen what each line would do.
many-check = Check
many-check-again = Check again
many-add = { $count ->
    [one] Add 1 server
   *[other] Add { $count } servers
}
many-sound = *Every line is sound. Nothing is added yet.*
many-wrong = { $count ->
    [one] *1 line has to be mended. Nothing is added yet.*
   *[other] *{ $count } lines have to be mended. Nothing is added yet.*
}
many-line-wrong = ❌ Line { $number }: { $error }
many-store-trouble = The store does not take it ({ $reason }).
many-added = { $count ->
    [one] *1 server is watched from now on.*
   *[other] *{ $count } servers are watched from now on.*
}
many-no-lines = Write one server a line, such as: api https://10.0.0.5:8080/healthz

find-title = Find servers
find-hint = A part of the name or the address. Empty shows every server.

home-nothing = Nothing is watched yet
home-none-down = { $servers ->
    [one] 🟢 The server is not down
   *[other] 🟢 None of { $servers } servers is down
}
home-down = { $servers ->
    [one] 🔴 The server is down
   *[other] { $down ->
        [one] 🔴 1 of { $servers } servers is down
       *[other] 🔴 { $down } of { $servers } servers are down
    }
}
home-first-steps = I check your servers and tell a channel within seconds when one fails, why, and when it is back.
    {"*"}1.*  Add a server.
    {"*"}2.*  Invite me to a channel: it is told from then on.
home-first-steps-operator = An operator has to do the first step.
home-count = { $count } { $state }
home-down-now = Down now
home-everything-else = Everything else
home-every-server = Every server
home-only-down = Down
home-only-muted = Muted
home-only-off = Alerts off
home-every-environment = Every environment
home-found = { $servers ->
    [one] { $shown ->
        [0] The one server is not shown here.
       *[other] 1 server
    }
   *[other] { $shown ->
        [0] None of { $servers } servers is shown here.
       *[other] { $shown } of { $servers } servers
    }
}
home-found-with = { $servers ->
    [one] { $shown ->
        [0] The one server is not shown here, with “{ $search }” in name or address.
       *[other] 1 server, with “{ $search }” in name or address
    }
   *[other] { $shown ->
        [0] None of { $servers } servers with “{ $search }” in name or address is shown here.
       *[other] { $shown } of { $servers } servers with “{ $search }” in name or address
    }
}
home-since = since { $since }
home-acknowledged = 👀 acknowledged by { $person }, { $when }
home-page = Page { $page } of { $pages }
home-changes = Changed last
home-defaults = Defaults: { $rhythm }
home-channels-none = *Nobody is told yet.* Invite me to a channel, or type `/health subscribe` in one.
home-channels-more = and { $count } more: `/health channels` shows them all.
