use super::*;
use crate::domain::target::{Check, ServerType};
use proptest::prelude::*;

fn problem(text: &str) -> Problem {
    parse(text).expect_err(text).problem
}

#[test]
fn nothing_and_help_ask_for_help() {
    assert_eq!(parse("  "), Ok(Command::Help(None)));
    assert_eq!(parse("HELP"), Ok(Command::Help(None)));
    assert_eq!(parse("help add"), Ok(Command::Help(Some(Topic::Add))));
}

#[test]
fn add_reads_an_address_and_pairs_in_any_order() {
    let text = "add \u{201c}결제 api\u{201d} env=live <https://10.0.0.5:8080/healthz?a=b> interval=10s \
                timeout=500ms failures=3 recoveries=2 alerts=off type=6";
    let Ok(Command::Add { name, fields }) = parse(text) else {
        panic!("{text}")
    };
    assert_eq!(name.as_str(), "결제 api");
    let address = fields.address.as_ref().expect("an address");
    assert_eq!(
        address.target.url(Check::Http),
        "https://10.0.0.5:8080/healthz?a=b"
    );
    assert_eq!(fields.environment, Some(Environment::Live));
    assert_eq!(fields.checked_type(), Ok(ServerType::Http6));
    assert_eq!(fields.interval.map(|i| i.to_string()), Some("10s".into()));
    assert_eq!(fields.alerts, Some(false));
}

#[test]
fn the_type_follows_the_address_unless_it_is_named() {
    let server_type = |text: &str| match parse(text) {
        Ok(Command::Add { fields, .. }) => fields.checked_type().expect("agrees"),
        other => panic!("{other:?}"),
    };
    assert_eq!(server_type("add a http://h/"), ServerType::Http1);
    assert_eq!(server_type("add a wss://h/"), ServerType::WebSocket2);
    assert_eq!(server_type("add a h:80"), ServerType::Http1);
    assert_eq!(server_type("add a h:80 type=3"), ServerType::WebSocket3);
    let named = ServerType::WebSocket2;
    assert_eq!(
        problem("add a http://h/ type=2"),
        Problem::TypeContradictsAddress {
            named,
            check: Check::Http
        }
    );
}

#[test]
fn an_address_with_an_equals_sign_is_no_pair() {
    for text in [
        "add a http://h/?url=x",
        "add a url=http://h/?a=b",
        "add a h:80/?x=1",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn mistakes_are_named() {
    assert_eq!(problem("add"), Problem::Missing("NAME"));
    assert_eq!(problem("add api"), Problem::Missing("URL"));
    assert_eq!(
        problem("add api http://h/ x"),
        Problem::Unexpected("x".into())
    );
    assert!(matches!(
        problem("add api http://h/ colour=red"),
        Problem::UnknownKey { .. }
    ));
    assert_eq!(
        problem("add api http://h/ env=LIVE env=DEV"),
        Problem::Twice("env".into())
    );
    assert!(matches!(
        problem("add api http://h/ interval=10"),
        Problem::Range(_)
    ));
    assert!(matches!(
        problem("add api http://h/ type=5"),
        Problem::Type(_)
    ));
    assert!(matches!(
        problem("add api http://h/ type=web"),
        Problem::TypeIsNoNumber(_)
    ));
    assert!(matches!(
        problem("add api http://h/ env=prod"),
        Problem::Environment(_)
    ));
    assert!(matches!(problem("add api ftp://h/"), Problem::Address(_)));
    assert_eq!(problem("remove"), Problem::Missing("NAME"));
    assert_eq!(problem("remove \" \""), Problem::Missing("NAME"));
    assert_eq!(problem("list red"), Problem::UnknownFilter("red".into()));
    assert_eq!(problem("subscribe ops"), Problem::NotAChannel("ops".into()));
    assert_eq!(problem("channels now"), Problem::Unexpected("now".into()));
    assert_eq!(problem("off \"api"), Problem::UnclosedQuote);
}

#[test]
fn a_misspelt_command_gets_the_nearest() {
    let nearest = |text: &str| match problem(text) {
        Problem::UnknownCommand { nearest, .. } => nearest,
        other => panic!("{other:?}"),
    };
    assert_eq!(nearest("lst"), Some(Topic::List));
    assert_eq!(nearest("ad api"), Some(Topic::Add));
    assert_eq!(nearest("stauts"), Some(Topic::Status));
    assert_eq!(nearest("deploy"), None);
}

#[test]
fn all_is_a_keyword_unless_it_stands_in_quotes() {
    assert_eq!(
        parse("off all"),
        Ok(Command::Alerts {
            scope: Scope::All,
            on: false
        })
    );
    let one = Scope::One("all".into());
    assert_eq!(
        parse("on \"all\""),
        Ok(Command::Alerts {
            scope: one,
            on: true
        })
    );
}

#[test]
fn subscribe_takes_a_channel_and_environments() {
    let Ok(Command::Subscribe {
        channel,
        environments,
    }) = parse("subscribe <#C1|ops> env=live,STAGE")
    else {
        panic!("not read")
    };
    assert_eq!(channel.and_then(|channel| channel.name), Some("ops".into()));
    assert_eq!(
        environments,
        BTreeSet::from([Environment::Live, Environment::Stage])
    );
    let current = Command::Subscribe {
        channel: None,
        environments: BTreeSet::new(),
    };
    assert_eq!(parse("subscribe"), Ok(current));
}

#[test]
fn every_example_is_a_command_of_its_topic() {
    for topic in Topic::ALL {
        let line = topic.example().replace("#ops", "<#C1|ops>");
        let text = line
            .strip_prefix("/health ")
            .expect("a line as people type it");
        assert!(parse(text).is_ok(), "{line}");
        assert!(
            topic
                .usage()
                .starts_with(&format!("/health {}", topic.word()))
        );
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "(add|list|status|on|subscribe|help)? ?\\PC{0,60}") {
        let _ = parse(&text);
    }
}
