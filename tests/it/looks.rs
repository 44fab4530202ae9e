//! How everything that the bot says looks, and that nothing that others named can ping, forge a link or break a limit.

use healthbot::domain::language::Language;
use proptest::prelude::*;
use serde_json::Value;

use crate::harness::gallery::{Foreign, Shown};
use crate::harness::knob;
use crate::harness::prose;

/// Slack's limits as its reference states them, and the caution that its undocumented ones ask for.
const BLOCKS: usize = 45;
const ALL_CHARS: usize = 8_000;
const SECTION: usize = 3_000;
const FIELD: usize = 2_000;

/// Four hostile texts each; `HEALTHBOT_LOOKS_CASES` sets another number.
const CASES: u32 = 512;

fn cases() -> u32 {
    let wanted = knob::number("HEALTHBOT_LOOKS_CASES");
    wanted.map_or(CASES, |wanted| wanted.try_into().unwrap())
}

fn json((_, message): &Shown) -> Value {
    serde_json::to_value(message).unwrap()
}

#[test]
fn every_message_and_answer_looks_as_it_was_meant() {
    let calm = Foreign::calm();
    for shown in calm.notices().iter().chain(&calm.replies()) {
        insta::assert_json_snapshot!(shown.0.as_str(), json(shown));
    }
}

#[test]
fn every_message_and_answer_looks_as_it_was_meant_in_korean() {
    let calm = Foreign::calm_in_korean();
    for shown in calm.notices().iter().chain(&calm.replies()) {
        insta::assert_json_snapshot!(format!("ko_{}", shown.0), json(shown));
    }
}

#[test]
fn every_form_and_home_looks_as_it_was_meant() {
    for calm in [Foreign::calm(), Foreign::calm_in_korean()] {
        let prefix = match calm.language {
            Language::English => "",
            Language::Korean => "ko_",
        };
        for (name, screen) in calm.screens() {
            insta::assert_json_snapshot!(format!("{prefix}{name}"), screen);
        }
    }
}

/// Everything that is said in Korean, by its name.
fn korean() -> Vec<(String, Value)> {
    let calm = Foreign::calm_in_korean();
    let messages = calm.notices().into_iter().chain(calm.replies());
    let messages = messages.map(|shown| (shown.0.clone(), json(&shown)));
    messages.chain(calm.screens()).collect()
}

#[test]
fn nothing_is_left_in_english_where_the_bot_speaks_korean() {
    for (name, shown) in korean() {
        let found = prose::faults(&shown, &["payments api"]);
        assert_eq!(found, Vec::<String>::new(), "{name}");
        let errors = shown.to_string();
        assert!(prose::is_korean(&errors), "{name}: {errors}");
    }
}

/// What stands below a form's fields is text of its own.
#[test]
fn the_errors_of_forms_are_korean() {
    let (_, errors) = Foreign::calm_in_korean().screens().pop().unwrap();
    let errors: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|answer| answer["errors"].as_object().unwrap().values())
        .map(|error| error.as_str().unwrap().to_owned())
        .collect();
    assert!(errors.len() > 15, "{errors:?}");
    for error in errors {
        assert!(prose::is_korean(&error), "{error}");
        assert_eq!(prose::english(&error, &["payments api"]), None, "{error}");
    }
}

/// Slack shows about thirty characters of a button, and a phone fewer.
#[test]
fn no_label_is_too_long_for_a_button() {
    for foreign in [Foreign::calm(), Foreign::calm_in_korean()] {
        let messages = foreign.notices().into_iter().chain(foreign.replies());
        let messages = messages.map(|shown| (shown.0.clone(), json(&shown)));
        for (name, shown) in messages.chain(foreign.screens()) {
            let (mut buttons, mut fields) = (Vec::new(), vec![&shown]);
            while let Some(value) = fields.pop() {
                match value {
                    Value::Array(items) => fields.extend(items),
                    Value::Object(object) => {
                        if object.get("type").is_some_and(|kind| kind == "button") {
                            buttons.push(object["text"]["text"].as_str().unwrap());
                        }
                        fields.extend(object.values());
                    }
                    _ => {}
                }
            }
            for label in buttons {
                assert!(label.chars().count() <= 30, "{name}: {label}");
            }
        }
    }
}

#[test]
fn what_ordinary_companies_say_is_shown_soundly() {
    for calm in [Foreign::calm(), Foreign::calm_in_korean()] {
        for shown in calm.notices().iter().chain(&calm.replies()) {
            assert_eq!(faults(shown), Vec::<String>::new(), "{}", shown.0);
        }
    }
}

/// The text of an object, which must be there and within `most` characters.
fn text<'a>(object: &'a Value, most: usize, found: &mut Vec<String>) -> &'a str {
    let text = object["text"].as_str().unwrap_or_default();
    let length = text.chars().count();
    if text.trim().is_empty() || length > most {
        found.push(format!("a text of {length} characters"));
    }
    if object["type"] == "mrkdwn" {
        found.extend(live(text));
    }
    found.extend(
        text.chars()
            .filter(|c| hidden(*c))
            .map(|c| format!("holds {c:?}")),
    );
    text
}

/// Characters that no reader sees, or that turn what is read.
fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Slack's tokens in a mrkdwn text that are none of the bot's own: whole dates, the channel and the person of the tests.
fn live(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('<') {
        let token = text[at..].split_inclusive('>').next().unwrap_or_default();
        let date = token
            .strip_prefix("<!date^")
            .and_then(|rest| rest.split_once('^'))
            .is_some_and(|(seconds, rest)| {
                let shape = rest.strip_prefix("{date_short_pretty} {time_secs}|");
                seconds.bytes().all(|b| b.is_ascii_digit())
                    && shape.is_some_and(|shape| shape.ends_with(" UTC>") && shape.len() == 24)
            });
        if !date && !matches!(token, "<#C0OPS>" | "<@U0DANA>") {
            found.push(format!("a token that is not the bot's: {token}"));
        }
    }
    // What is left of a `>` opens nothing, but shows that something was not escaped.
    if text.matches('>').count() != text.matches('<').count() {
        found.push(format!("an unescaped >: {text}"));
    }
    found
}

fn button(element: &Value, ids: &mut Vec<String>, found: &mut Vec<String>) {
    text(&element["text"], 75, found);
    let id = element["action_id"].as_str().unwrap_or_default().to_owned();
    let value = element["value"].as_str().unwrap_or_default();
    if element["type"] != "button" || id.is_empty() || id.len() > 255 || value.len() > 2_000 {
        found.push(format!("a button that Slack refuses: {element}"));
    }
    if ids.contains(&id) {
        found.push(format!("two buttons are called {id}"));
    }
    ids.push(id);
}

/// All that is wrong with a message.
fn faults(shown: &Shown) -> Vec<String> {
    let message = json(shown);
    let (mut found, mut ids, mut all) = (Vec::new(), Vec::new(), 0);
    let top = message["text"].as_str().unwrap_or_default();
    if top.trim().is_empty() || top.chars().count() > SECTION {
        found.push(format!(
            "a notification of {} characters",
            top.chars().count()
        ));
    }
    found.extend(live(top));
    let none = Vec::new();
    let blocks = message["blocks"].as_array().unwrap_or(&none);
    if blocks.len() > BLOCKS {
        found.push(format!("{} blocks", blocks.len()));
    }
    for block in blocks {
        let items = |name: &str| block[name].as_array().unwrap_or(&none);
        let (fields, elements) = (items("fields"), items("elements"));
        match block["type"].as_str().unwrap_or_default() {
            "header" => all += text(&block["text"], 150, &mut found).chars().count(),
            "section" if fields.is_empty() => {
                all += text(&block["text"], SECTION, &mut found).chars().count()
            }
            "section" if fields.len() <= 10 => {
                all += fields
                    .iter()
                    .map(|field| text(field, FIELD, &mut found).chars().count())
                    .sum::<usize>();
            }
            "context" if (1..=10).contains(&elements.len()) => {
                all += elements
                    .iter()
                    .map(|line| text(line, FIELD, &mut found).chars().count())
                    .sum::<usize>();
            }
            "actions" if (1..=25).contains(&elements.len()) => {
                elements
                    .iter()
                    .for_each(|element| button(element, &mut ids, &mut found));
            }
            _ => found.push(format!("a block that Slack refuses: {block}")),
        }
        if block["accessory"].is_object() {
            button(&block["accessory"], &mut ids, &mut found);
        }
    }
    if all > ALL_CHARS {
        found.push(format!("{all} characters in all"));
    }
    found
}

/// Pieces that have done harm in chat programs.
const PIECES: [&str; 19] = [
    "<!channel>",
    "<!here|x>",
    "<@U0EVIL>",
    "<#C0EVIL|general>",
    "<https://evil.example|pay>",
    "http://evil.example/",
    "<!date^1^{date}|x>",
    "&lt;!channel&gt;",
    "&amp;",
    "&&&&&&&&",
    "```",
    "*_~`",
    "\u{202e}\u{2066}\u{200b}\u{feff}",
    "🇰🇷👩‍👩‍👧‍👦",
    "\u{301}\u{301}\u{301}",
    "> ",
    "결제",
    "\n\r\t\0\u{7f}\u{85}",
    " ",
];

/// Pieces and any characters at all, mixed.
fn hostile(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u16>(), 0..50).prop_map(move |draws| {
        let piece = |draw: u16| match PIECES.get(usize::from(draw) % (2 * PIECES.len())) {
            Some(piece) => (*piece).to_owned(),
            None => char::from_u32(draw.into())
                .map(String::from)
                .unwrap_or_default(),
        };
        let text = draws.into_iter().map(piece).collect::<String>();
        text.chars().take(most).collect()
    })
}

/// A name that a server can have.
fn name() -> impl Strategy<Value = String> {
    hostile(255).prop_map(|text| {
        let name: String = text.chars().filter(|c| !c.is_control()).collect();
        if name.trim().is_empty() {
            "\u{202e}".to_owned()
        } else {
            name
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn nothing_that_others_named_pings_links_hides_or_breaks_a_limit(
        name in name(), path in hostile(300), detail in hostile(300), typed in hostile(300),
    ) {
        for language in Language::ALL {
            let foreign = Foreign {
                name: name.clone(),
                path: format!("/{path}"),
                detail: detail.clone(),
                typed: typed.clone(),
                language,
            };
            for shown in foreign.notices().iter().chain(&foreign.replies()) {
                prop_assert_eq!(faults(shown), Vec::<String>::new(), "{} in {}", &shown.0, language);
            }
        }
    }
}
