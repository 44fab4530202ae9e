//! What is not done, and what the person is told instead: mistakes, names that are taken, addresses that must not be
//! probed, and people who may not.

use healthbot::demo::{SeedChannel, SeedUser, Target};
use healthbot::domain::command::parse;
use healthbot::domain::ids::UserId;
use serde_json::json;

use crate::harness::bot::{Bot, DANA};
use crate::harness::mistakes::MISTAKES;
use crate::harness::transport::over_both;

over_both![
    a_mistake_is_named_and_answered_with_a_line_that_works,
    a_misspelt_name_gets_the_nearest_ones_as_lines_that_work,
    a_name_is_taken_whatever_its_case,
    forbidden_addresses_are_refused_however_they_are_written,
    this_machine_and_foreign_networks_are_probed_only_when_allowed,
    a_channel_that_cannot_be_posted_in_is_not_subscribed,
    with_operators_the_others_may_look_but_change_nothing,
    people_of_another_workspace_are_told_nothing_and_change_nothing,
];

/// The line that an answer offers, as it can be typed.
fn offered(answer: &str) -> String {
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix("Like this: /health "));
    line.unwrap_or_else(|| panic!("no example in {answer}"))
        .replace("#ops", "<#C1|ops>")
}

async fn a_mistake_is_named_and_answered_with_a_line_that_works() {
    let bot = Bot::start().await;
    for (line, named) in MISTAKES {
        let answer = bot.health_as_sent(line).await;
        for fact in named {
            assert!(answer.contains(fact), "{line}: {fact} in {answer}");
        }
        assert!(!answer.contains("hunter2"), "{answer}");
        let example = offered(&answer);
        assert!(parse(&example).is_ok(), "{line}: {example}");
    }
    let long = "n".repeat(256);
    let answer = bot
        .health_as_sent(&format!("add {long} http://10.0.0.5/"))
        .await;
    assert!(answer.contains("1 to 255 characters"), "{answer}");
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
}

async fn a_misspelt_name_gets_the_nearest_ones_as_lines_that_work() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("payments", &target, "").await;
    bot.add("\"order api\"", &target, "").await;
    for word in ["status", "check", "remove", "on", "off"] {
        let answer = bot.health(&format!("{word} paymets")).await;
        assert!(answer.contains("no server called paymets"), "{answer}");
        assert!(
            answer.contains(&format!("/health {word} payments")),
            "{answer}"
        );
    }
    let answer = bot.health("status \"ordr api\"").await;
    assert!(answer.contains("/health status \"order api\""), "{answer}");
    bot.add("\"the \\\"big\\\" one\"", &target, "").await;
    let answer = bot.health("status \"the \\\"big\\\" won\"").await;
    let line = "status \"the \\\"big\\\" one\"";
    assert!(answer.contains(&format!("/health {line}?")), "{answer}");
    let answer = bot.health(line).await;
    assert!(
        answer.contains("the \"big\" one is"),
        "what is offered works: {answer}"
    );
    let answer = bot.health("status zzzzzzzz").await;
    assert!(answer.contains("/health list"), "{answer}");
}

async fn a_name_is_taken_whatever_its_case() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("Api", &target, "env=LIVE").await;
    for name in ["Api", "api", "API"] {
        let answer = bot
            .health(&format!("add {name} http://10.0.0.5/ env=DEV"))
            .await;
        assert!(
            answer.contains("There already is a server called Api."),
            "{answer}"
        );
        assert!(
            answer.contains("see it with /health status Api"),
            "{answer}"
        );
    }
    let list = bot.health("list").await;
    assert!(list.contains("1 server") && list.contains("LIVE"), "{list}");
}

async fn forbidden_addresses_are_refused_however_they_are_written() {
    let bot = Bot::start().await;
    let own = bot.url.clone();
    let forbidden = [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/",
        "ws://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "168.63.129.16:80",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://224.0.0.1/",
        "http://[ff02::1]/",
        "http://255.255.255.255/",
        &own,
    ];
    for address in forbidden {
        let answer = bot.health_as_sent(&format!("add evil {address}")).await;
        assert!(answer.starts_with('⛔'), "{address}: {answer}");
        let example = offered(&answer);
        assert!(example.starts_with("add ") && parse(&example).is_ok());
    }
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    let target = Target::http().await.unwrap();
    bot.add("good", &target, "").await;
    let answer = bot.health("edit good http://169.254.169.254/").await;
    let example = offered(&answer);
    assert!(
        answer.starts_with('⛔') && example.starts_with("edit ") && parse(&example).is_ok(),
        "{answer}"
    );
}

async fn this_machine_and_foreign_networks_are_probed_only_when_allowed() {
    let bot = Bot::start_with(|config| {
        config.allow_loopback = false;
        config.target_networks = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;
    for address in [
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]/",
        "http://192.0.2.1/",
    ] {
        let answer = bot.health_as_sent(&format!("add evil {address}")).await;
        assert!(answer.starts_with('⛔'), "{address}: {answer}");
    }
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
}

async fn a_channel_that_cannot_be_posted_in_is_not_subscribed() {
    let bot = Bot::start_in(
        |options| {
            options.channels.push(SeedChannel {
                private: true,
                ..SeedChannel::public("secret")
            });
        },
        |_, _| {},
    )
    .await;
    let secret = bot.health("subscribe #secret").await;
    assert!(secret.contains("Invite me there first"), "{secret}");
    bot.workspace.archive("random").await.unwrap();
    let archived = bot.health("subscribe #random").await;
    assert!(archived.contains("is archived"), "{archived}");
    let gone = bot.health_as_sent("subscribe <#C0NOWHERE|nowhere>").await;
    assert!(gone.contains("Invite me there first"), "{gone}");
    bot.workspace.fault(healthbot::demo::Fault::once(
        "conversations.info",
        healthbot::demo::Effect::Status(503),
    ));
    let away = bot.health("subscribe").await;
    assert!(away.contains("try again"), "{away}");
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
}

/// Commands that only look, and those that change something.
const LOOKING: [&str; 9] = [
    "settings",
    "help",
    "list",
    "list off",
    "status",
    "status api",
    "check api",
    "history api",
    "channels",
];
const CHANGING: [&str; 18] = [
    "mute api 1h",
    "unmute api",
    "ack api",
    "settings interval=5s",
    "add more http://127.0.0.1:9/",
    "edit api env=LIVE",
    "remove api",
    "channel create new",
    "channel archive #general",
    "webhook add pager https://hooks.slack.com/services/T/B/x",
    "webhook remove pager",
    "off api",
    "on api",
    "off all",
    "on all",
    "subscribe",
    "subscribe #general env=DEV",
    "unsubscribe",
];

async fn with_operators_the_others_may_look_but_change_nothing() {
    let bot = Bot::start_in(
        |_| {},
        |config, workspace| {
            config
                .operators
                .insert(UserId::new(workspace.user(DANA).unwrap().id));
        },
    )
    .await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    bot.health("subscribe").await;
    let before = (bot.health("list").await, bot.health("channels").await);
    for line in LOOKING {
        let answer = bot.health_as("lee", line).await;
        assert!(!answer.contains("not change anything"), "{line}: {answer}");
    }
    for line in CHANGING {
        let answer = bot.health_as("lee", line).await;
        assert!(
            answer.contains("You may look, but not change anything"),
            "{line}: {answer}"
        );
    }
    assert_eq!(
        before,
        (bot.health("list").await, bot.health("channels").await)
    );
    assert!(
        bot.health("off api").await.contains("are now off"),
        "an operator may"
    );
}

async fn people_of_another_workspace_are_told_nothing_and_change_nothing() {
    let bot = Bot::start_in(
        |options| {
            options
                .users
                .push(SeedUser::foreign("mallory", "Mallory", "T0OTHER"));
            options.channels[1].shared = true;
        },
        |_, _| {},
    )
    .await;
    bot.knows_its_workspace().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    bot.health("subscribe").await;
    let before = (bot.health("list").await, bot.health("channels").await);
    let refused = bot.health_as("mallory", "help").await;
    assert!(
        refused.contains("I belong to another workspace") && !refused.contains("You may look"),
        "{refused}"
    );
    for line in LOOKING.iter().chain(&CHANGING) {
        let answer = bot.health_as("mallory", line).await;
        assert_eq!(answer, refused, "{line}");
        assert!(!answer.contains("api"), "{line}: {answer}");
    }
    let submission = json!({
        "type": "view_submission",
        "user": {"id": bot.workspace.user("mallory").unwrap().id, "team_id": "T0OTHER"},
        "view": {"id": "V1", "callback_id": "add_server", "state": {"values": {
            "name": {"x": {"value": "evil"}}, "address": {"x": {"value": target.url()}},
        }}},
    });
    let (_, answer) = bot.slack_sends_interaction(&submission).await;
    assert!(answer.contains("I belong to another workspace"), "{answer}");
    assert_eq!(
        before,
        (bot.health("list").await, bot.health("channels").await)
    );
}
