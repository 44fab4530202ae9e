use super::*;

fn problem(text: &str) -> Problem {
    parse(text).expect_err(text).problem
}

#[test]
fn a_mistake_in_an_act_shows_a_line_that_does_the_same() {
    for line in [
        "channel create",
        "channel rename",
        "channel rename <#C1|ops>",
        "channel archive",
        "channel archive ops",
        "webhook add",
        "webhook rename",
        "webhook rename hk",
        "webhook remove",
    ] {
        let example = parse(line).expect_err(line).example();
        let two = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        assert!(example.starts_with(&format!("/health {two} ")), "{example}");
    }
}

#[test]
fn help_is_asked_for_an_act_too() {
    for (line, topic) in [
        ("help channel create", Topic::Channel),
        ("help webhook REMOVE", Topic::Webhook),
    ] {
        assert_eq!(parse(line), Ok(Command::Help(Some(topic))), "{line}");
    }
    assert!(matches!(
        problem("help channel destroy"),
        Problem::UnknownAct { .. }
    ));
    assert_eq!(problem("help add now"), Problem::Unexpected("now".into()));
}

#[test]
fn a_webhooks_url_is_in_no_mistake() {
    let url = "https://hooks.slack.com/services/T/B/secret";
    let Ok(Command::Webhook(WebhookCommand::Add { name, url: typed })) =
        parse(&format!("webhook add \"the pager\" <{url}|hooks>"))
    else {
        panic!("not read")
    };
    assert_eq!((name.as_str(), typed.expose()), ("the pager", url));
    for text in [
        format!("webhook add {url} pager"),
        format!("webhook add {url}"),
        format!("webhook rename pager {url}"),
        format!("webhook remove {url}"),
    ] {
        assert_eq!(problem(&text), Problem::NotAHook, "{text}");
    }
    assert_eq!(
        problem(&format!("webhook add pager {url} {url}")),
        Problem::Twice("HOOK_URL".into())
    );
}

#[test]
fn what_is_too_much_or_wrong_beside_a_webhooks_url_is_named() {
    let url = "https://hooks.slack.com/services/T/B/secret";
    for (text, word) in [
        (format!("webhook add pager {url} extra"), "extra"),
        (format!("webhook add my pager {url}"), "pager"),
        (format!("webhook add pager {url} env=LIVE"), "env=LIVE"),
        (format!("webhook add pager env=LIVE {url}"), "env=LIVE"),
    ] {
        assert_eq!(problem(&text), Problem::Unexpected(word.into()), "{text}");
    }
    for (typed, host) in [
        ("http://10.0.0.5/secret", "10.0.0.5"),
        (
            "https://ann:secret@evil.example:8080/secret",
            "evil.example:8080",
        ),
        ("<https://evil.example/secret|here>", "evil.example"),
        ("evil.example/secret", "evil.example"),
        ("extra", "extra"),
    ] {
        let text = format!("webhook add pager {typed}");
        assert_eq!(
            problem(&text),
            Problem::HookElsewhere(host.into()),
            "{text}"
        );
    }
    assert_eq!(problem("webhook add pager https:///x"), Problem::NotAHook);
}

#[test]
fn what_lacks_is_the_name_where_something_else_stands_in_its_place() {
    for text in [
        "add http://127.0.0.1:1/",
        "add <http://127.0.0.1:1/>",
        "add 127.0.0.1:1 env=LIVE",
        "add http://127.0.0.1:1/ env=LIVE",
        "add env=LIVE http://10.0.0.5/",
        "add ENV=LIVE http://10.0.0.5/",
        "edit env=LIVE",
        "remove type=1",
        "mute 1h",
        "mute alerts=off 1h",
    ] {
        assert_eq!(problem(text), Problem::Missing("NAME"), "{text}");
    }
    assert_eq!(problem("off env=LIVE"), Problem::Missing("NAME|all"));
    assert_eq!(
        problem("status env=LIVE"),
        Problem::Unexpected("env=LIVE".into())
    );
    assert_eq!(problem("add api env=LIVE"), Problem::Missing("URL"));
}

#[test]
fn what_begins_with_a_quotation_mark_is_a_name() {
    for (text, name) in [
        ("add \"http://a/\" http://10.0.0.5/", "http://a/"),
        ("add http://a/ http://10.0.0.5/", "http://a/"),
        ("add \"env=LIVE\" http://10.0.0.5/ env=\"DEV\"", "env=LIVE"),
        ("add colour=red http://10.0.0.5/", "colour=red"),
    ] {
        let Ok(Command::Add { name: read, .. }) = parse(text) else {
            panic!("{text}")
        };
        assert_eq!(read.as_str(), name, "{text}");
    }
    for (text, name) in [("mute \"1h\"", "1h"), ("mute 1h 2h", "1h")] {
        let Ok(Command::Mute { name: read, .. }) = parse(text) else {
            panic!("{text}")
        };
        assert_eq!(read, name, "{text}");
    }
    let named = Command::Status(Some("env=LIVE".into()));
    assert_eq!(parse("status \"env=LIVE\""), Ok(named));
}

#[test]
fn a_list_is_narrowed_once() {
    assert_eq!(problem("list off OFF"), Problem::Twice("OFF".into()));
    assert_eq!(
        problem("list env=LIVE env=DEV"),
        Problem::Twice("env".into())
    );
    assert_eq!(
        problem("list off env=LIVE muted"),
        Problem::SecondFilter("muted".into())
    );
}
