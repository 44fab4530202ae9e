//! What people get wrong in commands.

/// A command's text, and what its answer must name.
pub(crate) const MISTAKES: [(&str, &[&str]); 79] = [
    ("deploy", &["no command deploy", "/health help"]),
    ("lst", &["no command lst", "Did you mean list?"]),
    ("stauts api", &["no command stauts", "status"]),
    ("help me", &["no command me"]),
    ("help add now", &["now"]),
    ("add \"\" http://10.0.0.5/", &["NAME is missing"]),
    ("add api", &["URL is missing"]),
    ("add api env=LIVE", &["URL is missing"]),
    ("add http://127.0.0.1:1/", &["NAME is missing"]),
    ("add http://127.0.0.1:1/ env=LIVE", &["NAME is missing"]),
    ("add env=LIVE http://10.0.0.5/", &["NAME is missing"]),
    ("edit env=LIVE", &["NAME is missing"]),
    ("mute 1h", &["NAME is missing"]),
    ("status env=LIVE", &["env=LIVE"]),
    (
        "add api http://10.0.0.5/ http://10.0.0.6/",
        &["http://10.0.0.6/"],
    ),
    ("add my api http://10.0.0.5/", &["api", "is no address"]),
    (
        "add api http://10.0.0.5/ colour=red",
        &["no key colour", "interval"],
    ),
    (
        "add api http://10.0.0.5/ env=LIVE env=DEV",
        &["env", "twice"],
    ),
    (
        "add api http://10.0.0.5/ url=http://10.0.0.6/",
        &["url", "twice"],
    ),
    (
        "add api http://10.0.0.5/ env=prod",
        &["prod", "DEV, STAGE, LIVE or UNKNOWN"],
    ),
    (
        "add api http://10.0.0.5/ type=5",
        &["no server type 5", "1 and 6", "2, 3 and 4"],
    ),
    ("add api http://10.0.0.5/ type=0", &["no server type 0"]),
    ("add api http://10.0.0.5/ type=7", &["no server type 7"]),
    ("add api http://10.0.0.5/ type=-1", &["no server type -1"]),
    (
        "add api http://10.0.0.5/ type=web",
        &["web is no server type"],
    ),
    (
        "add api http://10.0.0.5/ type=2",
        &["Type 2 is checked by WebSocket", "HTTP GET"],
    ),
    (
        "add api ws://10.0.0.5/ type=1",
        &["Type 1 is checked by HTTP GET", "WebSocket"],
    ),
    (
        "add api http://10.0.0.5/ interval=30",
        &["interval is a length of time"],
    ),
    (
        "add api http://10.0.0.5/ interval=500ms",
        &["interval lies between 1s and 1d"],
    ),
    (
        "add api http://10.0.0.5/ interval=2d",
        &["interval lies between 1s and 1d"],
    ),
    (
        "add api http://10.0.0.5/ timeout=50ms",
        &["timeout lies between 100ms and 60s"],
    ),
    (
        "add api http://10.0.0.5/ timeout=61s",
        &["timeout lies between 100ms and 60s"],
    ),
    (
        "add api http://10.0.0.5/ failures=0",
        &["Failures is a whole number from 1 to 10"],
    ),
    ("add api http://10.0.0.5/ failures=11", &["from 1 to 10"]),
    (
        "add api http://10.0.0.5/ recoveries=two",
        &["Recoveries is a whole number"],
    ),
    (
        "add api http://10.0.0.5/ alerts=maybe",
        &["alerts is on or off", "maybe"],
    ),
    (
        "add api ftp://10.0.0.5/",
        &["http://, https://, ws:// or wss://", "ftp"],
    ),
    (
        "add api http://user:hunter2@10.0.0.5/",
        &["user name and password"],
    ),
    ("add api http://10.0.0.5:99999/", &["port", "65535"]),
    ("add api 10.0.0.5:0", &["port", "65535"]),
    ("add api http://", &["is no host name"]),
    ("add api \"10.0.0.5:80/a b\"", &["path"]),
    ("edit", &["NAME is missing"]),
    ("edit api colour=red", &["no key colour"]),
    (
        "edit api interval=5s interval=default",
        &["interval", "twice"],
    ),
    ("edit api http://10.0.0.5/ x", &["x"]),
    (
        "edit api http://10.0.0.5/ type=2",
        &["Type 2 is checked by WebSocket"],
    ),
    ("history", &["NAME is missing"]),
    ("channel", &["create, rename, archive"]),
    ("channel destroy <#C1|ops>", &["how to destroy"]),
    ("channel archive ops", &["ops is no channel"]),
    ("webhook", &["add, rename, remove"]),
    ("webhook add pager", &["HOOK_URL is missing"]),
    (
        "webhook add pager https://hooks.slack.com/services/T/B/x extra",
        &["know what extra means"],
    ),
    (
        "webhook add pager https://hooks.slack.com/services/T/B/x env=LIVE",
        &["env=LIVE"],
    ),
    (
        "webhook add my pager https://hooks.slack.com/services/T/B/x",
        &["pager", "quotes"],
    ),
    (
        "webhook add pager https://evil.example/services/T/B/hunter2",
        &["evil.example is none of Slack's incoming webhooks"],
    ),
    (
        "webhook add pager https://example.com/hunter2",
        &["example.com", "https://hooks.slack.com/services/"],
    ),
    (
        "webhook add pager https://hooks.slack.com/commands/T/B/x",
        &["begins with https://hooks.slack.com/services/"],
    ),
    ("list red", &["red", "down, muted, off"]),
    ("list off off", &["off stands there twice"]),
    ("list env=LIVE env=DEV", &["env stands there twice"]),
    (
        "list off muted",
        &["muted is one too many", "down, muted, off"],
    ),
    ("list down env=LIVE off", &["off is one too many"]),
    ("list colour=red", &["no key colour"]),
    ("list env=prod", &["prod"]),
    (
        "list env=",
        &["The environment is missing", "DEV, STAGE, LIVE"],
    ),
    ("edit api url=", &["The address is missing", "host:port"]),
    ("edit api type=", &["An empty word is no server type"]),
    (
        "channel rename",
        &["#channel is missing", "/health channel rename"],
    ),
    (
        "channel archive",
        &["#channel is missing", "/health channel archive"],
    ),
    (
        "webhook rename",
        &["NAME is missing", "/health webhook rename"],
    ),
    (
        "webhook rename hk",
        &["NEW is missing", "/health webhook rename"],
    ),
    ("settings remind=on", &["off, or a length of time"]),
    ("remove", &["NAME is missing"]),
    ("check a b", &["b", "quotes"]),
    ("off \"api", &["quotation mark"]),
    ("subscribe ops", &["ops is no channel"]),
    ("channels now", &["now"]),
];
