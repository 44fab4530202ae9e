//! The dashboard on a person's Home.

use healthbot::clock::{Clock, SystemClock};
use healthbot::demo::{Effect, Fault, Mode, SeedUser, Target};
use healthbot::domain::ids::{ServerId, UserId};
use healthbot::domain::server::{Environment, HostName, Server, Source};
use healthbot::domain::settings::Interval;
use healthbot::domain::target::{Address, ServerType};
use healthbot::store::Batch;
use healthbot::store::collections::NameOwner;

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    a_first_home_says_what_will_happen_and_how_to_begin,
    what_is_down_comes_first_with_its_reason_then_the_rest_by_name,
    the_buttons_of_a_row_act_on_that_row_and_home_shows_it,
    an_incident_is_taken_on_from_home_for_everyone_to_see,
    check_now_is_answered_in_a_note_above_home,
    a_server_is_removed_from_home_once_the_question_is_answered,
    home_follows_what_happens_and_is_not_drawn_for_what_it_does_not_show,
    a_home_that_slack_did_not_take_is_drawn_again,
    those_who_may_not_change_things_see_everything_and_change_nothing,
    hostile_names_neither_ping_nor_link_nor_break_a_home,
    ten_thousand_servers_are_paged_narrowed_and_found,
    people_of_another_workspace_press_nothing_on_a_home,
];

/// A server that is up and probed once a day.
async fn up(bot: &Bot, name: &str, keys: &str) -> Target {
    let target = Target::http().await.unwrap();
    bot.add(name, &target, &format!("interval=1d {keys}")).await;
    target
}

async fn a_first_home_says_what_will_happen_and_how_to_begin() {
    let bot = Bot::start().await;
    let home = bot.open_home().await;
    let text = home.plain();
    for part in [
        "Nothing is watched yet",
        "tell a channel within seconds when one fails",
        "[Add server]",
        "Nobody is told yet",
        "interval 30s",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    bot.press_home(DANA, None, "Add server").await;
    bot.modal_reads(|text| text.contains("Add a server")).await;
}

async fn what_is_down_comes_first_with_its_reason_then_the_rest_by_name() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let _targets = (
        up(&bot, "beta", "env=LIVE").await,
        up(&bot, "alpha", "env=DEV").await,
        bot.add_down("zeta", "env=LIVE").await,
    );
    bot.message("ops", |m| m.plain().contains("zeta is down"))
        .await;
    let text = bot.open_home().await.plain();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(at("1 of 3 servers is down") < at("1 down · 🟢 1 up"));
    assert!(at("Down now") < at("zeta  🔴 down"));
    assert!(at("zeta  🔴 down") < at("refused"));
    assert!(at("refused") < at("Everything else"));
    assert!(at("alpha  🟢 up") < at("beta  🟢 up"));
    assert!(at("1 channel is told") > at("beta  🟢 up"));
    assert!(text.contains("#") && text.contains("🟢 works"), "{text}");
}

async fn the_buttons_of_a_row_act_on_that_row_and_home_shows_it() {
    let bot = Bot::start().await;
    let _targets = (up(&bot, "alpha", "").await, up(&bot, "beta", "").await);
    bot.open_home().await;
    let row = |text: &str| text[text.find("beta  ").unwrap()..].to_owned();
    let shows = |part: &'static str| move |text: &str| row(text).contains(part);
    let near = Some("beta");
    let text = bot
        .on_home(near, "Alerts off", shows("🔕 alerts off"))
        .await;
    assert!(row(&text).contains("[Alerts on]"), "{text}");
    assert!(
        text.contains("switched the alerts of beta off (Home)"),
        "{text}"
    );
    let alpha = &text[..text.find("beta  ").unwrap()];
    assert!(!alpha.contains("🔕"), "{text}");
    let text = bot.on_home(near, "Alerts on", shows("[Alerts off]")).await;
    assert!(!text.contains("🔕"), "{text}");
    bot.on_home(near, "Mute 1h", shows("🔇 muted until")).await;
    let text = bot.on_home(near, "Unmute", shows("[Mute 1h]")).await;
    assert!(!text.contains("🔇"), "{text}");
    assert!(
        bot.workspace.modal(DANA).is_none(),
        "Home itself is the answer"
    );
}

async fn an_incident_is_taken_on_from_home_for_everyone_to_see() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let _target = bot.add_down("api", "").await;
    bot.message("ops", |m| m.plain().contains("api is down"))
        .await;
    bot.open_home().await;
    let dana = bot.workspace.user(DANA).unwrap().id;
    let taken = format!("👀 acknowledged by @{dana}");
    let text = bot
        .on_home(Some("api"), "Acknowledge", |text| text.contains(&taken))
        .await;
    assert!(!text.contains("[Acknowledge]"), "{text}");
    bot.message("ops", |m| {
        m.plain().contains("api is down") && m.edited.is_some()
    })
    .await;
}

async fn check_now_is_answered_in_a_note_above_home() {
    let bot = Bot::start().await;
    let target = up(&bot, "api", "").await;
    bot.open_home().await;
    bot.press_home(DANA, Some("api"), "Check now").await;
    bot.modal_reads(|text| text.contains("api: 🟢 It answered in"))
        .await;
    target.set(Mode::Refusing).await;
    let checked = bot.workspace.press_modal(DANA, "Check now", &[]).await;
    assert_eq!(checked.unwrap().status, 200);
    bot.modal_reads(|text| text.contains("The check failed: refused"))
        .await;
}

async fn a_server_is_removed_from_home_once_the_question_is_answered() {
    let bot = Bot::start().await;
    let _target = up(&bot, "api", "").await;
    bot.open_home().await;
    bot.press_home(DANA, Some("api"), "Remove").await;
    bot.modal_reads(|text| text.contains("Stop watching api?"))
        .await;
    bot.workspace.press_modal(DANA, "Keep", &[]).await.unwrap();
    bot.modal_reads(|text| text.contains("api stays")).await;
    bot.press_home(DANA, Some("api"), "Remove").await;
    bot.modal_reads(|text| text.contains("Stop watching api?"))
        .await;
    bot.workspace
        .press_modal(DANA, "Remove", &[])
        .await
        .unwrap();
    bot.modal_reads(|text| text.contains("api is no longer watched"))
        .await;
    bot.home_reads(|text| text.contains("Nothing is watched yet"))
        .await;
}

async fn home_follows_what_happens_and_is_not_drawn_for_what_it_does_not_show() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let target = up(&bot, "api", "failures=1").await;
    bot.open_home().await;
    let before = bot.drawn();
    // This is written down, and changes nothing that Home shows.
    assert!(bot.health("on api").await.contains("were already on"));
    target.set(Mode::Refusing).await;
    bot.health("check api").await;
    bot.home_reads(|text| text.contains("api  🔴 down")).await;
    assert_eq!(bot.drawn(), before + 1);
    target.set(Mode::Healthy).await;
    bot.health("check api").await;
    bot.home_reads(|text| text.contains("api  🟢 up")).await;
}

async fn a_home_that_slack_did_not_take_is_drawn_again() {
    let bot = Bot::start().await;
    bot.open_home().await;
    let fault = Fault::once("views.publish", Effect::Status(503));
    bot.workspace.fault(fault);
    let _target = up(&bot, "api", "").await;
    bot.home_reads(|text| text.contains("api  🟢 up")).await;
    // What its person asks for is owed to them though nothing changes.
    bot.workspace
        .fault(Fault::once("views.publish", Effect::ResetBefore));
    bot.on_home(None, "Muted", |text| {
        text.contains("The one server is not shown here")
    })
    .await;
}

async fn those_who_may_not_change_things_see_everything_and_change_nothing() {
    let bot = Bot::start_in(
        |_| {},
        |config, workspace| {
            let lee = workspace.user("lee").unwrap().id;
            config.operators.insert(UserId::new(lee));
        },
    )
    .await;
    let target = Target::http().await.unwrap();
    let add = format!("add api {} interval=1d", target.url());
    assert!(bot.health_as("lee", &add).await.contains("is watched"));
    let home = bot.open_home().await;
    assert!(home.plain().contains("api  🟢 up"));
    let buttons = home.buttons();
    for label in ["Add server", "Alerts off", "Mute 1h", "Edit", "Remove"] {
        // "Alerts off" is also what a list can be narrowed to.
        let buttons = buttons.iter().filter(|shown| *shown == label).count();
        assert_eq!(buttons, usize::from(label == "Alerts off"), "{label}");
    }
    // A Home that was drawn while they still might.
    let forged = serde_json::json!({
        "type": "block_actions", "trigger_id": "1.1",
        "user": {"id": bot.workspace.user(DANA).unwrap().id},
        "view": {"id": home.id, "type": "home", "private_metadata": home.body()["private_metadata"]},
        "actions": [{"action_id": format!("alerts_off:1"), "value": server_id(&bot)}],
    });
    assert_eq!(bot.slack_sends_interaction(&forged).await.0, 200);
    // What is asked for next is done with after it.
    bot.on_home(None, "Down", |text| {
        text.contains("The one server is not shown here")
    })
    .await;
    assert!(bot.health("status api").await.contains("🔔 on"));
}

/// The id of the one server, as a button carries it.
fn server_id(bot: &Bot) -> String {
    let home = bot.workspace.home(DANA).unwrap();
    let check = home.blocks().iter().find_map(|block| {
        let elements = block["elements"].as_array()?;
        let check = elements
            .iter()
            .find(|element| element["text"]["text"] == "Check now")?;
        check["value"].as_str().map(str::to_owned)
    });
    check.unwrap()
}

async fn hostile_names_neither_ping_nor_link_nor_break_a_home() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    let long = "가".repeat(255);
    let names = [
        "<!channel> & *bold*",
        "a`b_c~d",
        "\u{202e}evil",
        long.as_str(),
    ];
    for name in names {
        bot.open_form().await;
        bot.submit(&[
            ("Name", name),
            ("Address", &target.url()),
            ("Interval", "1d"),
        ])
        .await;
        bot.modal_reads(|text| text.contains("is watched from now on"))
            .await;
    }
    let home = bot.open_home().await;
    let source = home.body().to_string();
    assert!(source.contains("&lt;!channel&gt; &amp;"), "{source}");
    assert!(!source.contains("<!channel>") && !source.contains('\u{202e}'));
    bot.press_home(DANA, Some("evil"), "Edit").await;
    let form = bot.modal_reads(|text| text.contains("Edit server")).await;
    assert!(
        form.body().to_string().contains('\u{202e}'),
        "a form shows what is there"
    );
}

/// Ten thousand servers that are probed once a day, a third of them LIVE.
fn many() -> Vec<Batch> {
    let now = SystemClock::new().now();
    let server = |number: u64| Server {
        id: ServerId::from_raw(number),
        host_name: HostName::parse(&format!("server-{number:05}")).unwrap(),
        target: Address::parse(&format!("http://127.0.0.1:1/{number}"))
            .unwrap()
            .target,
        server_type: ServerType::Http1,
        environment: Environment::ALL[usize::try_from(number % 3).unwrap()],
        notification: true,
        interval: Some(Interval::parse("1d").unwrap()),
        timeout: None,
        failures: None,
        recoveries: None,
        source: Source::Manual,
        muted_until: None,
        created_at: now,
        updated_at: now,
    };
    let servers: Vec<_> = (1..=10_000).map(server).collect();
    let batches = servers.chunks(1_000).map(|servers| {
        servers.iter().fold(Batch::new(), |batch, server| {
            let owner = NameOwner { server: server.id };
            let batch = batch.put(&server.host_name.folded(), &owner).unwrap();
            batch.put(&server.id, server).unwrap()
        })
    });
    batches.collect()
}

async fn ten_thousand_servers_are_paged_narrowed_and_found() {
    let mut bot = Bot::start().await;
    bot.restart_with(many()).await;
    let home = bot.open_home().await;
    assert!(home.blocks().len() <= 100);
    let text = home.plain();
    assert!(text.contains("of 10000 servers"), "{text}");
    assert!(text.contains("Page 1 of 667"), "{text}");
    assert!(!text.contains("[Previous]"));
    let second = bot.on_home(None, "Next", |text| text.contains("Page 2 of 667"));
    assert!(second.await.contains("[Previous]"));
    let live = bot.on_home(None, "LIVE", |text| text.contains("3333 of 10000 servers"));
    assert!(live.await.contains("Page 1 of 223"));
    let again = bot.open_home().await.plain();
    assert!(
        again.contains("3333 of 10000"),
        "what it shows stays: {again}"
    );
    bot.press_home(DANA, None, "Find").await;
    bot.modal_reads(|text| text.contains("Find servers")).await;
    bot.submit(&[("Find servers", "SERVER-0420")]).await;
    let found = bot
        .home_reads(|text| text.contains("4 of 10000 servers with “SERVER-0420”"))
        .await;
    assert!(bot.workspace.modal(DANA).is_none());
    for name in [
        "server-04200",
        "server-04203",
        "server-04206",
        "server-04209",
    ] {
        assert!(found.contains(name), "{name}: {found}");
    }
    bot.on_home(None, "Muted", |text| text.contains("None of 10000 servers"))
        .await;
    bot.on_home(None, "Show all", |text| text.contains("Page 1 of 667"))
        .await;
}

async fn people_of_another_workspace_press_nothing_on_a_home() {
    let bot = Bot::start_in(
        |options| {
            let foreign = SeedUser::foreign("mallory", "Mallory", "T0OTHER");
            options.users.push(foreign);
        },
        |_, _| {},
    )
    .await;
    bot.knows_its_workspace().await;
    let _target = up(&bot, "api", "").await;
    let home = bot.open_home().await;
    let mallory = bot.workspace.user("mallory").unwrap();
    let forged = serde_json::json!({
        "type": "block_actions", "trigger_id": "1.1",
        "user": {"id": mallory.id, "team_id": mallory.team_id},
        "view": {"id": home.id, "type": "home"},
        "actions": [{"action_id": "home:0", "value": "0,,,"}],
    });
    assert_eq!(bot.slack_sends_interaction(&forged).await.0, 200);
    // What is asked for next is done with after it.
    bot.on_home(Some("api"), "Mute 1h", |text| text.contains("🔇"))
        .await;
    assert!(bot.workspace.home("mallory").is_none());
}

#[tokio::test]
async fn a_channels_alerts_are_switched_on_home() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    bot.open_home().await;
    let off = |text: &str| text.contains("🔕 off") && text.contains("[Alerts on]");
    let text = bot.on_home(None, "Alerts off", off).await;
    assert!(text.contains("alerts on → off"), "{text}");
    bot.on_home(None, "Alerts on", |text| text.contains("🟢 works"))
        .await;
    assert!(
        bot.workspace.modal(DANA).is_none(),
        "Home itself is the answer"
    );
}
