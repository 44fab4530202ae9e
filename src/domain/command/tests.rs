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
        for act in topic.acts() {
            let line = topic.example_of(Some(act)).replace("#ops", "<#C1|ops>");
            let start = format!("/health {} {act} ", topic.word());
            let text = line.strip_prefix("/health ").expect("as people type it");
            assert!(line.starts_with(&start) && parse(text).is_ok(), "{line}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "(add|list|status|on|subscribe|help)? ?\\PC{0,60}") {
        let _ = parse(&text);
    }
}

#[test]
fn edit_takes_pairs_in_any_order_and_gives_own_values_up() {
    let read = |text: &str| match parse(text) {
        Ok(Command::Edit { name, edit }) => (name, *edit),
        other => panic!("{text}: {other:?}"),
    };
    assert!(read("edit api").1.is_empty());
    let (name, edit) = read("edit \"my api\" env=LIVE interval=DEFAULT url=<ws://h:1/|h:1>");
    assert_eq!(name, "my api");
    let server = server("http://10.0.0.5/");
    let change = edit.of(&server).expect("it fits");
    assert_eq!(change.environment, Some(Environment::Live));
    assert_eq!(change.interval, Some(None));
    assert_eq!(change.timeout, None);
    assert_eq!(change.server_type, Some(ServerType::WebSocket2));
    assert_eq!(
        problem("edit api interval=5s interval=default"),
        Problem::Twice("interval".into())
    );
    assert_eq!(
        problem("edit api failures=default failures=default"),
        Problem::Twice("failures".into())
    );
    assert!(matches!(
        problem("edit api env=default"),
        Problem::Environment(_)
    ));
}

#[test]
fn a_new_type_must_fit_the_address_that_there_is() {
    let server = server("http://10.0.0.5/");
    let edited = |text: &str| match parse(text) {
        Ok(Command::Edit { edit, .. }) => edit.of(&server).map(|change| change.server_type),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(edited("edit api type=6"), Ok(Some(ServerType::Http6)));
    assert_eq!(edited("edit api interval=5s"), Ok(None));
    assert_eq!(edited("edit api url=http://h/"), Ok(None));
    assert!(matches!(
        edited("edit api type=2"),
        Err(Problem::TypeContradictsAddress { .. })
    ));
    let both = "edit api 10.0.0.6:80 type=2";
    assert_eq!(edited(both), Ok(Some(ServerType::WebSocket2)));
}

/// A server at this address that the company's type 1 stands for.
fn server(url: &str) -> crate::domain::server::Server {
    let at = crate::clock::Timestamp::UNIX_EPOCH;
    crate::domain::server::Server {
        id: crate::domain::ids::ServerId::from_raw(1),
        host_name: HostName::parse("api").expect("a name"),
        target: crate::domain::target::Address::parse(url)
            .expect("an address")
            .target,
        server_type: ServerType::Http1,
        environment: Environment::Unknown,
        notification: true,
        interval: None,
        timeout: None,
        failures: None,
        recoveries: None,
        source: crate::domain::server::Source::Manual,
        muted_until: None,
        created_at: at,
        updated_at: at,
    }
}

#[test]
fn channels_are_created_renamed_and_archived() {
    let ops = ChannelRef {
        id: crate::domain::ids::ConversationId::new("C1"),
        name: Some("ops".into()),
    };
    let create = ConversationCommand::Create { name: "new".into() };
    assert_eq!(
        parse("channel create #new"),
        Ok(Command::Conversation(create))
    );
    let rename = ConversationCommand::Rename {
        channel: ops.clone(),
        name: "new".into(),
    };
    assert_eq!(
        parse("channel RENAME <#C1|ops> new"),
        Ok(Command::Conversation(rename))
    );
    let archive = ConversationCommand::Archive { channel: ops };
    assert_eq!(
        parse("channel archive <#C1|ops>"),
        Ok(Command::Conversation(archive))
    );
    assert!(matches!(problem("channel"), Problem::NoAct(_)));
    assert!(matches!(
        problem("channel destroy"),
        Problem::UnknownAct { .. }
    ));
    assert_eq!(problem("channel archive"), Problem::Missing("#channel"));
    assert_eq!(
        problem("channel rename ops new"),
        Problem::NotAChannel("ops".into())
    );
    assert_eq!(problem("channel create"), Problem::Missing("NAME"));
    assert_eq!(
        problem("channel create a b"),
        Problem::Unexpected("b".into())
    );
}
