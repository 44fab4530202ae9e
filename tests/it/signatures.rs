//! The door: what is not signed by Slack, now and for this app, gets 401 with nothing in it and changes nothing.

use healthbot::clock::{Clock, SystemClock};
use healthbot::config::Secret;
use healthbot::demo::Target;
use healthbot::slack::verify::{Refused, Verifier};
use serde_json::json;

use crate::harness::bot::Bot;
use crate::harness::dice::Dice;
use crate::harness::knock::{Knock, SIGNATURE, TIMESTAMP, now, sign};

const BODY_LIMIT: usize = 256 * 1024;
const ROUTES: [&str; 3] = ["/slack/commands", "/slack/interactions", "/slack/events"];

/// For each route a body that would change something: it adds a server, switches all alerts off, subscribes #random.
fn harmful(bot: &Bot) -> [(&'static str, String); 3] {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("user_id", "U1"),
        ("command", "/health"),
        ("text", "add evil http://10.0.0.5/ timeout=100ms"),
    ]);
    let press = json!({
        "type": "block_actions", "user": {"id": "U1"},
        "actions": [{"type": "button", "action_id": "all_off", "value": "all"}],
    });
    let mut pressed = url::form_urlencoded::Serializer::new(String::new());
    pressed.append_pair("payload", &press.to_string());
    let event = json!({
        "type": "event_callback", "event_id": "Ev1",
        "event": {
            "type": "member_joined_channel", "user": bot.workspace.bot_user(),
            "channel": bot.workspace.channel("random").unwrap().id,
        },
    });
    let bodies = [form.finish(), pressed.finish(), event.to_string()];
    let mut bodies = bodies.into_iter();
    ROUTES.map(|route| (route, bodies.next().unwrap()))
}

/// The request changed in every way that a stranger, a replayer or a broken proxy might.
fn hostile(good: &Knock, secret: &str, other_body: &str) -> Vec<(&'static str, Knock)> {
    let knock = || good.clone();
    let stamp = good.header(TIMESTAMP);
    let signature = String::from_utf8(good.header(SIGNATURE)).unwrap();
    let hex = signature.strip_prefix("v0=").unwrap();
    let at = |seconds: i64| knock().at(secret, seconds.to_string().as_bytes());
    let stamped = |text: &[u8]| knock().at(secret, text);
    let signed = |text: &str| knock().with(SIGNATURE, text);
    let body = good.body.clone();
    let text = String::from_utf8(body.clone()).unwrap();
    let last = hex.chars().last().unwrap();
    let flipped = format!("v0={}{}", &hex[..63], if last == '0' { '1' } else { '0' });
    let first_flipped = format!(
        "v0={}{}",
        if hex.starts_with('0') { '1' } else { '0' },
        &hex[1..]
    );
    let spaced = [b" ", &stamp[..]].concat();
    let decimal = [&stamp[..], b".0"].concat();
    let plus = [b"+", &stamp[..]].concat();
    let zeroed = [b"0000000000", &stamp[..]].concat();
    let exponent = format!("{}e0", String::from_utf8_lossy(&stamp));
    let full_width: String = String::from_utf8_lossy(&stamp)
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) + 0xfee0).unwrap())
        .collect();
    vec![
        ("no headers", knock().without(SIGNATURE).without(TIMESTAMP)),
        ("no signature", knock().without(SIGNATURE)),
        ("no timestamp", knock().without(TIMESTAMP)),
        ("empty signature", signed("")),
        ("empty timestamp", knock().with(TIMESTAMP, "")),
        ("the timestamp signed as empty", stamped(b"")),
        (
            "the same signature twice",
            knock().and(SIGNATURE, &signature),
        ),
        ("a second signature", knock().and(SIGNATURE, "v0=00")),
        ("a wrong signature before the right one", {
            knock()
                .without(SIGNATURE)
                .and(SIGNATURE, "v0=00")
                .and(SIGNATURE, &signature)
        }),
        ("the same timestamp twice", knock().and(TIMESTAMP, &stamp)),
        ("a second timestamp", knock().and(TIMESTAMP, "1")),
        (
            "two signatures in one header",
            signed(&format!("{signature}, {signature}")),
        ),
        ("301 seconds old and honestly signed", at(now() - 302)),
        ("an hour old", at(now() - 3_600)),
        ("a year old", at(now() - 31_536_000)),
        ("from the future", at(now() + 310)),
        ("far in the future", at(now() + 31_536_000)),
        ("the epoch", stamped(b"0")),
        ("the end of 32 bits", stamped(b"2147483647")),
        ("the end of 64 bits", stamped(b"9223372036854775807")),
        ("over 64 bits", stamped(b"18446744073709551616")),
        ("a negative time", stamped(b"-1")),
        ("a plus sign", stamped(&plus)),
        ("a decimal point", stamped(&decimal)),
        ("an exponent", stamped(exponent.as_bytes())),
        ("hexadecimal", stamped(format!("{:#x}", now()).as_bytes())),
        ("milliseconds", at(now() * 1_000)),
        ("leading zeros", stamped(&zeroed)),
        ("a blank inside", stamped(b"179555 1108")),
        ("a tab inside", stamped(b"179555\t1108")),
        ("words", stamped(b"now")),
        ("5,000 digits", stamped(&[b'9'; 5_000])),
        ("full-width digits", stamped(full_width.as_bytes())),
        (
            "a timestamp that is no UTF-8",
            stamped(b"\xff\xfe1795551108"),
        ),
        (
            "a signature that is no UTF-8",
            knock().with(SIGNATURE, b"v0=\xff\xfe\xfd"),
        ),
        (
            "a signature beyond ASCII",
            signed(&format!("v0={}", "é".repeat(32))),
        ),
        (
            "the blank before the timestamp is not signed",
            knock().at(secret, &spaced).with(TIMESTAMP, &stamp),
        ),
        (
            "uppercase digits",
            signed(&format!("v0={}", hex.to_uppercase())),
        ),
        ("an uppercase version", signed(&format!("V0={hex}"))),
        ("version 1", signed(&format!("v1={hex}"))),
        ("no version", signed(hex)),
        ("a version and nothing", signed("v0=")),
        ("a blank after the version", signed(&format!("v0= {hex}"))),
        ("cut by a digit", signed(&signature[..signature.len() - 1])),
        ("cut by a byte", signed(&signature[..signature.len() - 2])),
        ("longer by a byte", signed(&format!("{signature}00"))),
        ("the last digit changed", signed(&flipped)),
        ("the first digit changed", signed(&first_flipped)),
        ("all zeros", signed(&format!("v0={}", "0".repeat(64)))),
        ("no hexadecimal", signed(&format!("v0={}", "g".repeat(64)))),
        (
            "5,000 digits of signature",
            signed(&format!("v0={}", "a".repeat(5_000))),
        ),
        ("another secret", knock().at("another secret", &stamp)),
        ("an empty secret", knock().at("", &stamp)),
        (
            "signed for another second",
            knock().with(TIMESTAMP, (now() - 1).to_string()),
        ),
        (
            "signed without the timestamp",
            signed(&sign(secret, b"", &body)),
        ),
        (
            "signed without the body",
            signed(&sign(secret, &stamp, b"")),
        ),
        (
            "a body with a byte more",
            knock().but([&body[..], b" "].concat()),
        ),
        (
            "a body with a byte less",
            knock().but(&body[..body.len() - 1]),
        ),
        ("another case in the body", knock().but(text.to_uppercase())),
        ("no body", knock().but("")),
        ("another route's body", knock().but(other_body)),
        ("a body of zeros", knock().but([0; 64])),
        ("a body that is no UTF-8", knock().but([0xff, 0xfe, 0x80])),
    ]
}

/// All that could have been changed.
async fn state(bot: &Bot) -> (String, String, usize) {
    let known = (bot.health("list").await, bot.health("channels").await);
    (known.0, known.1, bot.workspace.journal().len())
}

#[tokio::test]
async fn nothing_but_slacks_own_request_opens_the_door() {
    let bot = Bot::start().await;
    bot.knows_its_workspace().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    let before = state(&bot).await;
    let secret = bot.config.signing_secrets[0].expose().to_owned();
    let bodies = harmful(&bot);
    for (index, (route, body)) in bodies.iter().enumerate() {
        let other = &bodies[(index + 1) % bodies.len()].1;
        let all = hostile(&bot.knock(route, body), &secret, other);
        assert!(all.len() >= 45, "{}", all.len());
        for (what, knock) in all {
            let answer = knock.send().await;
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (401, ""),
                "{what} at {route}"
            );
        }
        let large = vec![b'a'; BODY_LIMIT + 1];
        for knock in [
            bot.knock(route, &large),
            bot.knock(route, &large).without(SIGNATURE),
        ] {
            let answer = knock.send().await;
            assert_eq!((answer.status, answer.body.len()), (413, 0), "at {route}");
        }
    }
    assert_eq!(state(&bot).await, before);

    for (route, body) in &bodies {
        assert_eq!(bot.knock(route, body).send().await.status, 200, "{route}");
    }
    bot.message("random", |m| m.plain().contains("is told from now on"))
        .await;
    let list = bot.health("list off").await;
    assert!(
        list.contains("api"),
        "the same bodies act once Slack signs them: {list}"
    );
    assert!(bot.health("list").await.contains("evil"));
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let bot = Bot::start().await;
    let mut body = br#"{"type":"url_verification","challenge":"c","padding":""#.to_vec();
    body.resize(BODY_LIMIT - 2, b'x');
    body.extend_from_slice(b"\"}");
    let answer = bot.knock("/slack/events", &body).send().await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "c"));
}

#[tokio::test]
async fn five_minutes_either_way_are_slacks_window() {
    let bot = Bot::start().await;
    let secret = bot.config.signing_secrets[0].expose().to_owned();
    for seconds in [-290, -60, 60, 290] {
        let knock = bot.knock("/slack/events", r#"{"type":"x"}"#);
        let knock = knock.at(&secret, (now() + seconds).to_string().as_bytes());
        assert_eq!(knock.send().await.status, 200, "{seconds}");
    }
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_are_taken_and_no_third() {
    let bot = Bot::start_with(|config| {
        config.signing_secrets.push(Secret::new("the-old-secret"));
    })
    .await;
    let stamp = now().to_string();
    for (secret, status) in [
        ("demo-signing-secret", 200),
        ("the-old-secret", 200),
        ("a-third", 401),
    ] {
        for route in ROUTES {
            let knock = bot
                .knock(route, "user_id=U1&text=help")
                .at(secret, stamp.as_bytes());
            assert_eq!(knock.send().await.status, status, "{secret} at {route}");
        }
    }
}

#[tokio::test]
async fn only_posts_are_taken_and_only_at_slacks_routes() {
    let bot = Bot::start().await;
    for route in ROUTES {
        for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE] {
            let mut knock = bot.knock(route, "user_id=U1&text=help");
            knock.method = method.clone();
            assert_eq!(knock.send().await.status, 405, "{method} {route}");
        }
    }
    for path in [
        "/slack",
        "/slack/",
        "/slack/command",
        "/slack/commands/",
        "/slack/../slack/x",
        "/api",
    ] {
        assert_eq!(
            bot.knock(path, "user_id=U1&text=help").send().await.status,
            404,
            "{path}"
        );
    }
}

/// The bytes with a bit turned over, a byte more, a byte less, or two changed places; never as they were.
fn changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let (at, other) = (dice.place(bytes.len()), dice.place(bytes.len()));
    match dice.below(4) {
        0 => changed.insert(at, b"0aZ=&%\xff"[dice.place(7)]),
        1 => drop(changed.remove(at)),
        2 => changed.swap(at, other),
        _ => changed[at] ^= 1 << dice.below(8),
    }
    if changed == bytes {
        changed[at] ^= 1;
    }
    changed
}

/// A good request of which the body, the signature or the timestamp has been changed.
fn mutated(good: &Knock, dice: &mut Dice) -> Knock {
    match dice.below(3) {
        0 => good.clone().but(changed(&good.body, dice)),
        1 => good
            .clone()
            .with(SIGNATURE, changed(&good.header(SIGNATURE), dice)),
        _ => good
            .clone()
            .with(TIMESTAMP, changed(&good.header(TIMESTAMP), dice)),
    }
}

#[tokio::test]
async fn of_a_hundred_thousand_changed_requests_none_is_taken() {
    let bot = Bot::start().await;
    bot.knows_its_workspace().await;
    let before = state(&bot).await;
    let secret = bot.config.signing_secrets[0].expose();
    let verifier = Verifier::new([secret]);
    let mut dice = Dice::new(2_026);
    let (mut asked, mut unsendable) = (0, 0);
    for (route, body) in harmful(&bot) {
        let good = bot.knock(route, body);
        for n in 0..33_334 {
            let bad = mutated(&good, &mut dice);
            let Some(headers) = bad.header_map() else {
                unsendable += 1;
                continue;
            };
            let verdict = verifier.verify(&headers, &bad.body, SystemClock::new().now());
            assert_eq!(verdict, Err(Refused), "{n} at {route}: {headers:?}");
            // Through the door itself, a sample: each takes a connection.
            if n % 200 == 0 {
                let answer = bad.send().await;
                assert_eq!(
                    (answer.status, answer.body.len()),
                    (401, 0),
                    "{n} at {route}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 450 && unsendable < 10_000, "{asked}, {unsendable}");
    assert_eq!(state(&bot).await, before);
}
