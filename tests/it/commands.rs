//! Every command, by what the person who typed it reads and what is so afterwards.

use std::collections::BTreeSet;

use healthbot::demo::{Mode, Target};
use healthbot::domain::command::Topic;

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    help_names_every_command_and_explains_each,
    every_answer_is_for_the_person_alone_and_has_a_text,
    forty_five_servers_are_paged_and_none_is_left_out,
    the_list_narrows_to_what_is_down_muted_or_off,
    status_is_the_summary_or_one_server_in_detail,
    a_server_that_is_alone_is_not_counted_among_others,
    check_probes_now_and_says_what_it_found,
    remove_asks_first_and_keep_keeps,
    alerts_go_off_and_on_and_off_all_asks_first,
    channels_are_subscribed_filtered_listed_and_unsubscribed,
];

async fn help_names_every_command_and_explains_each() {
    let bot = Bot::start().await;
    for asked in ["", "help", "HELP", "  help  "] {
        let help = bot.health(asked).await;
        for topic in Topic::ALL {
            assert!(help.contains(topic.usage()), "{} in {help}", topic.usage());
        }
    }
    let buttons = bot.newest_private().buttons();
    assert_eq!(
        buttons,
        ["Show status", "List servers", "How to add a server"]
    );
    for topic in Topic::ALL {
        let help = bot.health(&format!("help {}", topic.word())).await;
        assert!(
            help.contains(topic.usage()) && help.contains(topic.example()),
            "{help}"
        );
    }
    let keys = bot.health("help add").await;
    for key in [
        "env=",
        "type=",
        "interval=",
        "timeout=",
        "failures=",
        "recoveries=",
        "alerts=",
    ] {
        assert!(keys.contains(key), "{key} in {keys}");
    }
}

async fn every_answer_is_for_the_person_alone_and_has_a_text() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    let add = format!("add api {}", target.url());
    let lines = [
        "help",
        &add,
        &add,
        "list",
        "list muted",
        "status",
        "status api",
        "check api",
        "remove api",
        "off api",
        "on api",
        "off all",
        "on all",
        "subscribe",
        "channels",
        "unsubscribe",
        "nonsense",
        "status nobody",
    ];
    for line in lines {
        let typed = format!("/health {line}");
        let answer = bot.workspace.command(DANA, "ops", &typed).await.unwrap();
        assert_eq!(answer.status, 200, "{line}");
        let body = answer.json.unwrap();
        assert_eq!(body["response_type"], "ephemeral", "{line}");
        assert!(!body["text"].as_str().unwrap().trim().is_empty(), "{line}");
    }
    assert_eq!(bot.workspace.ephemerals(DANA).len(), lines.len());
    assert!(bot.workspace.ephemerals("lee").is_empty());
    assert!(bot.workspace.messages("ops").is_empty());
}

async fn forty_five_servers_are_paged_and_none_is_left_out() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    for n in 0..45 {
        let env = if n < 25 {
            "env=LIVE alerts=off"
        } else {
            "env=DEV"
        };
        bot.add(
            &format!("server-{n:02}"),
            &target,
            &format!("interval=1d {env}"),
        )
        .await;
    }
    let mut pages = vec![bot.health("list").await];
    assert_eq!(bot.newest_private().buttons(), ["Next"]);
    pages.push(bot.press_private("Next").await);
    assert_eq!(bot.newest_private().buttons(), ["Previous", "Next"]);
    pages.push(bot.press_private("Next").await);
    assert_eq!(bot.newest_private().buttons(), ["Previous"]);
    let on_page = |page: &String| {
        let names = (0..45).map(|n| format!("server-{n:02}"));
        names.filter(|name| page.contains(name)).collect::<Vec<_>>()
    };
    let counts: Vec<_> = pages.iter().map(|page| on_page(page).len()).collect();
    assert_eq!(counts, [20, 20, 5]);
    let all: BTreeSet<_> = pages.iter().flat_map(on_page).collect();
    assert_eq!(all.len(), 45, "each on one page");
    assert_eq!(bot.press_private("Previous").await, pages[1]);

    for filter in ["list off", "list env=live", "list off env=LIVE"] {
        let first = bot.health(filter).await;
        assert!(
            first.contains("25 servers") && on_page(&first).len() == 20,
            "{filter}: {first}"
        );
        let last = bot.press_private("Next").await;
        assert_eq!(
            on_page(&last).len(),
            5,
            "{filter}: the pages keep the filter: {last}"
        );
    }
    let none = bot.health("list off env=DEV").await;
    assert!(none.contains("No server matches (off, DEV)"), "{none}");
}

async fn the_list_narrows_to_what_is_down_muted_or_off() {
    let bot = Bot::start().await;
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    let target = Target::http().await.unwrap();
    bot.add("well", &target, "env=DEV").await;
    bot.add("still", &target, "alerts=off").await;
    let _down = bot.add_down("broken", "env=LIVE").await;
    let down = bot.health("list down").await;
    assert!(
        down.contains("1 server (down)") && down.contains("🔴 down broken"),
        "{down}"
    );
    assert!(!down.contains("well"), "{down}");
    let off = bot.health("list off").await;
    assert!(
        off.contains("still") && off.contains("alerts off") && !off.contains("well"),
        "{off}"
    );
    assert!(
        bot.health("list muted")
            .await
            .contains("No server matches (muted)")
    );
    assert!(
        bot.health("list down env=DEV")
            .await
            .contains("No server matches")
    );
}

async fn status_is_the_summary_or_one_server_in_detail() {
    let bot = Bot::start().await;
    assert!(
        bot.health("status")
            .await
            .contains("No server is watched yet")
    );
    let target = Target::http().await.unwrap();
    bot.add("well", &target, "env=DEV").await;
    bot.add("still", &target, "env=DEV alerts=off").await;
    let calm = bot.health("status").await;
    assert!(calm.contains("None of 2 servers is down"), "{calm}");
    let _down = bot.add_down("broken", "env=LIVE").await;
    let summary = bot.health("status").await;
    for fact in [
        "1 of 3 servers is down",
        "DEV  2 up",
        "LIVE  0 up · 1 down",
        "broken",
        "1 server with alerts off",
    ] {
        assert!(summary.contains(fact), "{fact} in {summary}");
    }
    let live = summary.find("LIVE").unwrap();
    assert!(
        live < summary.find("DEV").unwrap(),
        "the most important first: {summary}"
    );
    let detail = bot.health("status BROKEN").await;
    for fact in [
        "broken is 🔴 down",
        "never yet",
        "LIVE",
        "refused",
        "HTTP GET (type 1)",
    ] {
        assert!(detail.contains(fact), "{fact} in {detail}");
    }
    assert_eq!(
        bot.newest_private().buttons(),
        ["Acknowledge", "Check now", "Alerts off"]
    );
    let taken = bot.press_private("Acknowledge").await;
    assert!(taken.contains("You acknowledged broken"), "{taken}");
    let dana = bot.workspace.user(DANA).unwrap().id;
    let detail = bot.health("status broken").await;
    assert!(
        detail.contains(&format!("Acknowledged by @{dana}")),
        "{detail}"
    );
    assert_eq!(bot.newest_private().buttons(), ["Check now", "Alerts off"]);
}

async fn a_server_that_is_alone_is_not_counted_among_others() {
    let bot = Bot::start().await;
    let _down = bot.add_down("api", "").await;
    let summary = bot.health("status").await;
    assert!(
        summary.contains("The server is down.") && !summary.contains("1 of 1"),
        "{summary}"
    );
    let home = bot.open_home().await.plain();
    assert!(
        home.contains("The server is down") && !home.contains("1 of 1"),
        "{home}"
    );
    let never = Target::http().await.unwrap();
    bot.add("calm", &never, "").await;
    let history = bot.health("history calm").await;
    assert!(
        history.contains("calm has not failed since it was added"),
        "{history}"
    );
}

async fn check_probes_now_and_says_what_it_found() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    assert!(bot.health("check api").await.contains("It answered in"));
    target.set(Mode::Failing).await;
    let found = bot.health("check API").await;
    assert!(
        found.contains("http status") && found.contains("503"),
        "{found}"
    );
}

async fn remove_asks_first_and_keep_keeps() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("\"Pay Api\"", &target, "").await;
    let line = "remove \"pay api\"";
    assert!(bot.health(line).await.contains("Stop watching Pay Api?"));
    assert_eq!(bot.newest_private().buttons(), ["Remove", "Keep"]);
    assert!(
        bot.health("list").await.contains("Pay Api"),
        "nothing happens by asking"
    );
    bot.health(line).await;
    assert!(bot.press_private("Keep").await.contains("Pay Api stays"));
    assert!(
        bot.newest_private().buttons().is_empty(),
        "the question is answered"
    );
    assert!(bot.health("list").await.contains("Pay Api"));
    bot.health(line).await;
    assert!(
        bot.press_private("Remove")
            .await
            .contains("Pay Api is no longer watched")
    );
    assert!(bot.newest_private().buttons().is_empty());
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    bot.add("\"Pay Api\"", &target, "").await;
}

async fn alerts_go_off_and_on_and_off_all_asks_first() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    for name in ["one", "two", "all"] {
        bot.add(name, &target, "interval=1d").await;
    }
    assert!(
        bot.health("off one")
            .await
            .contains("Alerts of one are now off")
    );
    assert_eq!(bot.newest_private().buttons(), ["Alerts on"]);
    assert!(bot.health("off one").await.contains("were already off"));
    assert!(bot.health("list off").await.contains("1 server"));
    assert!(
        bot.press_private_after("off one", "Alerts on")
            .await
            .contains("are now on")
    );
    assert!(
        bot.health("off \"all\"")
            .await
            .contains("Alerts of all are now off"),
        "a name in quotes"
    );
    assert!(
        bot.health("on all")
            .await
            .contains("Alerts of 1 server are now on")
    );

    assert!(bot.health("off all").await.contains("all 3 servers off?"));
    assert_eq!(bot.newest_private().buttons(), ["Alerts off", "Keep"]);
    assert!(
        bot.health("list off").await.contains("No server matches"),
        "nothing happens by asking"
    );
    bot.press_private_after("off all", "Keep").await;
    assert!(bot.health("list off").await.contains("No server matches"));
    let done = bot.press_private_after("off all", "Alerts off").await;
    assert!(done.contains("Alerts of 3 servers are now off"), "{done}");
    assert!(bot.health("list off").await.contains("3 servers"));
    assert!(
        bot.health("on all")
            .await
            .contains("Alerts of 3 servers are now on")
    );
    assert!(bot.health("on all").await.contains("were already on"));
}

async fn channels_are_subscribed_filtered_listed_and_unsubscribed() {
    let bot = Bot::start().await;
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
    assert!(
        bot.health("unsubscribe")
            .await
            .contains("was not subscribed")
    );
    let here = bot.health("subscribe").await;
    assert!(
        here.contains("is told from now on when any server fails"),
        "{here}"
    );
    let there = bot.health("subscribe #general env=live,STAGE").await;
    assert!(
        there.contains("when a LIVE or STAGE server fails"),
        "{there}"
    );
    let both = bot.health("channels").await;
    for fact in [
        "2 channels are told",
        "all environments",
        "LIVE or STAGE",
        "🟢 works",
    ] {
        assert!(both.contains(fact), "{fact} in {both}");
    }
    let again = bot.health("subscribe #general env=DEV").await;
    assert!(
        again.contains("is told from now on when a DEV server"),
        "another filter is not as before: {again}"
    );
    let again = bot.health("subscribe #general env=DEV").await;
    assert!(
        again.contains("is told, as before, when a DEV server"),
        "{again}"
    );
    assert!(
        !bot.health("channels").await.contains("STAGE"),
        "the filter is replaced"
    );
    let there = bot.health("unsubscribe #general").await;
    let line = "is told no more. /health subscribe #general env=DEV turns it on again.";
    assert!(there.contains(line), "{there}");
    let here = bot.health("unsubscribe").await;
    let line = "is told no more. /health subscribe turns it on again.";
    assert!(here.contains(line), "{here}");
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
}
