//! The status page over real HTTP: what it shows and to whom, what it holds the browser to, and the stream of changes.

use futures_util::future::join_all;
use healthbot::config::Secret;
use healthbot::demo::{Mode, Target};
use serde_json::json;
use tokio::net::TcpStream;

use crate::harness::api::{Ask, TOKEN, bot};
use crate::harness::bot::Bot;
use crate::harness::reader::{Reader, seen_in};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Everything that the page is made of.
const FILES: [&str; 4] = ["/", "/page/page.css", "/page/page.js", "/page/icon.svg"];

/// The page as it is now, and what whoever has loaded it has seen.
async fn load(bot: &Bot) -> (String, String) {
    let answer = bot.ask("GET", "/").send().await;
    assert_eq!(answer.status, 200);
    let seen = seen_in(&answer.text);
    (answer.text, seen)
}

/// Loads the page until it holds `wanted`.
async fn loaded_with(bot: &Bot, wanted: &str) -> String {
    loop {
        let (page, _) = load(bot).await;
        if page.contains(wanted) {
            return page;
        }
    }
}

#[tokio::test]
async fn what_is_down_stands_first_with_its_reason_and_without_its_address() {
    let bot = bot().await;
    let up = Target::http().await.unwrap();
    let server = json!({
        "host_name": "shop", "host": "127.0.0.1", "port": up.addr().port(), "environment": "LIVE",
        "path": "/live?key=planted8query8secret",
    });
    bot.api("POST", "/servers").json(&server).await.expect(201);
    let broken = Target::http().await.unwrap();
    broken.set(Mode::Failing).await;
    let server = json!({
        "host_name": "pay", "host": "127.0.0.1", "port": broken.addr().port(), "environment": "STAGE",
        "interval": "1s", "failures": 1,
    });
    bot.api("POST", "/servers").json(&server).await.expect(201);
    bot.add_down("gone", "env=DEV").await;
    loaded_with(&bot, "2 of 3 servers are down").await;
    let page = loaded_with(&bot, "1 up").await;
    let (cards, rest) = page.split_once("id=\"servers\"").unwrap();
    assert!(
        cards.contains("pay") && cards.contains("http status 503"),
        "{cards}"
    );
    assert!(
        cards.contains("gone") && cards.contains("refused"),
        "{cards}"
    );
    assert!(!cards.contains("shop") && rest.contains("shop"), "{page}");
    for hidden in [
        "127.0.0.1",
        "planted8query8secret",
        "/live",
        &up.addr().port().to_string(),
    ] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
}

#[tokio::test]
async fn a_name_is_text_whatever_is_in_it() {
    let bot = bot().await;
    let name = "</th><script>alert(1)</script>\"'&";
    bot.add_by_api(name, "10.255.255.1", 9).await;
    let (page, seen) = load(&bot).await;
    let escaped = "&lt;/th&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;";
    assert!(
        page.contains(escaped) && !page.contains("<script>"),
        "{page}"
    );
    let mut reader = Reader::open(&bot.url, &seen, None).await;
    let other = name.replace('1', "2");
    bot.add_by_api(&other, "10.255.255.1", 9).await;
    let (_, _, change) = reader.change_with("alert(2)").await;
    assert!(!change.to_string().contains("<script>"), "{change}");
}

#[tokio::test]
async fn every_answer_holds_the_browser_to_this_page() {
    let bot = bot().await;
    for path in FILES {
        let answer = bot.ask("GET", path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        let tag = answer.header("etag").to_owned();
        let again = bot
            .ask("GET", path)
            .header("if-none-match", tag)
            .send()
            .await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        for answer in [answer, again] {
            assert_eq!(answer.header("content-security-policy"), POLICY, "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert_eq!(answer.header("cache-control"), "no-cache");
        }
    }
    let reader = Reader::open(&bot.url, "", None).await;
    let header = |name: &str| reader.headers[name].to_str().unwrap();
    assert_eq!(
        (header("content-type"), header("cache-control")),
        ("text/event-stream", "no-store")
    );
    assert_eq!(header("content-security-policy"), POLICY);
    let (page, _) = load(&bot).await;
    assert!(
        !page.contains("style=") && !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    assert_eq!(
        page.matches("<script").count(),
        1,
        "only the one from a file"
    );
    assert_eq!(bot.ask("POST", "/").send().await.status, 405);
}

#[tokio::test]
async fn switched_off_there_is_no_page() {
    let bot = Bot::start_with(|config| config.status_page = false).await;
    for path in FILES.into_iter().chain(["/page/events"]) {
        assert_eq!(bot.ask("GET", path).send().await.status, 404, "{path}");
    }
    assert_eq!(bot.ask("GET", "/healthz").send().await.status, 200);
}

#[tokio::test]
async fn with_an_address_of_its_own_the_rest_takes_the_page_along() {
    let bot =
        Bot::start_with(|config| config.admin_listen = Some(([127, 0, 0, 1], 0).into())).await;
    for path in FILES {
        assert_eq!(bot.ask("GET", path).send().await.status, 200, "{path}");
        let at_slacks = bot.ask_at(&bot.url, "GET", path).send().await;
        assert_eq!(at_slacks.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_change_is_told_at_once_and_only_what_changed() {
    let bot = bot().await;
    let target = Target::http().await.unwrap();
    let server = json!({
        "host_name": "shop", "host": "127.0.0.1", "port": target.addr().port(), "environment": "LIVE",
        "interval": "1s", "failures": 1,
    });
    let id = bot.api("POST", "/servers").json(&server).await.expect(201)["id"].clone();
    let steady = Target::http().await.unwrap();
    let other = json!({"host_name": "other", "host": "127.0.0.1", "port": steady.addr().port(), "interval": "1d", "environment": "LIVE"});
    let other = bot.api("POST", "/servers").json(&other).await.expect(201)["id"].clone();
    // Once looked at, it is not looked at again while this lasts.
    let check = format!("/servers/{}/check", other.as_str().unwrap());
    bot.api("POST", &check).send().await.expect(200);
    loaded_with(&bot, "2 up").await;
    let (_, seen) = load(&bot).await;
    let mut reader = Reader::open(&bot.url, &seen, None).await;
    target.set(Mode::Refusing).await;
    let (last, _, change) = reader.change_with("refused").await;
    let rows = change["rows"].as_array().unwrap();
    assert_eq!(
        (rows.len(), &rows[0]["id"], &rows[0]["list"]),
        (1, &id, &json!("LIVE"))
    );
    assert!(
        change["now"]
            .as_str()
            .unwrap()
            .contains("1 of 2 servers is down"),
        "{change}"
    );
    assert!(
        change["past"].as_str().unwrap().contains("goes on"),
        "{change}"
    );

    // Whoever was away meanwhile goes on where the last event was.
    drop(reader);
    let gone = bot.api("DELETE", &format!("/servers/{}", id.as_str().unwrap()));
    assert_eq!(gone.send().await.status, 204);
    let mut reader = Reader::open(&bot.url, &seen, Some(&last)).await;
    let (_, _, change) = reader.change_with("removed").await;
    assert_eq!(
        (&change["gone"], &change["rows"]),
        (&json!([id]), &json!([]))
    );
}

#[tokio::test]
async fn whoever_knows_another_run_is_told_to_load_the_page_anew() {
    let mut bot = bot().await;
    bot.add_by_api("shop", "10.255.255.1", 9).await;
    let (_, seen) = load(&bot).await;
    bot.restart().await;
    for seen in [
        seen.as_str(),
        "",
        "0-0",
        "nonsense",
        "-",
        "1-99999999999999999999",
    ] {
        let mut reader = Reader::open(&bot.url, seen, None).await;
        assert_eq!(reader.event().await.1, "anew", "{seen}");
    }
}

#[tokio::test]
async fn streams_are_bounded_and_a_closed_one_makes_room() {
    let bot = bot().await;
    let (_, seen) = load(&bot).await;
    let mut readers = join_all((0..64).map(|_| Reader::open(&bot.url, &seen, None))).await;
    assert!(readers.iter().all(|reader| reader.status == 200));
    let refused = bot.ask("GET", "/page/events").send().await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "30"));
    assert_eq!(refused.header("content-security-policy"), POLICY);
    assert_eq!(
        bot.ask("GET", "/").send().await.status,
        200,
        "the page itself is there for all"
    );
    readers.pop();
    // The bot learns of it in its own time.
    while Reader::open(&bot.url, &seen, None).await.status != 200 {}
}

#[tokio::test]
async fn streams_end_with_the_bot_even_where_nobody_reads_them() {
    let mut bot = bot().await;
    let (_, seen) = load(&bot).await;
    let mut reader = Reader::open(&bot.url, &seen, None).await;
    let address = bot.url.strip_prefix("http://").unwrap();
    let deaf = TcpStream::connect(address).await.unwrap();
    deaf.writable().await.unwrap();
    let request = format!("GET /page/events?seen={seen} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    assert_eq!(deaf.try_write(request.as_bytes()).unwrap(), request.len());
    deaf.readable().await.unwrap();
    bot.stop().await;
    while let Some(block) = reader.block().await {
        assert!(!block.contains("id:"), "{block}");
    }
}

#[tokio::test]
async fn a_thousand_servers_are_all_there_closely_packed() {
    let bot = Bot::start_with(|config| config.admin_token = Some(Secret::new(TOKEN))).await;
    let defaults = json!({"interval": "1d"});
    bot.api("PATCH", "/settings")
        .json(&defaults)
        .await
        .expect(200);
    let (page, seen) = load(&bot).await;
    assert!(page.contains("data-graphs=\"true\""));
    let mut reader = Reader::open(&bot.url, &seen, None).await;
    for some in (0..1_000).collect::<Vec<_>>().chunks(100) {
        let names = some.iter().map(|at| format!("node-{at:04}"));
        let adding = names.map(async |name| bot.add_by_api(&name, "127.0.0.1", 9).await);
        join_all(adding).await;
    }
    let page = loaded_with(&bot, "node-0999").await;
    assert!(page.contains("data-graphs=\"false\""));
    assert_eq!(page.matches("<li id=\"srv_").count(), 1_000);
    assert!(page.len() < 200_000, "{} bytes", page.len());
    // Another kind of table: the page is to be loaded anew.
    while reader.event().await.1 != "anew" {}
}

#[tokio::test]
async fn beside_the_page_and_its_files_there_is_nothing() {
    let bot = bot().await;
    for path in [
        "/page",
        "/page/",
        "/page/other.js",
        "/index.html",
        "/page/../",
    ] {
        let answer = Ask::to(&bot.url, "GET", path).send().await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
