//! Incoming webhooks, whose URLs nobody is shown.

use healthbot::demo::{Answered, Effect, Fault, WEBHOOK};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    a_webhook_is_proved_by_a_test_message_and_then_told,
    a_webhook_that_does_not_work_is_not_added_and_no_secret_is_shown,
];

async fn a_webhook_is_proved_by_a_test_message_and_then_told() {
    let bot = Bot::start().await;
    let url = bot.workspace.add_webhook("random").unwrap();
    let secret = url.rsplit_once('/').unwrap().1.to_owned();
    let answer = bot
        .health(&format!("webhook add \"The Pager\" {url}"))
        .await;
    assert!(
        answer.contains("The Pager is told from now on") && !answer.contains(&secret),
        "{answer}"
    );
    let test = bot
        .message("random", |m| m.plain().contains("This is a test"))
        .await;
    assert!(test.plain().contains("The Pager"));
    let _down = bot.add_down("api", "").await;
    bot.message("random", |m| m.plain().contains("api is down"))
        .await;

    let other = bot.workspace.add_webhook("general").unwrap();
    for (line, why) in [
        (
            format!("webhook add other {url}"),
            "told already, as The Pager",
        ),
        (
            format!("webhook add \"the pager\" {other}"),
            "already is a webhook called The Pager. Choose another name.\n\
             Like this: /health webhook add \"The Pager-2\" https://",
        ),
        (
            format!("webhook add other {url}"),
            "Like this: /health webhook rename \"The Pager\" other",
        ),
        (
            format!("webhook add \"the pager\" {url}"),
            "Like this: /health channels",
        ),
        (
            format!("webhook add other {other}"),
            "other is told from now on",
        ),
        (
            "webhook rename other \"the pager\"".into(),
            "already is a webhook called The Pager. Choose another name.\n\
             Like this: /health webhook rename other \"The Pager-2\"",
        ),
        (
            "webhook rename other elsewhere".into(),
            "other is now called elsewhere",
        ),
        (
            "webhook rename other x".into(),
            "No webhook is called other. Did you mean /health webhook rename",
        ),
        (
            "webhook rename other x".into(),
            "/health webhook rename \"The Pager\" x",
        ),
    ] {
        let answer = bot.health(&line).await;
        assert!(
            answer.contains(why) && !answer.contains(&secret),
            "{line}: {answer}"
        );
    }
    let channels = bot.health("channels").await;
    assert!(
        channels.contains("The Pager") && channels.contains("elsewhere"),
        "{channels}"
    );
    assert!(!channels.contains("/services/"), "{channels}");

    let asked = bot.health("webhook remove ELSEWHERE").await;
    assert!(asked.contains("Remove the webhook elsewhere?"), "{asked}");
    assert_eq!(bot.newest_private().buttons(), ["Remove", "Keep"]);
    assert!(bot.press_private("Keep").await.contains("stays"));
    let gone = bot
        .press_private_after("webhook remove elsewhere", "Remove")
        .await;
    assert!(gone.contains("is told no more"), "{gone}");
    assert!(!bot.health("channels").await.contains("elsewhere"));
    let nobody = bot.health("webhook remove pagr").await;
    assert!(
        nobody.contains("Did you mean /health webhook remove \"The Pager\"?"),
        "the nearest: {nobody}"
    );
}

async fn a_webhook_that_does_not_work_is_not_added_and_no_secret_is_shown() {
    let bot = Bot::start().await;
    let url = bot.workspace.add_webhook("random").unwrap();
    let broken = url.replace("secret", "wrong");
    let answer = bot.health(&format!("webhook add pager {broken}")).await;
    assert!(
        answer.contains("refused") && answer.contains("invalid_token"),
        "{answer}"
    );
    bot.workspace
        .fault(Fault::once(WEBHOOK, Effect::Status(503)));
    let away = bot.health(&format!("webhook add pager {url}")).await;
    assert!(away.contains("try again"), "{away}");
    bot.workspace.revoke_webhook(&url);
    let revoked = bot.health(&format!("webhook add pager {url}")).await;
    assert!(revoked.contains("no_service"), "{revoked}");
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
    let posted = bot
        .workspace
        .journal()
        .iter()
        .any(|call| call.method == WEBHOOK && call.answered == Answered::Ok);
    assert!(!posted);

    for line in [
        "webhook add pager https://evil.example/services/T/B/stolen",
        "webhook add pager http://hooks.slack.com/services/T/B/stolen",
        "webhook add pager https://hooks.slack.com/commands/T/B/stolen",
        "webhook add https://hooks.slack.com/services/T/B/stolen pager",
        "webhook add my pager https://hooks.slack.com/services/T/B/stolen",
        "webhook https://hooks.slack.com/services/T/B/stolen",
        "webhook remove https://hooks.slack.com/services/T/B/stolen",
        "list https://hooks.slack.com/services/T/B/stolen",
    ] {
        let answer = bot.health_as_sent(line).await;
        assert!(
            answer.contains("Like this: ") && !answer.contains("stolen"),
            "{line}: {answer}"
        );
    }
}

/// The list of channels once it says that nothing arrives.
async fn failing(bot: &Bot) -> String {
    loop {
        let channels = bot.health("channels").await;
        if channels.contains("nothing arrives") {
            return channels;
        }
    }
}

/// The line of advice that an answer or a message gives about a webhook that fails.
fn advised(text: &str) -> String {
    let (_, line) = text.split_once("type /health ").unwrap();
    line.split_once(" with its URL").unwrap().0.to_owned()
}

#[tokio::test]
async fn the_advice_about_a_webhook_that_fails_works_and_what_is_owed_arrives() {
    let bot = Bot::start().await;
    let url = bot.workspace.add_webhook("random").unwrap();
    bot.health(&format!("webhook add \"the pager\" {url}"))
        .await;
    bot.workspace.revoke_webhook(&url);
    let _down = bot.add_down("api", "").await;
    let shown = failing(&bot).await;
    let line = advised(&shown);
    assert_eq!(line, "webhook add \"the pager\" HOOK_URL", "{shown}");
    assert!(!shown.contains("subscribe"), "{shown}");
    let told = loop {
        bot.health("help").await;
        if let Some(told) = bot.workspace.direct_messages(DANA).pop() {
            break told.plain();
        }
    };
    assert!(told.contains("no longer arrive"), "{told}");
    assert_eq!(advised(&told), line, "{told}");
    assert!(!told.contains("subscribe"), "{told}");

    let dead = bot.health(&line.replace("HOOK_URL", &url)).await;
    assert!(dead.contains("refused the test message"), "{dead}");
    failing(&bot).await;
    let anew = bot.workspace.add_webhook("general").unwrap();
    let mended = bot.health(&line.replace("HOOK_URL", &anew)).await;
    assert!(
        mended.contains("the pager is told again") && !mended.contains("/services/"),
        "{mended}"
    );
    bot.message("general", |m| m.plain().contains("api is down"))
        .await;
    let channels = bot.health("channels").await;
    assert!(
        channels.contains("1 channel is told") && channels.contains("🟢 works"),
        "{channels}"
    );
}

#[tokio::test]
async fn a_webhook_that_works_again_is_told_again_at_the_url_that_it_has() {
    let bot = Bot::start().await;
    let url = bot.workspace.add_webhook("random").unwrap();
    bot.health(&format!("webhook add pager {url}")).await;
    bot.workspace
        .fault(Fault::once(WEBHOOK, Effect::Error("no_service".into())));
    let _down = bot.add_down("api", "").await;
    failing(&bot).await;
    let mended = bot.health(&format!("webhook add pager {url}")).await;
    assert!(mended.contains("pager is told again"), "{mended}");
    bot.message("random", |m| m.plain().contains("api is down"))
        .await;
    assert!(bot.health("channels").await.contains("🟢 works"));
}
